"""The one place that reads the environment: typed, checked, and loud about a wrong value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from dotenv import dotenv_values

PREFIX = "SIGNALCAST_"
#: Names that other software agrees on and that therefore carry no prefix.
UNPREFIXED = {
    "database_url": "DATABASE_URL",
    "redis_url": "REDIS_URL",
    "sentry_dsn": "SENTRY_DSN",
    "otel_endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT",
    "static_cdn_url": "STATIC_CDN_URL",
}

Count = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


WebAddress = Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s/]+\S*)?$")]
#: Paths are put behind it, so that it has no query, and no quotes that would end an attribute.
CdnAddress = Annotated[
    str, msgspec.Meta(pattern=r"^(https?://[A-Za-z0-9._\-\[\]:]+(/[A-Za-z0-9._~%\-]+)*/?)?$")
]


#: What an address looks like, where it has to fit a pattern that nobody should have to read.
ADDRESSES = {
    "heartbeat_url": "https://example.org/ping",
    "stripe_api": "http://127.0.0.1:8420",
    "vulnerability_api": "https://example.org",
    "otel_endpoint": "http://127.0.0.1:4318",
    "static_cdn_url": "https://cdn.example.org",
}

#: In the home: settings that were rendered for the host, below what `.env` says.
SETTINGS_FILE = "settings.env"
#: Set for the processes that a process manager starts, to its name; and theirs (`worker-0`).
MANAGED = PREFIX + "MANAGED"
SUPERVISOR, SYSTEMD = "supervisor", "systemd"
PROCESS_NAME = PREFIX + "PROCESS_NAME"


class WrongSetting(Exception):
    """An environment variable has a value that cannot be used; the text says which and why."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting an operator can make, with its unit and its default."""

    #: Directory of one installation: database, sockets, logs, keys.
    home: str = ""
    #: Address and port the web server listens on.
    host: str = "127.0.0.1"
    port: Port = 8000
    #: Serve the doors and live streams by a server of their own, as a web server in front wants
    # it: pages then listen at the port, and doors, streams and probes at the other.
    apart: bool = False
    intake_port: Port = 8001
    #: Host names the site answers to, separated by commas ("*" for any).
    allowed_hosts: str = "*"
    #: Address people reach the site at, for links in messages.
    public_url: str = ""
    #: E-mail address that people who want a plan can write to, shown on the pricing page.
    contact: str = ""
    #: Address of a CDN that fetches `/static/` here; browsers then get static files from it.
    static_cdn_url: CdnAddress = ""
    #: Empty means SQLite in the home directory.
    database_url: str = ""
    #: Empty means the Valkey server that `signalcast up` starts in the home directory.
    redis_url: str = ""
    #: Prefix of every key in Valkey/Redis, for installations that share one.
    namespace: str = "signalcast"
    #: Signing key; empty means one is made in the home directory at the first start.
    secret_key: str = ""
    #: Keys for secrets at rest, newest first, separated by commas; empty means one in the home.
    encryption_keys: str = ""
    #: Let people sign up by themselves, once there is a mail server that codes are sent through.
    sign_up: bool = True
    #: Providers of OpenID Connect that people may sign in with: a JSON list of objects with id,
    # name, url, client_id and secret.
    openid: str = ""
    #: Let staff do nothing before it has a second factor: an app's codes or a passkey.
    staff_second_factor: bool = False
    #: Show tracebacks in the browser. Only for development.
    debug: bool = False
    #: Deliver to loopback and private addresses. Only for demos and tests.
    allow_private_destinations: bool = False
    #: Processes of each kind; 0 means as many as suit the machine.
    web_workers: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    workers: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    senders: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    #: Requests, seconds of life and megabytes of memory after which a web process is replaced, one
    # at a time and without dropping a request; 0 means never.
    web_max_requests: Annotated[int, msgspec.Meta(ge=0)] = 0
    web_max_lifetime: Annotated[int, msgspec.Meta(ge=0)] = 0
    web_max_memory: Annotated[int, msgspec.Meta(ge=0)] = 512
    #: Seconds until a page must begin its answer; then 504 is answered.
    page_deadline: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 30.0
    #: "budget" starts more workers and senders while rows wait too long; "off" keeps their number.
    scaling: Literal["off", "budget"] = "off"
    #: The most processes of each kind with "budget"; 0 means twice as many as usual.
    workers_max: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    senders_max: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    #: Seconds a row stays with its process without a sign of life, and between two such signs.
    lease: Annotated[float, msgspec.Meta(ge=3, le=600)] = 15.0
    lease_renewal: Annotated[float, msgspec.Meta(ge=0.1, le=300)] = 5.0
    #: Jobs of your own, separated by commas: `name=module:function`.
    own_jobs: str = ""
    #: Seconds that a job may take, where it is not 600, separated by commas: `announce=7200`.
    job_limits: str = ""
    #: Seconds that a worker has to finish when it is stopped; 0 means as long as a job may take.
    stop_within: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    #: Seconds, a tenth more or less, after which a worker or sender finishes what it has in hand
    # and makes way for a new one of the process manager; 0 means never.
    max_lifetime: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 3_600
    #: Messages one sender has in flight at most on one channel, and a third more on all together.
    sender_slots: Count = 100
    #: Fetch what is written to Telegram bots also where there is a public address; without one it
    # is fetched anyhow, since Telegram cannot reach the door.
    telegram_polling: bool = False
    #: Largest request body at the doors, in bytes, and most signals in one request.
    intake_max_body: Annotated[int, msgspec.Meta(ge=1_024)] = 1_048_576
    intake_max_items: Count = 1_000
    #: Address that is fetched every minute while all is well, so that somebody outside notices
    # when this installation is gone altogether.
    heartbeat_url: WebAddress = ""
    #: Show everybody at /status/ whether signals are received, decided on and delivered.
    status_page: bool = False
    #: Measure what queues and processes do, and keep it for 30 days.
    queue_history: bool = True
    #: Service that knows vulnerabilities of packages, as OSV does; empty means none is asked.
    vulnerability_api: WebAddress = ""
    #: Where bank transfers go, in words for whoever pays: name, bank, account number; `\n` begins a
    # line. Without it nobody pays by bank transfer.
    bank_details: str = ""
    #: Who sells, as invoices say it: name, address, tax number; `\\n` begins a line. What the owner
    # sets on the page of settings goes before this and before the tax.
    seller: str = ""
    #: Per cent of tax that prices contain, and what the tax is called.
    tax_rate: Annotated[float, msgspec.Meta(ge=0, lt=100)] = 0.0
    tax_name: Annotated[str, msgspec.Meta(max_length=40)] = "VAT"
    #: The secret (or restricted) key of an account at Stripe, and the signing secret of its webhook
    # endpoint, which is /hooks/payments/stripe here. Without both nobody pays by Stripe.
    stripe_key: str = ""
    stripe_webhook_secret: str = ""
    #: Where Stripe's API is, if it is not Stripe's own: a stand-in for tests.
    stripe_api: WebAddress = ""
    #: Requests a minute that one API token may make.
    api_rate: Annotated[int, msgspec.Meta(ge=1)] = 600
    #: Signals a second that one source may post on average, and in one burst.
    intake_rate: Annotated[float, msgspec.Meta(gt=0)] = 200.0
    intake_burst: Annotated[int, msgspec.Meta(ge=1)] = 2_000
    #: Signals that may wait for their commit in one web process before 503 is answered.
    intake_backlog: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    #: Addresses or networks of proxies before the web server, separated by commas. What they say
    #: of a request is believed: its X-Request-ID.
    trusted_proxies: str = ""
    #: Look after everything: health checks, alerts, metrics, errors and traces. What is off is
    # neither seen nor told; the work goes on all the same.
    observe: bool = True
    #: Count and time what happens, for Prometheus at /metrics.
    metrics: bool = True
    #: What `Authorization: Bearer` must say at /metrics; without it only this machine may ask.
    metrics_token: str = ""
    #: Where errors are told: the DSN of a project at Sentry. Needs the package's extra `sentry`.
    sentry_dsn: str = ""
    #: Where spans are told, by OTLP over HTTP, as in http://127.0.0.1:4318. Needs the extra `otel`.
    otel_endpoint: WebAddress = ""
    #: File that everything is written to that a process would print, opened anew when it was
    # renamed; empty means it is printed. Each process needs one of its own.
    log_file: str = ""
    #: "json" or "human"; empty means human on a terminal, else JSON.
    log_format: Literal["", "json", "human"] = ""
    #: The least important events that are written.
    log_level: Literal["debug", "info", "warning", "error"] = "info"


#: Names of all settings, and what is put after a variable that names a file with its value.
FIELDS = Environment.__struct_fields__
IN_FILE = "_FILE"


def use_home(path: str | Path) -> None:
    """Make PATH the home of this process and of every process that it starts."""
    os.environ[PREFIX + "HOME"] = str(Path(path).expanduser().absolute())
    environment.cache_clear()


def use_settings() -> None:
    """Tell Django which settings are ours, unless somebody chose others."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalcast.settings")


def put(**values: str) -> None:
    """Set variables of this process and of every process that it starts, by their field names."""
    for field, value in values.items():
        os.environ[variable(field)] = value
        os.environ.pop(variable(field) + IN_FILE, None)
    environment.cache_clear()


def variable(field: str) -> str:
    """The name of the environment variable behind a field of Environment."""
    return UNPREFIXED.get(field, PREFIX + field.upper())


@cache
def environment() -> Environment:
    """Read the environment once: variables first, then `.env` and `settings.env` of the home,
    then `.env` of the checkout. Each may name a file that holds the value instead, as in
    DATABASE_URL_FILE=/run/secrets/database_url.

    Raises WrongSetting with a sentence that names the variable.
    """
    home = Path(os.environ.get(PREFIX + "HOME") or _default_home()).expanduser().absolute()
    merged: dict[str, str | None] = {}
    for told in (
        dotenv_values(_checkout() / ".env"),
        dotenv_values(home / SETTINGS_FILE),
        dotenv_values(home / ".env"),
        os.environ,
    ):
        _lay_over(merged, told)
    return checked(merged | {PREFIX + "HOME": str(home)})


def checked(variables: Mapping[str, str | None]) -> Environment:
    """The settings that VARIABLES make; what else they name is for others.

    Raises WrongSetting with a sentence that names the variable.
    """
    values: dict[str, Any] = {}
    for field in FIELDS:
        raw = variables.get(variable(field))
        if raw is not None and raw != "":
            values[field] = _plain(field, raw)
    try:
        return msgspec.convert(values, Environment, strict=False)
    except msgspec.ValidationError as error:
        raise WrongSetting(_sentence(str(error), variables)) from None


def _lay_over(merged: dict[str, str | None], told: Mapping[str, str | None]) -> None:
    """Put what one place tells over what others told before, with what its files hold."""
    for name, file in ((variable(field), variable(field) + IN_FILE) for field in FIELDS):
        if told.get(name) and told.get(file):
            raise WrongSetting(f"{name} and {file} are both set. Remove one of them.")
        if path := told.get(file):
            merged |= {name: _held(name, path), file: path}
        elif name in told:
            merged |= {name: told[name], file: None}


def _held(name: str, path: str) -> str:
    """The text of a file that holds the value of a variable."""
    if name == PREFIX + "HOME":
        raise WrongSetting(f"{name} tells where files are, and is told by no file. Set it itself.")
    try:
        text = Path(path).read_text().strip()
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "it is no text"
        raise WrongSetting(
            f"{name}{IN_FILE} names {path}, which cannot be read: {problem}. Correct or remove it."
        ) from None
    if not text or "\n" in text:
        found = "more than one line" if text else "nothing"
        raise WrongSetting(
            f"{name}{IN_FILE} names {path}, which holds {found}. Write the value alone into it."
        )
    return text


def tell_libraries(name: str, value: str) -> None:
    """Set a variable that a library reads, in this process and those that it starts."""
    os.environ[name] = value


def pairs(field: str, settings: Environment | None = None) -> dict[str, str]:
    """What a setting lists as `name=value`, separated by commas. Raises WrongSetting.

    SETTINGS are those of this process unless given.
    """
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, getattr(settings or environment(), field).split(","))):
        name, equals, value = (text.strip() for text in part.partition("="))
        if not (name and equals and value):
            raise WrongSetting(
                f"{variable(field)} lists {part!r}, which is no name=value. Correct or remove it."
            )
        found[name] = value
    return found


def managed() -> bool:
    """Whether a process manager that was told how by us started this process."""
    return MANAGED in os.environ


def supervised() -> bool:
    """Whether that is supervisor, which processes can ask for more of them."""
    return os.environ.get(MANAGED) == SUPERVISOR


def max_lifetime() -> int:
    """Seconds that a process lives until another takes its place; 0 where nobody starts one."""
    return environment().max_lifetime if managed() else 0


def managed_name() -> str:
    """What the process manager calls this process (`worker-0`), or "" without one."""
    return os.environ.get(PROCESS_NAME, "")


def process_environment() -> dict[str, str]:
    """A copy of this process's variables, to start another process with."""
    return dict(os.environ)


def unmanaged_environment() -> dict[str, str]:
    """The same for a process whose children have it for a parent, and not the manager."""
    return {name: value for name, value in os.environ.items() if name != MANAGED}


def outside_environment() -> dict[str, str]:
    """The same without what is for us alone (keys, database), for code that is not ours."""
    fields = {variable(field) for field in FIELDS}
    own = fields | {name + IN_FILE for name in fields} | {MANAGED, PROCESS_NAME}
    return {name: value for name, value in os.environ.items() if name not in own}


def _checkout() -> Path:
    return Path(__file__).resolve().parents[2]


def _default_home() -> Path:
    return _checkout() / "var"


def _plain(field: str, raw: str) -> str:
    if Environment.__annotations__[field] == "bool":
        return {
            "1": "true",
            "yes": "true",
            "on": "true",
            "0": "false",
            "no": "false",
            "off": "false",
        }.get(raw.lower(), raw.lower())
    return raw.strip()


def _sentence(problem: str, merged: Mapping[str, str | None]) -> str:
    reason, _, path = problem.partition(" - at `$.")
    field = path.rstrip("`")
    name = variable(field)
    if field in ADDRESSES and "regex" in reason:
        reason = f"It is no address such as {ADDRESSES[field]}"
    if file := merged.get(name + IN_FILE):  # it may be a secret
        return f"{name} as {file} holds it cannot be used: {reason}. Correct or remove it."
    return f"{name}={merged.get(name)!r} cannot be used: {reason}. Correct or remove it."
