"""nginx before the containers: TLS, static files, and which server a request is for."""

from __future__ import annotations

from signalcast.deploy.environment import INTAKE_PORT, PAGES_PORT, settings
from signalcast.deploy.host import Host

#: What the doors and probes answer.
DOORS = r"^/(in/|live/|livez$|readyz$|health$)"


def front(host: Host) -> str:
    """The file of nginx in its container."""
    return f"""\
worker_processes auto;
error_log /dev/stderr warn;
pid /tmp/nginx.pid;
events {{ worker_connections 8192; }}

http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /dev/stdout;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    server_tokens off;
    sendfile on;
    # Containers get new addresses when they start anew.
    resolver 127.0.0.11 valid=5s;

    server {{
        listen 8081;
        access_log off;
        return 204;
    }}
    server {{
        listen 8080 default_server;
        return 308 https://{host.domain}$request_uri;
    }}
    server {{
        listen 8443 ssl http2;
        server_name {host.domain};
        ssl_certificate /run/secrets/certificate;
        ssl_certificate_key /run/secrets/certificate_key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
        ssl_session_cache shared:tls:10m;
        ssl_session_tickets off;
        add_header Strict-Transport-Security "max-age=31536000" always;
        add_header X-Content-Type-Options nosniff always;
        client_max_body_size {settings(host).intake_max_body};

        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto https;
        proxy_set_header X-Request-ID $request_id;
        set $doors http://intake:{INTAKE_PORT};
        set $pages http://web:{PAGES_PORT};

        location /static/ {{
            alias /srv/signalcast/static/;
            gzip_static on;
            expires 1h;
        }}
        location = /metrics {{ return 404; }}
        location ~ {DOORS} {{
            proxy_pass $doors;
            proxy_buffering off;
            proxy_read_timeout 1h;
        }}
        location / {{
            proxy_pass $pages;
        }}
    }}
}}
"""
