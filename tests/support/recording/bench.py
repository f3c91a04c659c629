"""Ask functions: what a call needs, and its result as plain data."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.recording import adapter
from support.recording.images import Answers, attempt, observe, summary_of_bytes
from support.recording.normalising import DATA, normal, renamed

__all__ = ["GZIP", "MULTI", "PLAIN", "PLATFORMS", "ZEROS", "Bench", "Call", "ask", "plain"]

GZIP = DATA / "docker/28.5.2-containerd-store/app-tag.tar"
PLAIN = DATA / "docker/25.0.2/app-tag.tar"
MULTI = DATA / "docker/28.5.2/multi.tar"
PLATFORMS = DATA / "docker/28.5.2-containerd-store/multiplatform.tar"
ZEROS = "sha256:" + 64 * "0"
_SHORT = 2000


@dataclass
class Bench:
    """What calls need; ``engine`` is the one to ask, ``other`` that of the registry."""

    folder: Path
    engine: str
    other: str
    stack: contextlib.ExitStack
    _servers: dict[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The address of a registry."""
        if "registry" not in self._servers:
            from pyggcr import registry

            server = registry.serve(engine=self.other, referrers=True)
            self._servers["registry"] = self.stack.enter_context(server)
        return str(self._servers["registry"].host)

    @property
    def daemon(self) -> Any:
        """A Docker engine."""
        if "daemon" not in self._servers:
            from support.fake_engine import RECORDED, FakeEngine

            server = FakeEngine(RECORDED["25.0.2"])
            self._servers["daemon"] = self.stack.enter_context(server)
        return self._servers["daemon"]

    def open(self, path: Path, tag: str | None = None) -> Any:
        """An image of an archive."""
        from pyggcr import tarball

        return self.stack.enter_context(tarball.image_from_path(path, tag, engine=self.engine))


Call = Callable[[Bench], Any]


def ask(table: dict[str, Call], engine: str, other: str) -> Answers:
    """The answers to all calls of a table, in its order."""
    answers: Answers = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recording-")))
        bench = Bench(folder, engine, other, stack)
        for name, call in table.items():
            answers[name] = attempt(lambda call=call: plain(call(bench)))
        paths = {str(folder): "(folder)", str(DATA): "(data)"}
    return dict(normal(renamed(answers, paths)))


def plain(value: Any) -> Any:
    """A result as plain data."""
    from pyggcr import v1

    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (str, v1.Hash)):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        data = bytes(value)
        short = len(data) <= _SHORT
        return data.decode("utf-8", "surrogateescape") if short else summary_of_bytes(data)
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        rows = [plain(each) for each in value]
        return sorted(rows, key=repr) if isinstance(value, (set, frozenset)) else rows
    if isinstance(value, v1.Image):
        return observe(value)
    if isinstance(value, v1.ImageIndex):
        return {"index": str(value.digest()), "manifest": plain(value.raw_manifest())}
    if isinstance(value, v1.Layer):
        return _layer(value)
    if isinstance(value, io.IOBase):
        with value:
            return summary_of_bytes(value.read() or b"")
    with contextlib.suppress(Exception):
        return {type(value).__name__: adapter.marshal(value).decode("utf-8", "surrogateescape")}
    return repr(value)


def _layer(layer: Any) -> Answers:
    return {
        "digest": attempt(lambda: str(layer.digest())),
        "diff_id": attempt(lambda: str(layer.diff_id())),
        "size": attempt(layer.size),
        "media_type": attempt(lambda: str(layer.media_type())),
        "compressed": attempt(lambda: plain(layer.compressed())),
        "uncompressed": attempt(lambda: plain(layer.uncompressed())),
    }
