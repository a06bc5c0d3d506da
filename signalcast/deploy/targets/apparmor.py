"""What our processes may do on the machine, held by the kernel. Text in, text out."""

from __future__ import annotations

from signalcast.deploy.host import Host
from signalcast.deploy.text import Text

_FILE = Text("""\
# Rendered by `signalcast deploy render apparmor` for the host @@{name}. Changes here are lost.
# What is yours goes into /etc/apparmor.d/local/signalcast.
abi <abi/3.0>,
include <tunables/global>

# No program has it by its path: a release's interpreter is a link to the system's, which others
# run too. systemd's `AppArmorProfile=signalcast` puts the process manager and all it starts in it.
profile signalcast flags=(attach_disconnected) {
    include <abstractions/base>
    include <abstractions/nameservice>
    include <abstractions/openssl>
    include <abstractions/ssl_certs>

    # No capability, and no tracing, mounting or changing of anybody else.
    network inet stream,
    network inet6 stream,
    network inet dgram,
    network inet6 dgram,
    network netlink raw,
    network unix stream,
    network unix dgram,
    signal (send, receive) peer=signalcast,
    signal (receive) peer=unconfined,
    ptrace (read) peer=signalcast,

    # Releases are read and never written; the home is the one place for what changes.
    @@{base}/ r,
    @@{base}/current r,
    @@{base}/releases/** r,
    @@{base}/releases/*/.venv/**.so* mr,
    @@{base}/releases/*/.venv/bin/* ix,
    @@{base}/releases/*/.venv/lib/**/valkey-* mrix,
    @@{home}/ rw,
    @@{home}/** rwkl,
    deny @@{base}/releases/** w,

    # The interpreter itself, of the system or of uv.
    /usr/bin/python3* mrix,
    /usr/bin/supervisor{d,ctl} mrix,
    /usr/local/bin/signalcast rix,
    /usr/{,local/}lib/python3*/** mr,
    /usr/share/{zoneinfo,python3,mime}/** r,
    @@{base}/python/** mrix,
    # What units start them with, and what they start.
    /{,usr/}bin/{sh,dash,bash,flock,cat,kill,uname,tar,gzip} rix,
    /{,usr/}sbin/ldconfig ix,

    # What processes ask of the machine they measure.
    @{PROC}/ r,
    @{PROC}/{cpuinfo,loadavg,meminfo,stat,uptime,sys/**} r,
    @{PROC}/@{pids}/{stat,statm,status,cmdline,smaps_rollup,cgroup,mountinfo,limits} r,
    owner @{PROC}/@{pids}/{fd/,fd/**,task/**,mounts,maps} r,
    owner @{PROC}/@{pids}/oom_score_adj rw,
    /sys/devices/system/cpu/** r,
    /sys/fs/cgroup/** r,
    /etc/{os-release,mime.types,machine-id} r,
    /usr/lib/os-release r,
    /dev/shm/** rwk,
    owner /tmp/** rwk,
    owner /var/tmp/** rwk,
    /run/postgresql/.s.PGSQL.* rw,
    /run/mysqld/mysqld.sock rw,
    /run/{valkey,redis}/*.sock rw,

    include if exists <local/signalcast>
}
""")


def files(host: Host) -> dict[str, str]:
    """The profile of the application's processes."""
    text = _FILE.substitute(name=host.name, base=host.base, home=host.home)
    return {"etc/apparmor.d/signalcast": text}
