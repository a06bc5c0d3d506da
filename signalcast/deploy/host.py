"""What a host is. All that is rendered for one comes from its description and pipeline.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Role = Literal["web", "workers", "senders", "scheduler", "database", "broker"]
ROLES: tuple[Role, ...] = ("web", "workers", "senders", "scheduler", "database", "broker")
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
Account = Annotated[str, Meta(pattern=r"^[a-z_][a-z0-9_]{0,30}$")]
Domain = Annotated[str, Meta(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")]
Address = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]*$")]
Port = Annotated[int, Meta(ge=1, le=65_535)]
#: Settings that follow from the description, and those that no file of ours may tell.
DERIVED = frozenset(
    (
        *("home", "host", "port", "apart", "intake_port", "allowed_hosts", "public_url"),
        *("database_url", "redis_url", "trusted_proxies"),
    )
)
SECRET = frozenset(("secret_key", "encryption_keys", "metrics_token", "sentry_dsn"))


@dataclass(frozen=True, slots=True)
class SystemBroker:
    """The broker in a system's archive. Its name is that of its user, directories and files."""

    name: str
    service: str

    @property
    def socket(self) -> str:
        """Where it listens."""
        return f"/run/{self.name}/{self.name}.sock"


#: Debian 12 has no Valkey, but the Redis that Valkey comes from.
SYSTEM_BROKERS = {
    "debian-12": SystemBroker("redis", "redis-server.service"),
    "ubuntu-24.04": SystemBroker("valkey", "valkey-server.service"),
}
#: The PostgreSQL of a system's archive.
SYSTEM_POSTGRESQL = {"debian-12": 15, "ubuntu-24.04": 16}


class WrongHost(Exception):
    """The description cannot be used; the text says what is wrong and what to write instead."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the description."""


class Machine(Part, frozen=True):
    """What the machine has. Databases, broker and numbers of processes are sized to it."""

    cores: Annotated[int, Meta(ge=1, le=1_024)] = 2
    #: GB (10^9 bytes) of memory, and of the disk that holds the installation.
    memory: Annotated[float, Meta(ge=1, le=65_536)] = 4.0
    disk: Annotated[int, Meta(ge=5, le=1_000_000)] = 50


class Database(Part, frozen=True):
    """Where rows live."""

    engine: Literal["sqlite", "postgresql", "mariadb"] = "sqlite"
    #: Name or address of the machine it runs on; empty means this one, over its unix socket.
    address: Address = ""
    name: Account = "signalcast"
    user: Account = "signalcast"


class Broker(Part, frozen=True):
    """Where bells ring."""

    #: "embedded" is the server of our own wheel under our process manager, "valkey" that of the
    # system: Valkey, or Redis where there is none.
    kind: Literal["embedded", "valkey"] = "embedded"
    #: Name or address of the machine it runs on; empty means this one.
    address: Address = ""


class Tls(Part, frozen=True):
    """Where the certificate comes from."""

    kind: Literal["certbot", "files"] = "certbot"
    #: Whom the certificate authority writes to.
    email: str = ""
    #: Paths of the chain and its key, with "files".
    certificate: str = ""
    key: str = ""


class Ssh(Part, frozen=True):
    """How administrators come in."""

    port: Port = 22
    #: Networks they come from; empty means anywhere.
    networks: tuple[str, ...] = ()
    #: Their accounts, which may do everything by sudo, and the public keys of each as a line of
    # authorized_keys. Empty where the machine has such accounts already.
    administrators: dict[str, tuple[str, ...]] = {}


class Host(Part, frozen=True):
    """One machine of an installation."""

    name: Name
    #: The name people reach the site at.
    domain: Domain
    #: What this machine does; a second one may do the rest.
    roles: tuple[Role, ...] = ROLES
    system: Literal["debian-12", "ubuntu-24.04"] = "debian-12"
    machine: Machine = Machine()
    #: What runs the processes: on the machine itself, or in containers, or a platform that takes
    # a Procfile.
    manager: Literal["supervisor", "systemd", "containers", "platform"] = "supervisor"
    #: "none" where something else ends TLS and passes requests on.
    web_server: Literal["nginx", "apache", "none"] = "nginx"
    database: Database = Database()
    broker: Broker = Broker()
    tls: Tls = Tls()
    ssh: Ssh = Ssh()
    #: Holds `releases`, `current` and `home`.
    base: str = "/srv/signalcast"
    #: Who the processes run as.
    user: Account = "signalcast"
    #: Networks of load balancers before this host, whose word on the client's address is believed.
    trusted_proxies: tuple[str, ...] = ()
    #: Networks of the installation's other machines, which may reach database and broker.
    peers: tuple[str, ...] = ()
    #: Further settings by the names of signalcast.core.env, as in `workers: 8`. No secrets.
    settings: dict[str, str | int | float | bool] = {}

    @property
    def home(self) -> str:
        """SIGNALCAST_HOME."""
        return f"{self.base}/home"

    @property
    def current(self) -> str:
        """The link to the release that runs."""
        return f"{self.base}/current"

    @property
    def python(self) -> str:
        """The interpreter of the release that runs."""
        return f"{self.current}/.venv/bin/python"

    def has(self, role: Role) -> bool:
        """Whether this machine does that."""
        return role in self.roles

    @property
    def runs_code(self) -> bool:
        """Whether processes of ours run on the system itself, not only a database or a broker."""
        on_system = self.manager in ("supervisor", "systemd")
        return on_system and not {"web", "workers", "senders", "scheduler"}.isdisjoint(self.roles)
