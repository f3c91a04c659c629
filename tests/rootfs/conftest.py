"""Images of layers that a test lists entry by entry."""

from __future__ import annotations

import io
import tarfile

import pytest

from pyggcr import empty, mutate, tarball


def layer_of(*entries) -> bytes:
    """A layer of entries: a name, or a pair of a name and content, or a ``TarInfo``."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            content = b""
            if isinstance(entry, tuple):
                entry, content = entry
            if isinstance(entry, str):
                name, entry = entry, tarfile.TarInfo(entry.rstrip("/"))
                entry.mode = 0o644
                if name.endswith("/"):
                    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def special(name: str, kind: bytes, target: str = "", **fields) -> tarfile.TarInfo:
    """An entry of another type."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    for field, value in fields.items():
        setattr(entry, field, value)
    return entry


@pytest.fixture
def image(engine):
    """The function that makes an image of layers, base layer first."""

    def make(*layers: bytes):
        made = empty.image(engine=engine)
        for content in layers:
            layer = tarball.layer_from_opener(lambda it=content: io.BytesIO(it), engine=engine)
            made = mutate.append_layers(made, layer)
        return made

    return make
