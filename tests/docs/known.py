"""What pages may speak of besides our own: programs with their packages, paths, units."""

from __future__ import annotations

#: Programs by their names, with Debian's package ("" is ours, or the shell itself).
PROGRAMS = {
    "signalcast": "", ".venv/bin/signalcast": "", "signalcast-firewall": "",
    "/etc/letsencrypt/renewal-hooks/deploy/signalcast": "", "echo": "", "apache2ctl": "apache2",
    "apparmor_parser": "apparmor", "apt-get": "apt", "cat": "coreutils", "certbot": "certbot",
    "chmod": "coreutils", "chown": "coreutils", "cp": "coreutils", "createdb": "postgresql",
    "createuser": "postgresql", "curl": "curl", "df": "coreutils", "diff": "diffutils",
    "docker": "docker.io", "dropdb": "postgresql-client", "du": "coreutils",
    "fail2ban-client": "fail2ban", "git": "git", "head": "coreutils", "install": "coreutils",
    "journalctl": "systemd", "ls": "coreutils", "make": "make", "mariadb": "mariadb-client",
    "mariadb-dump": "mariadb-client", "mariadb-upgrade": "mariadb-client", "mkdir": "coreutils",
    "mv": "coreutils", "namei": "util-linux", "nginx": "nginx", "openssl": "openssl",
    "pg_dropcluster": "postgresql-common", "pg_dump": "postgresql-client",
    "pg_dumpall": "postgresql-client", "pg_lsclusters": "postgresql-common",
    "pg_restore": "postgresql-client", "pg_upgradecluster": "postgresql-common", "ps": "procps",
    "psql": "postgresql-client", "python3": "python3", "sh": "dash", "sort": "coreutils",
    "ss": "iproute2", "sshd": "openssh-server", "supervisorctl": "supervisor",
    "systemctl": "systemd", "tail": "coreutils", "tee": "coreutils", "ufw": "ufw",
    "unattended-upgrade": "unattended-upgrades", "useradd": "passwd", "zgrep": "gzip",
}  # fmt: skip

#: Packages that are installed for what they bring, not for a program of theirs.
PACKAGES = frozenset(PROGRAMS.values()) | {
    "postgresql", "mariadb-server", "redis-server", "valkey", "nginx-light", "apache2",
    "libnginx-mod-http-brotli-static", "libapache2-mod-qos", "supervisor", "python3-venv",
    "python3-systemd", "unattended-upgrades", "ufw", "fail2ban", "logrotate",
    "libmariadb-dev", "pkg-config", "gcc", "python3-dev", "prometheus", "docker-compose",
}  # fmt: skip

#: Units of the system that run beside ours.
UNITS = frozenset((
    "nginx", "apache2", "postgresql", "mariadb", "redis-server", "valkey-server", "ssh",
    "ssh.socket", "fail2ban", "supervisor", "certbot.timer", "unattended-upgrades",
    "systemd-timesyncd", "prometheus",
))  # fmt: skip

#: Paths of the system's own, and those that people make themselves. What ends with / stands for
#: itself and all below it.
PATHS = (
    "/etc/letsencrypt/live/", "/etc/letsencrypt/renewal/", "/etc/letsencrypt/cli.ini",
    "/etc/signalcast/tls/", "/etc/ssl/signalcast/", "/etc/redis/password.conf",
    "/etc/valkey/password.conf", "/etc/postgresql/", "/etc/apt/sources.list",
    "/etc/apparmor.d/local/signalcast", "/var/www/signalcast-acme", "/var/log/nginx/",
    "/var/log/apache2/", "/var/log/letsencrypt/", "/var/lib/postgresql/", "/var/backups/",
    "/run/sshd",
)  # fmt: skip

#: What is below the base of a host besides rendered files, relative to it.
BELOW_BASE = (
    "releases/", "current/", "home", "home/.env", "home/log/", "home/run/", "home/static/",
    "home/signalcast.sqlite3", "home/host.yaml", "home/valkey/", "home/secret.key",
    "home/encryption.key",
)  # fmt: skip
