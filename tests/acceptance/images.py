"""Container images, built from the rendered Dockerfile on a base that debootstrap makes.

Nothing is fetched from a registry of images, and nothing of this machine's own containers is
touched: storage is a directory of the test.
"""

from __future__ import annotations

import resource
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signalcast.deploy.host import Host
from signalcast.deploy.render import render
from tests.acceptance.debian import CERTIFICATES, CHECKOUT, SUITES, pip_settings, sources

BASE = "localhost/debian"
#: Names that compose.yaml has, and the images of the test for them.
IMAGES = {
    "signalcast": "localhost/signalcast",
    "signalcast-front": "localhost/front",
    "postgres:17-bookworm": "localhost/stores",
    "valkey/valkey:8-bookworm": "localhost/stores",
}
#: What is sent to the builder beside what belongs into the image, and must not get there.
STRAY = (".env", "secrets/secret_key", "signalcast/.env", "var/home/db.sqlite3")

#: PostgreSQL and Redis of Debian, with the names and habits of the images they stand for.
_STORES = f"""\
FROM {BASE}
RUN groupadd --gid 999 store && useradd --uid 999 --gid 999 store \\
 && printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \\
 && export DEBIAN_FRONTEND=noninteractive && apt-get update -qq \\
 && apt-get install -qq -y --no-install-recommends postgresql-common redis-server \\
 && echo 'create_main_cluster = false' >> /etc/postgresql-common/createcluster.conf \\
 && apt-get install -qq -y --no-install-recommends postgresql \\
 && ln -s redis-server /usr/bin/valkey-server && ln -s redis-cli /usr/bin/valkey-cli \\
 && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ \\
 && install -d -o 999 -g 999 /data /var/lib/postgresql/data /var/run/postgresql
COPY entry /usr/local/bin/entry
ENV PGDATA=/var/lib/postgresql/data
WORKDIR /data
ENTRYPOINT ["sh", "/usr/local/bin/entry"]
"""
_ENTRY = """\
set -eu
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth=scram-sha-256 > /dev/null
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE $POSTGRES_DB" | postgres --single postgres > /dev/null
fi
exec "$@"
"""

#: Files that nobody reads here, and writing that is not made safe from a crash.
_QUICK = """\
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
"""
_BASE = """
set -e
made=$(buildah from scratch)
root=$(buildah mount "$made")
mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
cp "$QUICK" "$root/etc/dpkg/dpkg.cfg.d/quick"
debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv \
    "$SUITE" "$root" "$MIRROR" > "$LOG" || { tail -n 20 "$LOG"; exit 1; }
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*
buildah unmount "$made" > /dev/null
buildah commit --quiet --rm "$made" "$IMAGE"
"""


class Images:
    """Storage of images and containers in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.settings = directory / "containers.conf"
        self.settings.write_text(_settings())
        self._storage = (
            *("--root", str(directory / "storage"), "--runroot", str(directory / "run")),
            *("--storage-driver", "overlay"),
        )

    def podman(self, *words: str) -> tuple[str, ...]:
        """The command of podman over this storage."""
        return ("env", f"CONTAINERS_CONF={self.settings}", "podman", *self._storage, *words)

    def make_base(self) -> None:
        """Debian with Python, from the mirror that this machine uses."""
        quick = self.directory / "quick"
        quick.write_text(_QUICK)
        storage = shlex.join(self._storage)
        self._run(
            "sh", "-c", f'buildah() {{ command buildah {storage} "$@"; }}\n{_BASE}',
            QUICK=str(quick), SUITE=SUITES[0], MIRROR=sources()[SUITES[0]], IMAGE=BASE,
            LOG=str(self.directory / "debootstrap.log"),
        )  # fmt: skip

    def build(self, host: Host) -> Path:
        """Both images as they are rendered. Returns the checkout that they are built from."""
        checkout = self.directory / "checkout"
        _copy_tree(checkout)
        for path, text in render("docker", host).items():
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            (checkout / path).write_text(text)
        for path in STRAY:
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            (checkout / path).write_text("a secret of this machine")
        for image, target in (("signalcast", "signalcast"), ("signalcast-front", "front")):
            self._build(
                checkout, IMAGES[image], "--target", target,
                *("--build-arg", f"PYTHON_IMAGE={BASE}", "--build-arg", f"FRONT_IMAGE={BASE}"),
            )  # fmt: skip
        return checkout

    def make_stores(self) -> None:
        """What stands for the images of PostgreSQL and Valkey."""
        context = self.directory / "stores"
        context.mkdir()
        (context / "Dockerfile").write_text(_STORES)
        (context / "entry").write_text(_ENTRY)
        self._build(context, IMAGES["postgres:17-bookworm"])

    def _build(self, context: Path, image: str, *words: str) -> None:
        # Layers are kept, so that the stage both images begin with is built once.
        self._run(
            "buildah", *self._storage, "build", "--quiet", "--isolation", "chroot", "--layers",
            "--network", "host", "--format", "docker", "--tag", image, *words,
            *self._ways_to_packages(), str(context),
        )  # fmt: skip

    def _ways_to_packages(self) -> Iterator[str]:
        """How pip and apt of this machine find their packages, lent to the build."""
        configuration = self.directory / "pip.conf"
        configuration.write_text(pip_settings(str(CERTIFICATES)))
        yield f"--volume={configuration}:/etc/pip.conf:ro"
        yield f"--volume={CERTIFICATES}:{CERTIFICATES}:ro"

    def _run(self, *words: str, **variables: str) -> None:
        """Run in mounts of its own, so that none is left."""
        private = "mkdir -p /var/lib/containers; mount -t tmpfs own /var/lib/containers"
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "env",
             *(f"{name}={value}" for name, value in variables.items()),
             f"CONTAINERS_CONF={self.settings}",
             "sh", "-c", f'{private}; exec "$@"', "sh", *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"


def _settings() -> str:
    """The engine's settings, for a machine without systemd that may not raise its own limits."""
    limits = {
        "nofile": (resource.RLIMIT_NOFILE, 1_048_576),
        "nproc": (resource.RLIMIT_NPROC, 32_768),
    }
    told = []
    for name, (limit, most) in limits.items():
        hard = resource.getrlimit(limit)[1]
        value = most if hard == resource.RLIM_INFINITY else min(hard, most)
        told.append(f'"{name}={value}:{value}"')
    return f"""\
[containers]
cgroups = "disabled"
default_ulimits = [{", ".join(told)}]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
"""


def _copy_tree(checkout: Path) -> None:
    """What a clone has of what the image is built from."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.sqlite3*")
    for name in ("signalcast", "requirements"):
        shutil.copytree(CHECKOUT / name, checkout / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, checkout / name)


@contextmanager
def images() -> Iterator[Images]:
    """Storage that is gone when the block ends. It is in memory, where disks do not stall."""
    directory = Path(tempfile.mkdtemp(prefix="sci-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3g,mode=711", "own", directory], check=True)
    try:
        yield Images(directory)
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)
        directory.rmdir()
