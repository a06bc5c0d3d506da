"""nginx on a machine, from Debian's package, in front of the application beside it."""

from __future__ import annotations

from signalcast.deploy import front
from signalcast.deploy.environment import INTAKE_PORT, PAGES_PORT
from signalcast.deploy.host import Host
from signalcast.deploy.nginx import Place, each, listen, texts, told
from signalcast.deploy.text import Text

_LOCAL = Text("""\
    location = @@{path} {
        proxy_http_version 1.1;
        @@{told}
        proxy_pass @@{intake};
    }""")

_ITSELF = Text("""\
# This machine itself: probes, and metrics for its Prometheus.
server {
    @@{plain}
    server_name localhost 127.0.0.1 [::1];
    error_log @@{error_log} crit;
    allow 127.0.0.1;
    allow ::1;
    deny all;
    location / { return 404; }
    @@{local}
}
""")

_BEFORE = f"""\
upstream signalcast_pages {{ server 127.0.0.1:{PAGES_PORT} max_fails=0; }}
# Without connections that are kept: one that the application closes while a request is on its way
# would cost that request, and sources do not always send again.
upstream signalcast_intake {{ server 127.0.0.1:{INTAKE_PORT} max_fails=0; }}"""


def files(host: Host) -> dict[str, str]:
    """The main file, the site, and pages of its own. Debian's package has the rest."""
    return {
        **texts(host, _machine(host)),
        **front.files(host, server="nginx", unit="nginx", check="nginx -t -q"),
    }


def _machine(host: Host) -> Place:
    """A machine with Debian's package, and the application on it."""
    chain, key = front.certificate(host)
    plain, log = ("80", "[::]:80"), "/var/log/nginx/error.log"
    intake = "http://signalcast_intake"
    paths = (*front.PROBES, "/metrics")
    return Place(
        target="nginx",
        own="user www-data;\nworker_rlimit_nofile 65536;\npid /run/nginx.pid;",
        error_log=log,
        access_log="/var/log/nginx/signalcast.log",
        plain=plain,
        tls=("443 ssl http2", "[::]:443 ssl http2"),
        before=_BEFORE,
        pages="http://signalcast_pages",
        intake=intake,
        itself=_ITSELF.substitute(
            plain=listen(plain),
            error_log=log,
            local=each(_LOCAL, paths, told=told(8), intake=intake),
        ),
        root=host.home,
        chain=chain,
        key=key,
        proxies=host.trusted_proxies,
    )
