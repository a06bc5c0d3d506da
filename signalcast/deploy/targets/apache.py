"""Apache in front of the application, for Apache 2.4. Text in, text out."""

from __future__ import annotations

from signalcast.deploy import front
from signalcast.deploy.environment import INTAKE_PORT, PAGES_PORT
from signalcast.deploy.host import Host
from signalcast.deploy.text import Text, lines

#: Those that the two files need; Debian builds the rest in. `qos` is the package
#: libapache2-mod-qos.
MODULES = (
    *("mpm_event", "authz_core", "authz_host", "alias", "deflate", "env", "filter", "headers"),
    *("http2", "mime", "proxy", "proxy_http", "qos", "remoteip", "reqtimeout", "rewrite"),
    *("setenvif", "socache_shmcb", "ssl"),
)

_PCRE = "/usr/lib/{}-linux-gnu/libpcre.so.3"
_LIBRARIES = [
    f"<IfFile {path}>\n    LoadFile {path}\n</IfFile>"
    for path in (_PCRE.format("x86_64"), _PCRE.format("aarch64"))
]

_MAIN = Text("""\
# Rendered by `signalcast deploy render apache` for the host @@{name}. Changes here are lost.
# Modules and sites are named here: a2enmod and a2ensite have no effect.
ServerRoot /etc/apache2
ServerName @@{domain}
DefaultRuntimeDir /run/apache2
PidFile /run/apache2/apache2.pid
User www-data
Group www-data
# mod_qos uses a library that Apache itself no longer loads.
@@{libraries}
@@{modules}

# A listener to the live stream takes a thread for as long as it listens.
ServerLimit 16
ThreadsPerChild 128
MaxRequestWorkers 2048
ListenBacklog 4096

# Somebody who dawdles, or never comes to an end, holds nothing for long.
Timeout @@{page_within}
KeepAlive On
KeepAliveTimeout 5
RequestReadTimeout handshake=5 header=10-20,MinRate=500 body=15,MinRate=500
LimitRequestFields 60
HostnameLookups Off
ServerTokens Prod
ServerSignature Off
TraceEnable Off
FileETag None

# Lines of the error log repeat requests. Statuses are in the access log.
ErrorLog /var/log/apache2/error.log
LogLevel crit
# Tokens in paths and queries are no business of a log. What is spelled with per cents may hide one.
SetEnvIf Request_URI "^(.*)$" told_path=$1
SetEnvIf Request_URI "^(.*?/+(?:hooks|telegram|bounces|unsubscribe)/)" told_path=$1[hidden]
SetEnvIf Request_URI "%" told_path=[encoded]
LogFormat "{\\"time\\":\\"%{%Y-%m-%dT%H:%M:%S%z}t\\",\\"address\\":\\"%a\\",\\
\\"method\\":\\"%m\\",\\"path\\":\\"%<{told_path}e\\",\\"status\\":%>s,\\"bytes\\":%O,\\
\\"microseconds\\":%D,\\"request\\":\\"%{X-Request-ID}o\\",\\
\\"agent\\":\\"%{User-Agent}i\\"}" signalcast
CustomLog /var/log/apache2/signalcast.log signalcast

# Mozilla's "intermediate": https://wiki.mozilla.org/Security/Server_Side_TLS. No stapling: the
# authority that certbot asks answers no OCSP any more.
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCipherSuite @@{ciphers}
SSLOpenSSLConfCmd Curves @@{curves}
SSLHonorCipherOrder Off
SSLSessionCache shmcb:/run/apache2/tls(1048576)
SSLSessionCacheTimeout 86400
SSLSessionTickets Off

TypesConfig /etc/mime.types
Listen 80
Listen 443
<Directory />
    AllowOverride None
    Require all denied
</Directory>

Include /etc/apache2/conf-enabled/signalcast.conf
""")

_SITE = Text("""\
# Rendered by `signalcast deploy render apache` for the host @@{name}. Changes here are lost.
# Who asks. Only load balancers of ours are believed on behalf of others.
@@{real_ip}
# Without connections that are kept: one that the application closes while a request is on its way
# would cost that request, and sources do not always send again.
ProxyPreserveHost On
ProxyAddHeaders Off
ProxyVia Off
@@{told}

# Limits for each address.
QS_ErrorResponseCode 429
QS_ClientEntries 100000
@@{limits}

<Directory @@{own_pages}>
    Require all granted
    AddType application/problem+json .json
    AddType text/html .html
    Header onsuccess unset Content-Security-Policy
    Header always set Content-Security-Policy "@@{own_policy}"
    Header always set Cache-Control no-store
</Directory>
<Directory @@{challenges}>
    Require all granted
    ForceType text/plain
</Directory>

# Names that are not ours, and addresses without a name.
<VirtualHost *:80>
    ServerName unknown.invalid
    <Location />
        Require all denied
    </Location>
</VirtualHost>
<VirtualHost *:443>
    ServerName unknown.invalid
    SSLEngine On
    SSLCertificateFile @@{chain}
    SSLCertificateKeyFile @@{key}
    <Location />
        Require all denied
    </Location>
</VirtualHost>

# This machine itself: probes, and metrics for its Prometheus.
<VirtualHost *:80>
    ServerName localhost
    ServerAlias 127.0.0.1 [::1]
    <Location />
        Require local
    </Location>
    RequestHeader set X-Forwarded-Proto http
    @@{local}
</VirtualHost>

<VirtualHost *:80>
    ServerName @@{domain}
    Alias /.well-known/acme-challenge/ @@{challenges}/.well-known/acme-challenge/
    RewriteEngine On
    RewriteCond %{REQUEST_URI} !^/\\.well-known/acme-challenge/
    RewriteRule ^ https://@@{domain}%{REQUEST_URI} [R=308,L,NE]
</VirtualHost>

<VirtualHost *:443>
    ServerName @@{domain}
    Protocols h2 http/1.1
    SSLEngine On
    SSLCertificateFile @@{chain}
    SSLCertificateKeyFile @@{key}

    # What the application says itself goes before; HSTS is told by whom ends TLS.
    Header always set Strict-Transport-Security "@@{strict}"
    Header always setifempty X-Content-Type-Options nosniff "expr=-z resp('X-Content-Type-Options')"
    Header setifempty Content-Security-Policy "@@{policy}"
    Header setifempty Permissions-Policy "@@{permissions}"
    Header always setifempty Retry-After @@{again} \\
        "expr=%{REQUEST_STATUS} in {'429','502','503','504'} && -z resp('Retry-After')"
    AddOutputFilterByType DEFLATE text/html text/css text/javascript application/javascript \\
        application/json image/svg+xml

    RewriteEngine On
    # Hidden files, and pages of the web server itself for who asks for them.
    RewriteCond %{ENV:REDIRECT_STATUS} ^$
    RewriteRule "/\\.(?!well-known/)" - [R=404,L]
    RewriteRule "^/metrics$" - [R=404,L]
    # Over HTTP/2 a request that is refused before its body was read is only cut off: there the
    # application measures, as it does at the doors.
    RewriteCond %{HTTP2} !=on
    RewriteCond expr "%{HTTP:Content-Length} -gt @@{sign_in_body}"
    RewriteRule ^/sign-in/ - [R=413,L]
    RewriteCond %{HTTP2} !=on
    RewriteCond expr "%{HTTP:Content-Length} -gt @@{page_body}"
    RewriteRule ^/(?!in/) - [R=413,L]
    Alias /.front/ @@{own_pages}/
    ProxyPass /.front/ !
    @@{pages_errors}
    Alias /.well-known/acme-challenge/ @@{challenges}/.well-known/acme-challenge/
    ProxyPass /.well-known/acme-challenge/ !

    # Static files as they were compressed; what is not collected yet, the application has.
    Alias /static/ @@{home}/static/
    ProxyPass /static/ !
    <Directory @@{home}/static>
        Require all granted
        RewriteEngine On
        RewriteBase /static/
        RemoveType .gz .br
        AddEncoding gzip .gz
        AddEncoding br .br
        RewriteCond %{REQUEST_FILENAME} !-f
        RewriteRule ^(.*)$ http://127.0.0.1:@@{pages}/static/$1 [P,L]
        RewriteCond %{HTTP:Accept-Encoding} \\bbr\\b
        RewriteCond %{REQUEST_FILENAME}.br -f
        RewriteRule ^(.+)$ $1.br [E=no-gzip:1,L]
        RewriteCond %{HTTP:Accept-Encoding} \\bgzip\\b
        RewriteCond %{REQUEST_FILENAME} !\\.(?:br|gz)$
        RewriteCond %{REQUEST_FILENAME}.gz -f
        RewriteRule ^(.+)$ $1.gz [E=no-gzip:1,L]
        Header merge Vary Accept-Encoding
        Header setifempty Cache-Control "public, max-age=60"
        # A name with the digest of its content in it never means anything else.
        <FilesMatch "\\.[0-9a-f]{8,64}\\.[a-z0-9]+(?:\\.(?:map|gz|br))*$">
            Header set Cache-Control "public, max-age=31536000, immutable"
        </FilesMatch>
    </Directory>

    # The doors, where sources post. The application has a limit for each source and for bodies.
    <Location /in/>
        @@{problem_errors}
    </Location>
    ProxyPass /in/ http://127.0.0.1:@@{intake}/in/ @@{worker} timeout=@@{source_within}
    # Events leave as they come.
    <Location /live/>
        SetEnv no-gzip 1
        @@{problem_errors}
    </Location>
    ProxyPass /live/ http://127.0.0.1:@@{intake}/live/ @@{worker} timeout=@@{silent} flushpackets=on
    <LocationMatch "^@@{any_probe}$">
        @@{problem_errors}
    </LocationMatch>
    @@{probes}

    ProxyPass / http://127.0.0.1:@@{pages}/ @@{worker} timeout=@@{page_within}
</VirtualHost>
""")


def files(host: Host) -> dict[str, str]:
    """The main file, the site, and pages of its own. Debian's package has the rest."""
    chain, key = front.certificate(host)
    worker = "connectiontimeout=1 disablereuse=on retry=0"
    main = _MAIN.substitute(
        name=host.name,
        domain=host.domain,
        libraries="\n".join(_LIBRARIES),
        modules="\n".join(
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES
        ),
        ciphers=front.CIPHERS,
        curves=":".join(front.CURVES),
        page_within=front.PAGE_WITHIN,
    )
    site = _SITE.substitute(
        name=host.name,
        domain=host.domain,
        home=host.home,
        pages=PAGES_PORT,
        intake=INTAKE_PORT,
        real_ip=_real_ip(host),
        told=_told(),
        limits=_limits(host),
        chain=chain,
        key=key,
        challenges=front.CHALLENGES,
        strict=front.STRICT_TRANSPORT,
        policy=front.CONTENT_POLICY,
        permissions=front.PERMISSIONS,
        own_pages=front.OWN_PAGES,
        own_policy=front.OWN_CONTENT_POLICY,
        again=front.AWAY.again,
        pages_errors=_errors("html", 4),
        problem_errors=_errors("json", 8),
        local=_passed((*front.PROBES, "/metrics"), worker),
        probes=_passed(front.PROBES, worker),
        any_probe=f"(?:{'|'.join(front.PROBES)})",
        worker=worker,
        source_within=front.SOURCE_WITHIN,
        silent=front.STREAM_SILENT,
        page_body=front.PAGE_BODY,
        page_within=front.PAGE_WITHIN,
        sign_in_body=front.SIGN_IN_BODY,
    )
    return {
        "etc/apache2/apache2.conf": main,
        "etc/apache2/conf-enabled/signalcast.conf": site,
        **front.files(host, server="apache", unit="apache2", check="apachectl -t"),
    }


def _real_ip(host: Host) -> str:
    """Whom to believe, and that nobody else's X-Request-ID gets through."""
    if not host.trusted_proxies:
        return "RequestHeader unset X-Request-ID"
    trusted = " || ".join(
        f"%{{CONN_REMOTE_ADDR}} -ipmatch '{network}'" for network in host.trusted_proxies
    )
    return lines(
        [
            "RemoteIPHeader X-Forwarded-For",
            *(f"RemoteIPInternalProxy {network}" for network in host.trusted_proxies),
            f'RequestHeader unset X-Request-ID "expr=!({trusted})"',
        ]
    )


def _told() -> str:
    """What the application is told of a request, in place of what the request says."""
    named = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Request-ID")
    lookalikes = [name.replace("-", "_") for name in (*named, *front.SPOOFED) if "-" in name]
    return lines(
        [
            'RequestHeader set X-Forwarded-For "expr=%{REMOTE_ADDR}"',
            'RequestHeader set X-Forwarded-Proto "expr=%{REQUEST_SCHEME}"',
            *(f"RequestHeader unset {name}" for name in (*front.SPOOFED, *lookalikes)),
        ]
    )


def _limits(host: Host) -> str:
    """Behind load balancers every connection is theirs, so that addresses are counted as they say.

    mod_qos looks before anybody can take away what a stranger says who comes around them: that
    one gets past these limits, while fail2ban sees the true address.
    """
    rate, burst = front.source_rate(host)
    seconds = max(1, burst // rate)
    limits = [
        "SetEnvIf Request_URI ^/in/ from_source",
        "SetEnvIf Request_URI ^/(?!in/|live/|static/) for_page",
        "SetEnvIfExpr \"%{REQUEST_METHOD} == 'POST' && %{REQUEST_URI} =~ m#^/sign-in/#\" "
        "at_entrance",
        f"QS_ClientEventLimitCount {front.SIGN_IN_BURST} 60 at_entrance",
        f"QS_ClientEventLimitCount {front.PAGES_RATE * 10 + front.PAGES_BURST} 10 for_page",
        f"QS_ClientEventLimitCount {rate * seconds + burst} {seconds} from_source",
    ]
    if host.trusted_proxies:
        limits.append("QS_ClientIpFromHeader X-Forwarded-For")
    else:
        limits.append(f"QS_SrvMaxConnPerIP {front.MOST_AT_ONCE}")
    return lines(limits)


def _errors(form: str, indent: int) -> str:
    return lines(
        [f"ErrorDocument {one.status} /.front/{one.status}.{form}" for one in front.REFUSALS],
        indent,
    )


def _passed(paths: tuple[str, ...], worker: str) -> str:
    return lines(
        [
            f"ProxyPass {path} http://127.0.0.1:{INTAKE_PORT}{path} {worker} timeout=5"
            for path in paths
        ],
        4,
    )
