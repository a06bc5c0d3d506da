"""nginx 1.20 or later in front of the application, wherever it runs. Text in, text out."""

from __future__ import annotations

from dataclasses import dataclass

from signalcast.deploy import front
from signalcast.deploy.host import Host
from signalcast.deploy.text import Text, lines

_MAIN = Text("""\
# Rendered by `signalcast deploy render @@{target}` for the host @@{name}. Changes here are lost:
# what is yours goes into further files in /etc/nginx/conf.d.
@@{own}
worker_processes auto;
error_log @@{error_log};
include /etc/nginx/modules-enabled/*.conf;
# Listeners to live streams would keep the workers from before a reload for hours. Cut off, they
# come back within a second and miss nothing.
worker_shutdown_timeout 30s;

events {
    worker_connections 16384;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    server_tokens off;

    # Somebody who dawdles, or never comes to an end, holds nothing for long.
    client_header_timeout 10s;
    client_body_timeout 15s;
    send_timeout 15s;
    keepalive_timeout 65s;
    reset_timedout_connection on;
    client_header_buffer_size 2k;
    large_client_header_buffers 4 16k;

    # Mozilla's "intermediate": https://wiki.mozilla.org/Security/Server_Side_TLS. No stapling:
    # the authority that certbot asks answers no OCSP any more.
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers @@{ciphers};
    ssl_ecdh_curve @@{curves};
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:tls:10m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;

    # Forms carry a mask that changes with each answer, so that lengths tell nothing of them.
    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_min_length 1024;
    gzip_types text/css text/javascript application/javascript application/json image/svg+xml;

    include /etc/nginx/conf.d/*.conf;
}
""")

_SITE = Text("""\
# Rendered by `signalcast deploy render @@{target}` for the host @@{name}. Changes here are lost.
@@{before}

# Who asks. Only load balancers of ours are believed on behalf of others.
geo $realip_remote_addr $signalcast_from_proxy {
    default 0;@@{from_proxy}
}
@@{real_ip}map "$signalcast_from_proxy $http_x_request_id" $signalcast_request {
    default $request_id;
    "~^1 (?<told>[A-Za-z0-9._:-]{1,64})$" $told;
}

# Tokens in paths and queries are no business of a log. What is spelled with per cents may hide one.
map $request_uri $signalcast_path {
    "~^[^?]*%" [encoded];
    "~^(?<door>[^?]*?/(?:hooks|telegram|bounces|unsubscribe)/)" $door[hidden];
    "~^(?<plain>[^?]*)" $plain;
}
log_format signalcast escape=json '{"time":"$time_iso8601","address":"$remote_addr",'
    '"method":"$request_method","path":"$signalcast_path","status":$status,'
    '"bytes":$body_bytes_sent,"seconds":$request_time,"application":"$upstream_response_time",'
    '"request":"$signalcast_request","agent":"$http_user_agent"}';
access_log @@{access_log} signalcast;

# What the application says itself goes before.
map $upstream_http_content_security_policy $signalcast_policy { "" "@@{policy}"; }
map $upstream_http_permissions_policy $signalcast_permissions { "" "@@{permissions}"; }
map $upstream_http_x_content_type_options $signalcast_sniffing { "" nosniff; }
# A name with the digest of its content in it never means anything else.
map $uri $signalcast_keep {
    default "public, max-age=60";
    "~\\.[0-9a-f]{8,64}\\.[a-z0-9]+(?:\\.[a-z0-9]+)?$" "public, max-age=31536000, immutable";
}

map $status $signalcast_again {@@{again}
}

# Limits for each address.
map $request_method $signalcast_sign_in { POST $binary_remote_addr; }
limit_req_zone $signalcast_sign_in zone=signalcast_sign_in:5m rate=@@{sign_in_rate}r/m;
limit_req_zone $binary_remote_addr zone=signalcast_pages:10m rate=@@{pages_rate}r/s;
limit_req_zone $binary_remote_addr zone=signalcast_intake:5m rate=@@{source_rate}r/s;
limit_conn_zone $binary_remote_addr zone=signalcast_at_once:10m;
limit_conn_zone $binary_remote_addr zone=signalcast_streams:10m;
limit_req_status 429;
limit_conn_status 429;

# Names that are not ours, and addresses without a name.
server {
    @@{plain_by_default}
    @@{tls_by_default}
    server_name _;
    ssl_reject_handshake on;
    return 444;
}

@@{itself}
server {
    @@{plain}
    server_name @@{domain};
    location / { return 308 https://$host$request_uri; }
    location ^~ /.well-known/acme-challenge/ {
        root @@{challenges};
        default_type text/plain;
        try_files $uri =404;
    }
}

server {
    @@{tls}
    server_name @@{domain};
    ssl_certificate @@{chain};
    ssl_certificate_key @@{key};
    # Lines of the error log repeat requests with their tokens. Statuses are in the access log.
    error_log @@{error_log} crit;

    limit_conn signalcast_at_once @@{at_once};
    client_max_body_size @@{page_body};

    proxy_http_version 1.1;
    proxy_connect_timeout 1s;
    proxy_send_timeout 15s;
    @@{told}

    # HSTS is told once, and by whom ends TLS.
    proxy_hide_header Strict-Transport-Security;
    add_header Strict-Transport-Security "@@{strict}" always;
    add_header Content-Security-Policy $signalcast_policy always;
    add_header Permissions-Policy $signalcast_permissions always;
    add_header X-Content-Type-Options $signalcast_sniffing always;
    error_page 413 /.front/413.html;
    error_page 429 /.front/429.html;
    error_page 502 503 504 =503 /.front/503.html;

    # The doors, where sources post. The application has a limit for each source.
    location ^~ /in/ {
        limit_req zone=signalcast_intake burst=@@{source_burst} nodelay;
        client_max_body_size @@{source_body};
        client_body_buffer_size 64k;
        proxy_read_timeout @@{source_within}s;
        error_page 413 /.front/413.json;
        error_page 429 /.front/429.json;
        error_page 502 503 504 =503 /.front/503.json;
        proxy_pass @@{intake};
    }

    # Events leave as they come.
    location ^~ /live/ {
        limit_conn signalcast_streams @@{streams};
        client_max_body_size 1k;
        proxy_buffering off;
        proxy_read_timeout @@{silent}s;
        send_timeout @@{silent}s;
        gzip off;
        error_page 413 /.front/413.json;
        error_page 429 /.front/429.json;
        error_page 502 503 504 =503 /.front/503.json;
        proxy_pass @@{intake};
    }
    @@{probes}

    location = /metrics { return 404; }

    location ^~ /static/ {
        root @@{root};
        location ~ /\\. { return 404; }
        gzip_static on;
        brotli_static on;
        add_header Cache-Control $signalcast_keep;
        add_header Strict-Transport-Security "@@{strict}" always;
        add_header X-Content-Type-Options nosniff always;
        # What is not collected yet, the application has.
        try_files $uri @pages;
    }

    location ^~ /.well-known/acme-challenge/ {
        root @@{challenges};
        default_type text/plain;
        try_files $uri =404;
    }
    location ~ /\\.(?!well-known/) { return 404; }

    location = /sign-in/ {
        limit_req zone=signalcast_sign_in burst=@@{sign_in_burst} nodelay;
        limit_req zone=signalcast_pages burst=@@{pages_burst} nodelay;
        client_max_body_size @@{sign_in_body};
        proxy_read_timeout @@{page_within}s;
        proxy_pass @@{pages};
    }

    location / {
        limit_req zone=signalcast_pages burst=@@{pages_burst} nodelay;
        proxy_read_timeout @@{page_within}s;
        proxy_pass @@{pages};
    }
    location @pages {
        proxy_read_timeout @@{page_within}s;
        proxy_pass @@{pages};
    }

    # What is said here by itself: pages for people, problem documents for programs.
    location ^~ /.front/ {
        internal;
        types { text/html html; application/problem+json json; }
        alias @@{own_pages}/;
        add_header Strict-Transport-Security "@@{strict}" always;
        add_header X-Content-Type-Options nosniff always;
        add_header Content-Security-Policy "@@{own_policy}" always;
        add_header X-Request-ID $signalcast_request always;
        add_header Cache-Control no-store always;
        add_header Retry-After $signalcast_again always;
    }
}
""")

_PROBE = Text("""\
    location = @@{path} {
        proxy_read_timeout 5s;
        error_page 502 503 504 =503 /.front/503.json;
        proxy_pass @@{intake};
    }""")


@dataclass(frozen=True, slots=True)
class Place:
    """Where nginx runs: what differs between a machine and a container. Texts are of nginx."""

    #: The target that renders it.
    target: str
    #: What it may be, and where it keeps what is its own.
    own: str
    error_log: str
    access_log: str
    #: Addresses for plain HTTP and for TLS, each with what `listen` says besides.
    plain: tuple[str, ...]
    tls: tuple[str, ...]
    #: What the site begins with, and where pages and the doors are then.
    before: str
    pages: str
    intake: str
    #: The server for whoever is on the same machine, or in the same container.
    itself: str
    #: Where the directory of static files is.
    root: str
    chain: str
    key: str
    #: Networks of load balancers that are believed on behalf of others.
    proxies: tuple[str, ...]


def texts(host: Host, place: Place) -> dict[str, str]:  # long: one call, a name a line
    """The main file and the site of nginx in that place."""
    rate, burst = front.source_rate(host)
    main = _MAIN.substitute(
        name=host.name,
        target=place.target,
        own=place.own,
        error_log=place.error_log,
        ciphers=front.CIPHERS,
        curves=":".join(front.CURVES),
    )
    site = _SITE.substitute(
        name=host.name,
        target=place.target,
        domain=host.domain,
        root=place.root,
        before=place.before,
        pages=place.pages,
        intake=place.intake,
        access_log=place.access_log,
        error_log=place.error_log,
        plain=listen(place.plain),
        plain_by_default=listen(place.plain, "default_server"),
        tls=listen(place.tls),
        tls_by_default=listen(place.tls, "default_server"),
        itself=place.itself,
        from_proxy="".join(f"\n    {network} 1;" for network in place.proxies),
        real_ip=_real_ip(place.proxies),
        chain=place.chain,
        key=place.key,
        challenges=front.CHALLENGES,
        policy=front.CONTENT_POLICY,
        permissions=front.PERMISSIONS,
        strict=front.STRICT_TRANSPORT,
        own_pages=front.OWN_PAGES,
        own_policy=front.OWN_CONTENT_POLICY,
        again="".join(f"\n    {one.status} {one.again};" for one in front.REFUSALS if one.again),
        told=told(4),
        probes=each(_PROBE, front.PROBES, intake=place.intake),
        source_body=front.source_body(host),
        source_rate=rate,
        source_burst=burst,
        source_within=front.SOURCE_WITHIN,
        page_body=front.PAGE_BODY,
        pages_rate=front.PAGES_RATE,
        pages_burst=front.PAGES_BURST,
        page_within=front.PAGE_WITHIN,
        sign_in_body=front.SIGN_IN_BODY,
        sign_in_rate=front.SIGN_IN_RATE,
        sign_in_burst=front.SIGN_IN_BURST,
        at_once=front.MOST_AT_ONCE,
        streams=front.MOST_STREAMS,
        silent=front.STREAM_SILENT,
    )
    return {"etc/nginx/nginx.conf": main, "etc/nginx/conf.d/signalcast.conf": site}


def listen(addresses: tuple[str, ...], more: str = "") -> str:
    """The lines of a server that say where it listens."""
    return lines([f"{' '.join(filter(None, ('listen', one, more)))};" for one in addresses], 4)


def _real_ip(proxies: tuple[str, ...]) -> str:
    if not proxies:
        return ""
    believed = [f"set_real_ip_from {network};" for network in proxies]
    return "\n".join([*believed, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;", ""])


def told(indent: int) -> str:
    """What the application is told of a request, in place of what the request says."""
    headers = {
        "Host": "$host",
        "Connection": '""',
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$scheme",
        "X-Request-ID": "$signalcast_request",
    } | dict.fromkeys(front.SPOOFED, '""')
    return lines([f"proxy_set_header {name} {value};" for name, value in headers.items()], indent)


def each(block: Text, paths: tuple[str, ...], **given: str) -> str:
    """The block once for each path."""
    return "\n".join(block.substitute(path=path, **given) for path in paths).lstrip()
