"""nginx in its container: the same as on a machine, where the application is elsewhere."""

from __future__ import annotations

from signalcast.deploy import front
from signalcast.deploy.environment import INTAKE_PORT, PAGES_PORT
from signalcast.deploy.host import Host
from signalcast.deploy.nginx import Place, texts

#: Where the image keeps static files.
STATIC = "/srv/signalcast"
#: Asked by the health check.
HEALTH = "http://127.0.0.1:8081/"
#: Seconds until the container is killed: longer than listeners may stay, with time to end.
STOP_WITHIN = 40

#: Containers get new addresses when they start anew, so their names are asked for as long as nginx
#: runs, and of whom the engine says: each has another address for that. Who posts a signal waits
#: for 3 seconds in all, and nginx by itself for 30 where the name server is silent.
ENTRY = """\
#!/bin/sh
set -eu
resolver=$(awk '$1 == "nameserver" { print $2; exit }' /etc/resolv.conf)
case $resolver in *:*) resolver="[$resolver]" ;; esac
echo "resolver $resolver valid=5s ipv6=off; resolver_timeout 2s;" > /tmp/resolver.conf
exec nginx -e /dev/stderr
"""

_BEFORE = f"""\
include /tmp/resolver.conf;
client_body_temp_path /tmp/body;
proxy_temp_path /tmp/proxy;
fastcgi_temp_path /tmp/fastcgi;
uwsgi_temp_path /tmp/uwsgi;
scgi_temp_path /tmp/scgi;
map $host $signalcast_pages {{ default http://web:{PAGES_PORT}; }}
map $host $signalcast_intake {{ default http://intake:{INTAKE_PORT}; }}"""

_ITSELF = """\
# For the health check.
server {
    listen 8081;
    access_log off;
    return 204;
}
"""


def files(host: Host) -> dict[str, str]:
    """What the image has of nginx, by its place in the image."""
    place = Place(
        target="docker",
        own="daemon off;\npid /tmp/nginx.pid;",
        error_log="/dev/stderr",
        access_log="/dev/stdout",
        plain=("8080",),
        tls=("8443 ssl http2",),
        before=_BEFORE,
        pages="$signalcast_pages",
        intake="$signalcast_intake",
        itself=_ITSELF,
        root=STATIC,
        chain="/run/secrets/certificate",
        key="/run/secrets/certificate_key",
        # Visitors may come with the address of another container: nobody is believed.
        proxies=(),
    )
    return {
        **texts(host, place),
        **front.own_pages(),
        "usr/local/bin/signalcast-front": ENTRY,
    }
