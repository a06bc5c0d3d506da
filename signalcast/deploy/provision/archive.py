"""What a first release is made of, packed for its way to a machine."""

from __future__ import annotations

import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from signalcast.deploy.release.unpack import unpack


def pack(source: Path, target: Path) -> None:
    """Write the files of an archive or a source tree to TARGET, all readable, owned by nobody.

    Raises release.problems.Refused when it is no release, and OSError.
    """
    with TemporaryDirectory() as directory:
        tree = Path(directory) / "tree"
        unpack(source, tree)
        with tarfile.open(target, "w:gz", compresslevel=6) as packed:
            packed.add(tree, arcname=".", filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member
