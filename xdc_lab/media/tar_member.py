"""Files within a .tar as paths of their own, `shards/00000.tar/1536/000000002.mp4`, read where they lie."""

import os
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from xdc_lab.errors import MediaError

_INSIDE = re.compile(r"(.+\.tar)[/\\](\d+)[/\\]([^/\\]+)", re.DOTALL)
_NAME_BYTES = 100  # of a name that a header holds; of a longer one it holds the beginning


@dataclass(frozen=True)
class TarMember:
    """Where a member's bytes lie, from `start` to before `end` of the archive."""

    archive: str
    start: int
    end: int


def member_path(archive: str | Path, member: tarfile.TarInfo) -> str:
    """The path of a member: its archive, the place of its header there, its name."""
    return f"{archive}/{member.offset_data - tarfile.BLOCKSIZE}/{member.name.rpartition('/')[2]}"


def find_member(path: str | Path) -> TarMember | None:
    """The bytes that a path within an archive stands for; None for any other path.

    No list of the archive is read: the place is in the path, and the header there must have the name.

    Raises:
        MediaError: if the archive does not hold it (any more).
    """
    parts = _INSIDE.fullmatch(os.fspath(path))
    if parts is None or not os.path.isfile(parts[1]):
        return None
    at = int(parts[2])
    with open(parts[1], "rb") as archive:
        archive.seek(at)
        try:
            member = tarfile.TarInfo.frombuf(archive.read(tarfile.BLOCKSIZE), "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            member = tarfile.TarInfo()
        name, whole = member.name.rpartition("/")[2], os.fstat(archive.fileno()).st_size
    is_cut = len(member.name.encode(errors="surrogateescape")) >= _NAME_BYTES and parts[3].startswith(name)
    start = at + tarfile.BLOCKSIZE
    if not (name == parts[3] or is_cut) or start + member.size > whole:
        raise MediaError(
            path, f"does not decode (not in {parts[1]} at byte {at}: was that written anew? List it again)"
        )
    return TarMember(parts[1], start, start + member.size)


def file_stamp(path: str | Path) -> tuple[int, int]:
    """Size in bytes and time of change (ns) of a file, within an archive or not: equal while it is the same.

    Raises:
        OSError: if there is no such file.
        MediaError: if its archive does not hold it.
    """
    member = find_member(path)
    status = os.stat(member.archive if member else path)
    return (member.end - member.start if member else status.st_size), status.st_mtime_ns
