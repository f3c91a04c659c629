"""Sparse entries of a tar: small files that claim to be large, in the forms that Go reads."""

from __future__ import annotations

import tarfile

from pyggcr.differential.generate.archives import member
from pyggcr.differential.generate.tar_bytes import BLOCK

__all__ = ["end", "old_sparse", "pax_sparse", "plain"]


def end() -> bytes:
    """The end of an archive."""
    return bytes(2 * BLOCK)


def plain(name: str, content: bytes) -> bytes:
    """An entry as it mostly is."""
    info, _ = member(name, content)
    return info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % BLOCK)


def pax_sparse(name: str, content: bytes, size: int) -> bytes:
    """A file of PAX 1.0 that begins with the content, and goes on with a hole up to the size."""
    table = f"1\n0\n{len(content)}\n".encode()
    data = table + bytes(-len(table) % BLOCK) + content
    info, _ = member(f"GNUSparse.0/{name}", data)
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": name,
        "GNU.sparse.realsize": str(size),
    }
    return info.tobuf(tarfile.PAX_FORMAT) + data + bytes(-len(data) % BLOCK)


def old_sparse(name: str, content: bytes, size: int) -> bytes:
    """The same as GNU tar wrote it first, with a map in the header (type ``S``)."""
    info, _ = member(name, content)
    info.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[386:398] = b"%011o\0" % 0
    block[398:410] = b"%011o\0" % len(content)
    block[483:495] = b"\x80" + size.to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + content + bytes(-len(content) % BLOCK)
