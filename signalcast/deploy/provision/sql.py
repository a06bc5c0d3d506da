"""What a database server is told, so that the installation has a database of its own there."""

# Names are letters, digits and underscores, and hashes have no quotes: host.py, and below.
# ruff: noqa: S608

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import NamedTuple

from signalcast.deploy.host import Host
from signalcast.deploy.provision.secrets import Secrets

#: As PostgreSQL does by itself.
ITERATIONS = 4_096


class Told(NamedTuple):
    """Statements, the query that answers 1 once they were done, and who takes both."""

    client: str
    query: str
    statements: str


def postgresql(host: Host, secrets: Secrets) -> Told:
    """A role that owns a database. Peers have its password, this machine needs none."""
    name, user = host.database.name, host.database.user
    verifier = scram(user, secrets.database_password) if host.peers else ""
    known = f"SELECT 1 FROM pg_authid WHERE rolname = '{user}' AND rolcanlogin"
    query = (
        "SELECT 1 FROM pg_database JOIN pg_authid ON pg_authid.oid = datdba "
        f"WHERE datname = '{name}' AND rolname = '{user}'"
    )
    statements = f"SELECT 'CREATE ROLE {user} LOGIN' WHERE NOT EXISTS ({known})\\gexec\n"
    if verifier:
        query += f" AND rolpassword = '{verifier}'"
        statements += f"ALTER ROLE {user} PASSWORD '{verifier}';\n"
    # A bare machine has no language, and its cluster no encoding.
    statements += (
        f"SELECT 'CREATE DATABASE {name} OWNER {user} TEMPLATE template0 ENCODING ''UTF8'' "
        f"LOCALE ''C.UTF-8''' WHERE NOT EXISTS (SELECT 1 FROM pg_database "
        f"WHERE datname = '{name}')\\gexec\n"
        f"ALTER DATABASE {name} OWNER TO {user};"
    )
    psql = "runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -d postgres"
    return Told(psql, f"{query};", statements)


def mariadb(host: Host, secrets: Secrets) -> Told:
    """The same. Which machines peers are, the firewall knows."""
    name, user = host.database.name, host.database.user
    accounts = {"localhost": "VIA unix_socket"}
    query = (
        f"SELECT COUNT(*) = {1 + bool(host.peers)} "
        "FROM mysql.db JOIN mysql.user USING (User, Host) "
        f"WHERE Db = '{name}' AND User = '{user}'"
    )
    if host.peers:
        hashed = native(secrets.database_password)
        accounts["%"] = f"BY PASSWORD '{hashed}'"
        query += f" AND (Host = 'localhost' OR authentication_string = '{hashed}')"
    statements = [
        f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
        *(
            f"CREATE USER IF NOT EXISTS {user}@'{place}'; "
            f"ALTER USER {user}@'{place}' IDENTIFIED {how}; "
            f"GRANT ALL ON {name}.* TO {user}@'{place}';"
            for place, how in accounts.items()
        ),
    ]
    return Told("mariadb -N -B", f"{query};", "\n".join(statements))


def scram(user: str, password: str) -> str:
    """What PostgreSQL keeps of a password, always the same for the same two.

    So the server is never told the password, neither in a log nor on a command line.
    """
    return verifier(password, hmac.digest(password.encode(), user.encode(), "sha256")[:16])


def verifier(password: str, salt: bytes) -> str:
    """The same with any salt (RFC 5803)."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    kept = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${ITERATIONS}:{kept[0]}${kept[1]}:{kept[2]}"


def native(password: str) -> str:
    """What MariaDB keeps of a password. It knows nothing better that every driver speaks."""
    once = hashlib.sha1(password.encode()).digest()  # noqa: S324 - the protocol's own
    return f"*{hashlib.sha1(once).hexdigest().upper()}"  # noqa: S324
