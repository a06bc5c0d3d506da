"""What keeps strangers out of the machine: firewall, SSH, fail2ban, updates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from signalcast.deploy.doctor.finding import Check, Finding, ok, problem, skipped, unknown, warning
from signalcast.deploy.doctor.scene import Scene, ask, is_root

AS_ROOT = "sudo signalcast doctor"
#: What `sshd -T` has to say of each option: the values that are safe, why, and the line.
SSH = {
    "passwordauthentication": (("no",), "Passwords are guessed, day and night.",
                               "PasswordAuthentication no"),
    "kbdinteractiveauthentication": (("no",), "It is another way to ask for a password.",
                                     "KbdInteractiveAuthentication no"),
    "permitrootlogin": (("no",), "Whoever gets in as root owns the machine, without a trace.",
                        "PermitRootLogin no"),
    "permitemptypasswords": (("no",), "Anybody may sign in as somebody without a password.",
                             "PermitEmptyPasswords no"),
    "pubkeyauthentication": (("yes",), "Keys are the one safe way in.",
                             "PubkeyAuthentication yes"),
}  # fmt: skip

#: What sshd says where it never started, whatever its configuration is.
NOT_STARTED = ("no hostkeys available", "Missing privilege separation directory")


def _firewall(scene: Scene) -> Iterator[Finding]:
    if not is_root():
        yield unknown("Whether a firewall is active is for root to see.", AS_ROOT)
        return
    ufw = ask(["ufw", "status"])
    if ufw is not None and "Status: active" in ufw.output:
        yield ok("ufw is active.")
        return
    ruleset = ask(["nft", "list", "ruleset"])
    if ruleset is not None and re.search(r"hook input .*policy drop", ruleset.output):
        yield ok("nftables drops what no rule lets in.")
        return
    yield problem(
        "No firewall is active" + (" (ufw is installed and off)" if ufw else ""),
        "Every port that any program opens can be reached by everybody.",
        f"apt-get install ufw && {rules(scene)} && ufw enable",
    )


def rules(scene: Scene) -> str:
    """What has to be let in first, so that nobody is shut out of the machine."""
    host = scene.host
    if host is None:
        return "ufw allow OpenSSH && ufw allow 80,443/tcp"
    rules = [f"ufw limit {host.ssh.port}/tcp"]
    if host.ssh.networks:
        rules = [f"ufw allow from {network} to any port {host.ssh.port} proto tcp"
                 for network in host.ssh.networks]  # fmt: skip
    if host.has("web") and host.web_server != "none":
        rules.append("ufw allow 80,443/tcp")
    return " && ".join(rules)


def _ssh(scene: Scene) -> Iterator[Finding]:
    config = scene.at("/etc/ssh/sshd_config")
    if not config.exists():
        yield skipped("No SSH server is installed.")
        return
    answer = ask(["sshd", "-T", "-f", str(config)])
    if answer is None:
        yield unknown("There is no sshd here that could read the configuration.")
        return
    if answer.code:
        said = answer.output.splitlines()[-1] if answer.output else "no reason"
        if is_root() and not any(one in said for one in NOT_STARTED):
            yield problem(
                f"sshd refuses its configuration: {said}",
                "At its next start nobody gets in any more.",
                "sshd -t",
            )
        else:
            mend = "" if is_root() else AS_ROOT
            yield unknown(f"sshd does not tell its settings here: {said}.", mend)
        return
    told = dict(line.split(" ", 1) for line in answer.output.splitlines() if " " in line)
    wrong = False
    for option, (safe, why, line) in SSH.items():
        if told.get(option, safe[0]) not in safe:
            wrong = True
            yield problem(
                f"sshd: {option} is {told[option]}",
                why,
                f"echo '{line}' >> /etc/ssh/sshd_config.d/10-signalcast.conf && sshd -t && "
                "systemctl reload ssh   # keep a session open meanwhile",
            )
    if not wrong:
        yield ok("SSH takes keys only, and nobody as root.")


def _fail2ban(_scene: Scene) -> Iterator[Finding]:
    why = "Whoever guesses passwords or tokens may go on for ever."
    answer = ask(["fail2ban-client", "ping"])
    if answer is None:
        yield warning("fail2ban is not installed", why, "apt-get install fail2ban")
    elif not is_root():
        yield unknown("Whether fail2ban answers is for root to see.", AS_ROOT)
    elif answer.code:
        yield warning("fail2ban does not answer", why, "systemctl enable --now fail2ban")
    else:
        jails = ask(["fail2ban-client", "status"])
        found = re.search(r"Jail list:\s*(.*)", jails.output if jails else "")
        if found and found[1]:
            yield ok(f"fail2ban watches: {found[1]}.")
        else:
            yield warning("fail2ban runs and watches nothing", why,
                          "signalcast deploy render fail2ban --host host.yaml")  # fmt: skip


def _updates(scene: Scene) -> Iterator[Finding]:
    folder = scene.at("/etc/apt/apt.conf.d")
    if not folder.is_dir():
        yield skipped("No apt is used here.")
        return
    # apt reads them in this order, and the last word counts.
    texts = [file.read_text(errors="replace") for file in sorted(folder.iterdir())
             if file.is_file()]  # fmt: skip
    lines = "\n".join(re.sub(r"(?m)^\s*(//|#).*$", "", text) for text in texts)
    missing = []
    for name in ("Update-Package-Lists", "Unattended-Upgrade"):
        told = re.findall(rf'APT::Periodic::{name}\s+"([^"]*)"', lines)
        if not told or told[-1] in ("", "0"):
            missing.append(name)
    if not scene.at("/usr/bin/unattended-upgrade").exists():
        missing.insert(0, "the package unattended-upgrades")
    if not missing:
        yield ok("Security updates are installed unattended.")
        return
    yield warning(
        f"Security updates are not installed by themselves: {', '.join(missing)} missing or off",
        "Known holes stay open until somebody thinks of them.",
        "apt-get install unattended-upgrades && dpkg-reconfigure -f noninteractive "
        "-plow unattended-upgrades",
    )


CHECKS = {
    "firewall": Check("security", "A firewall is active.", _firewall, of_running_system=True,
                      for_root=True),
    "ssh": Check("security", "SSH takes keys only, and nobody as root.", _ssh, for_root=True),
    "fail2ban": Check("security", "fail2ban runs and watches something.", _fail2ban,
                      of_running_system=True, for_root=True),
    "updates": Check("security", "Security updates are installed unattended.", _updates),
}  # fmt: skip
