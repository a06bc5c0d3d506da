"""Who guesses passwords or tokens is shut out by fail2ban. Text in, text out."""

from __future__ import annotations

from signalcast.deploy.host import Host
from signalcast.deploy.text import Text, lines

#: Where TradingView posts from, for everybody who uses it, and Telegram for every bot: one wrong
#: address in somebody's alert must not shut out all. From TradingView's page "How to configure
#: webhook alerts" and https://core.telegram.org/bots/webhooks.
SHARED = (
    *("52.89.214.238", "34.212.75.30", "54.218.53.128", "52.32.178.7"),
    *("149.154.160.0/20", "91.108.4.0/22"),
)

_FILTER = Text("""\
# Rendered by `signalcast deploy render fail2ban` for the host @@{name}. Changes here are lost.
# Lines of our own log. What others have sent is quoted in it, and can be no such line.
[Definition]
failregex = ^,"level":"[a-z]+","event":"@@{event}",(?:"request":"[^"]*",)?"address":"<ADDR>"@@{more}
datepattern = ^\\{"timestamp":"%%Y-%%m-%%dT%%H:%%M:%%S(?:\\.%%f)?%%z"
""")

_JAILS = Text("""\
# Rendered by `signalcast deploy render fail2ban` for the host @@{name}. Changes here are lost.
[DEFAULT]
# Ourselves, load balancers that speak for others, and where administrators come from.
ignoreip = @@{ignored}
# ufw brings iptables. Its own rules stay as they are rendered.
banaction = iptables-multiport
banaction_allports = iptables-allports
findtime = 10m
bantime = 1h
bantime.increment = true
bantime.maxtime = 1w

[sshd]
enabled = true
backend = systemd
mode = aggressive
port = @@{ssh}
maxretry = 5
""")

_WEB_JAILS = Text("""
[signalcast-sign-in]
enabled = true
backend = auto
filter = signalcast-sign-in
port = http,https
logpath = @@{home}/log/web-*.log
maxretry = 10

# A source with a wrong token posts again and again by mistake: it has more patience.
[signalcast-sources]
enabled = true
backend = auto
filter = signalcast-sources
port = http,https
logpath = @@{home}/log/intake-*.log
maxretry = 60
# Services that post for many people from the same addresses.
ignoreip = @@{ignored}
""")


def files(host: Host) -> dict[str, str]:
    """Jails, and the filters that read our logs."""
    listed = [*host.trusted_proxies, *host.peers, *host.ssh.networks]
    ignored = " ".join(dict.fromkeys(("127.0.0.1/8", "::1", *listed)))
    jails = _JAILS.substitute(name=host.name, ignored=ignored, ssh=host.ssh.port)
    if not host.has("web"):
        return {"etc/fail2ban/jail.d/signalcast.local": jails}
    jails += _WEB_JAILS.substitute(home=host.home, ignored=lines([ignored, *SHARED], 11))
    return {
        "etc/fail2ban/jail.d/signalcast.local": jails,
        "etc/fail2ban/filter.d/signalcast-sign-in.conf": _FILTER.substitute(
            name=host.name, event=r"sign_in\.failed", more=""
        ),
        "etc/fail2ban/filter.d/signalcast-sources.conf": _FILTER.substitute(
            name=host.name, event=r"request\.refused", more=',"status":401,'
        ),
    }
