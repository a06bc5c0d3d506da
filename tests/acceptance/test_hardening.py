"""What shuts a machine, as rendered, run for real: it shuts out those it should and nobody else."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec
import pytest

from signalcast.deploy.host import Database, Host, Machine, Ssh
from signalcast.deploy.read import read
from signalcast.deploy.render import render
from tests.acceptance.front import HOSTS, Site, site
from tests.machine import BALANCER, SERVER, STRANGER, machine, missing, needs_namespaces
from tests.machine import Machine as OwnMachine
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide, needs_namespaces]

#: Somebody else far away.
ANOTHER = "198.51.100.8"
LISTENS = (
    "import socket, sys, threading\n"
    "made = [socket.create_server(('', int(port)), reuse_port=True) for port in sys.argv[1:]]\n"
    "open('/run/tests/listening', 'w').close()\n"
    "threading.Event().wait()\n"
)


def reaches(made: OwnMachine, source: str, port: int) -> bool:
    """Whether a connection from an address of another machine stands."""
    code = (
        "import socket, sys\n"
        f"socket.create_connection(('10.9.0.1', {port}), 1, ({source!r}, 0)).close()"
    )
    words = ("ip", "netns", "exec", "far", "python3", "-c", code)
    return made.run(*words, expect=None) == ""


def another_machine(made: OwnMachine) -> None:
    """A machine of its own on a wire: from loopback nothing is ever shut out."""
    for line in (
        "ip netns add far",
        "ip link add wire type veth peer name wire netns far",
        "ip address add 10.9.0.1/32 dev wire",
        "ip link set wire up",
        "ip -n far link set wire up",
        "ip -n far link set lo up",
        *(f"ip -n far address add {one}/32 dev wire" for one in FAR),
        "ip -n far route add 10.9.0.1 dev wire",
        *(f"ip address del {one}/32 dev lo" for one in (STRANGER, BALANCER)),
        *(f"ip route add {one}/32 dev wire" for one in FAR),
    ):
        made.run(*shlex.split(line))


ADMINISTRATOR, PEER = "203.0.113.77", "10.0.0.9"
FAR = (STRANGER, ADMINISTRATOR, PEER)
PORTS = (22, 80, 443, 5_432, 6_379, 8_000, 8_001)


@missing("ufw:ufw")
def test_the_firewall_lets_in_what_it_must_and_a_second_run_changes_nothing() -> None:
    standard = read((HOSTS / "standard.yaml").read_text())
    host = msgspec.structs.replace(standard, peers=("10.0.0.0/24",))
    with machine() as made:
        another_machine(made)
        made.write(render("ufw", host), mode=0o755)
        made.start("listener", "python3", "-c", LISTENS, *map(str, PORTS))
        listening = made.path("/run/tests/listening")
        wait_for(listening.exists, within=20, message="all ports listen")
        assert all(reaches(made, STRANGER, port) for port in PORTS)
        made.run("ufw", "allow", "8000/tcp")

        made.run("/usr/local/sbin/signalcast-firewall", "check", expect=1)
        made.run("/usr/local/sbin/signalcast-firewall")
        made.run("/usr/local/sbin/signalcast-firewall", "check")
        rules = made.path("/etc/ufw/user.rules").read_text()
        made.run("/usr/local/sbin/signalcast-firewall")

        assert made.path("/etc/ufw/user.rules").read_text() == rules
        reached = {one: {port for port in PORTS if reaches(made, one, port)} for one in FAR}
        assert reached == {
            STRANGER: {80, 443},
            ADMINISTRATOR: {22, 80, 443},
            PEER: {80, 443, 5_432, 6_379},
        }


@missing("sshd:openssh-server", "ssh:openssh-client")
def test_sshd_takes_keys_and_no_password_and_not_root() -> None:
    host = read((HOSTS / "small.yaml").read_text())
    with machine() as made:
        made.write(render("sshd", host))
        made.run("useradd", "--create-home", "--shell", "/bin/sh", "owner")
        made.run("useradd", "--create-home", "--shell", "/bin/sh", host.user)
        made.run("chpasswd", text="owner:a good password\n")
        made.path("/run/sshd").mkdir()
        made.run("ssh-keygen", "-A")
        made.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/run/tests/key")
        for user in ("root", "owner", host.user):
            home = made.run("sh", "-c", f"echo ~{user}").strip()
            made.run("mkdir", "-p", f"{home}/.ssh")
            made.run("cp", "/run/tests/key.pub", f"{home}/.ssh/authorized_keys")
            made.run("chown", "-R", f"{user}:", f"{home}/.ssh")
        made.run("sshd", "-t")
        made.run("/usr/sbin/sshd")

        told = made.run("sshd", "-T")
        known = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
        key = ("-i", "/run/tests/key", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes")

        def come_in(user: str, *how: str) -> str:
            words = ("ssh", *known, *how, f"{user}@{SERVER}", "echo came in")
            return made.run(*words, expect=None)

        assert "permitrootlogin no" in told
        assert "came in" in come_in("owner", *key)
        refused = come_in("owner", "-o", "PubkeyAuthentication=no", "-o", "BatchMode=yes")
        assert "Permission denied (publickey)" in refused
        assert "came in" not in come_in(host.user, *key)
        assert "Permission denied" in come_in("root", *key)


@missing("apparmor_parser:apparmor")
@pytest.mark.parametrize("name", ["small", "standard", "classic"])
def test_the_kernels_compiler_takes_the_profile(name: str) -> None:
    with machine() as made:
        made.write(render("apparmor", read((HOSTS / f"{name}.yaml").read_text())))

        made.run("apparmor_parser", "-Q", "-K", "/etc/apparmor.d/signalcast")


@missing("unattended-upgrade:unattended-upgrades", "apt-config:apt")
@pytest.mark.parametrize("name", ["small", "classic"])
def test_updates_install_themselves_from_the_security_archive_alone(name: str) -> None:
    with machine() as made:
        made.write(render("unattended", read((HOSTS / f"{name}.yaml").read_text())))

        told = made.run("apt-config", "dump")
        origins = [line for line in told.splitlines() if "Origins-Pattern:: " in line]
        assert 'APT::Periodic::Unattended-Upgrade "1";' in told
        assert len(origins) == 1
        assert "ecurity" in origins[0]


@pytest.fixture(scope="module")
def guarded() -> Iterator[Site]:
    with site("nginx") as made:
        made.machine.run("ip", "address", "add", f"{ANOTHER}/32", "dev", "lo")
        made.machine.write(render("fail2ban", made.host))
        yield made


def guess(served: Site, address: str, times: int, path: str, *words: str) -> None:
    """Try that often from an address, each time told by the application."""
    word = {"/sign-in/": "sign_in.failed"}.get(path, "request.refused")
    for _ in range(times):
        before = served.log.count(word)
        served.get(path, "--interface", address, *words)
        wait_for(
            lambda known=before: served.log.count(word) > known,  # type: ignore[misc]
            within=10,
            message=word,
        )


def form(served: Site) -> tuple[str, ...]:
    """A filled-in form of the entrance."""
    page = served.get("/sign-in/")
    mask = page.body.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    return (
        *("-H", f"Cookie: {page.headers['set-cookie'].partition(';')[0]}"),
        *("-H", f"Referer: https://{served.host.domain}/sign-in/"),
        *("--data-urlencode", f"csrfmiddlewaretoken={mask}"),
        *("-d", 'login=a@example.org&password="event":"x","address":"192.0.2.1"'),
    )


@missing("fail2ban-regex:fail2ban", "nginx:nginx-light", "curl:curl")
def test_the_filters_find_who_guesses_in_lines_of_the_application(guarded: Site) -> None:
    guess(guarded, STRANGER, 3, "/sign-in/", *form(guarded))
    hook = "/in/hooks/wrong-token"
    guess(guarded, ANOTHER, 2, hook, "-H", 'User-Agent: ","address":"192.0.2.1"', "-d", "{}")
    guarded.get("/in/hooks/wrong-token")  # refused for another reason

    for name, log, address, times in (
        ("signalcast-sign-in", "web-0", STRANGER, 3),
        ("signalcast-sources", "intake-0", ANOTHER, 2),
    ):
        found = guarded.machine.run(
            *("fail2ban-regex", "-o", "row", f"{guarded.host.home}/log/{log}.log"),
            f"/etc/fail2ban/filter.d/{name}.conf",
        )
        rows = [line for line in found.splitlines() if line.startswith("[")]
        assert [address in row for row in rows] == [True] * times, found


@missing("fail2ban-server:fail2ban", "nginx:nginx-light", "curl:curl", "iptables:iptables")
def test_who_guesses_on_is_shut_out_and_a_load_balancer_never(guarded: Site) -> None:
    made = guarded.machine
    made.run("fail2ban-client", "-t")
    made.path("/run/fail2ban").mkdir()
    made.run("fail2ban-server", "start")
    wait_for(
        lambda: "signalcast-sign-in" in made.run("fail2ban-client", "status", expect=None),
        within=30,
        message="the jail is there",
    )

    def banned() -> str:
        return made.run("fail2ban-client", "get", "signalcast-sign-in", "banip")

    assert not banned().split()
    # Balancers are in its list of those that are never shut out.
    assert "10.0.0.0/24" in made.run("fail2ban-client", "get", "signalcast-sign-in", "ignoreip")
    filled = form(guarded)
    log = made.path(f"{guarded.host.home}/log/web-0.log")
    guess(guarded, ANOTHER, 1, "/sign-in/", *filled)
    line = next(one for one in reversed(log.read_text().splitlines()) if ANOTHER in one)
    with log.open("a") as file:  # as often as the web server's own limit would let it through
        file.write(f"{line}\n" * 10)
    wait_for(lambda: ANOTHER in banned(), within=30, message="it is banned")
    # It is in the list before the rule is made.
    wait_for(
        lambda: ANOTHER in made.run("iptables", "--numeric", "--list"),
        within=30,
        message="it is shut out",
    )
    guarded.get("/sign-in/", "--interface", ANOTHER, "-m", "3", expect=7)
    assert guarded.get("/sign-in/", "--interface", STRANGER).status == 200


def _described(**changes: object) -> Host:
    return msgspec.structs.replace(read((HOSTS / "small.yaml").read_text()), **changes)


def test_a_machine_without_the_site_has_no_port_for_it_open() -> None:
    host = _described(
        roles=("database",), database=Database(engine="mariadb"), peers=("10.0.0.0/24",),
        machine=Machine(), ssh=Ssh(port=2_222),
    )  # fmt: skip
    [text] = render("ufw", host).values()

    assert "limit 2222/tcp" in text
    assert "allow from 10.0.0.0/24 to any port 3306 proto tcp" in text
    assert "443" not in text
