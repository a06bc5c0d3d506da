"""Security updates that install themselves. Text in, text out."""

from __future__ import annotations

from signalcast.deploy.host import Host
from signalcast.deploy.text import Text

_FILE = Text("""\
// Rendered by `signalcast deploy render unattended` for the host @@{name}. Changes here are lost.
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
// Files that were rendered stay when their package brings a new one: nobody is there to be asked.
Dpkg::Options:: "--force-confdef";
Dpkg::Options:: "--force-confold";
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern {
    @@{origins}
};
// A database that restarts by itself in the night would surprise. Its updates wait for somebody.
Unattended-Upgrade::Package-Blacklist {
    "^postgresql-[0-9]+$";
    "^mariadb-server";
};
Unattended-Upgrade::Remove-Unused-Kernel-Packages "true";
Unattended-Upgrade::Remove-Unused-Dependencies "true";
// New kernels wait for the maintenance that somebody plans.
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::SyslogEnable "true";
@@{mail}""")

_ORIGINS = {
    "debian-12": '"origin=Debian,codename=${distro_codename}-security,label=Debian-Security";',
    "ubuntu-24.04": '"origin=Ubuntu,archive=${distro_codename}-security";',
}


def files(host: Host) -> dict[str, str]:
    """What apt's daily timers read. Somebody is written to when something fails."""
    mail = ""
    if host.tls.email:
        mail = (
            f'Unattended-Upgrade::Mail "{host.tls.email}";\n'
            'Unattended-Upgrade::MailReport "only-on-error";\n'
        )
    text = _FILE.substitute(name=host.name, origins=_ORIGINS[host.system], mail=mail)
    return {"etc/apt/apt.conf.d/60signalcast": text}
