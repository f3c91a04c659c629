"""A tool as it was built: what its version or its executable tells about the library and Go."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr.compression import profile_of
from pyggcr.errors import UnknownProfileError
from pyggcr.tools.known import LIBRARY
from pyggcr.tools.module_versions import UNKNOWN, VersionRange, numbers_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal
else:
    from pyggcr._typing import Literal


__all__ = ["Source", "Tool"]

LayerSources = Literal["patched", "trusted"]
Source = Literal["version", "table", "executable", "go.mod"]

_PATCHED_SINCE = (0, 19, 0)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that embeds go-containerregistry.

    Attributes:
        name: such as ``trivy``; the package of the program if the table has no such tool.
        version: such as ``0.48.3``; empty if it is not known.
        library: the version of go-containerregistry; the path and version of what replaces it;
            empty if it is not known.
        releases: the releases that the library is between; both are the same for a release.
        source: where the facts are from: a version that was given, the table, the build information
            of an executable, or a module file.
        path: the executable or the module file; empty for the others.
        go: the version of Go that built it, such as ``go1.21.5``; empty if it is not known.
        go_line: the ``go`` line of the module file, a lower bound for the version of Go.
        toolchain: the ``toolchain`` line of the module file.
        date: the day of the release, such as ``2024-01-11``.
        goarch: the processor that it was built for, such as ``amd64``.
        goamd64: the level of an amd64 processor, such as ``v1``.
        remark: what cannot be known, in a sentence.
    """

    name: str
    version: str = ""
    library: str = ""
    releases: VersionRange = UNKNOWN
    source: Source = "table"
    path: str = ""
    go: str = ""
    go_line: str = ""
    toolchain: str = ""
    date: str = ""
    goarch: str = ""
    goamd64: str = ""
    remark: str = ""

    @property
    def embeds(self) -> str:
        """The library in words, such as ``go-containerregistry 0.17.0``."""
        return f"{LIBRARY} {self.library}" if self.library else f"an unknown {LIBRARY}"

    def gzip_profile(self) -> str:
        """Return the gzip encoder that it uses for layers that an archive has uncompressed.

        Returns:
            Such as ``go1.26``.

        Raises:
            UnknownProfileError: it is not known which Go release built it, or what that release
                writes.
        """
        if not self.go:
            raise UnknownProfileError(
                f"unknown profile: which Go built {self} is not known; its executable tells"
            )
        try:
            return profile_of(self.go, self.goarch, self.goamd64 or None)
        except UnknownProfileError as error:
            raise UnknownProfileError(f"{self}: {error}") from None

    def layer_sources(self) -> LayerSources | None:
        """Tell how the tool reads the ``LayerSources`` of archives of Docker 25.

        Returns:
            ``trusted`` before go-containerregistry 0.19, ``patched`` since; ``None`` if that is
            unknown.
        """
        if not self.releases.is_known:
            return None
        old = [numbers_of(it) < _PATCHED_SINCE for it in (self.releases.low, self.releases.high)]
        if old[0] != old[1]:
            return None
        return "trusted" if old[0] else "patched"

    def __str__(self) -> str:
        """Such as ``trivy 0.48.3`` or ``trivy 0.48.3 (./trivy)``."""
        text = f"{self.name} {self.version}" if self.version else self.name
        return f"{text} ({self.path})" if self.path else text

    def to_json(self) -> dict[str, Any]:
        """Describe the tool for ``json.dumps``.

        Returns:
            A JSON object.
        """
        return {
            "tool": self.name,
            "version": self.version or None,
            "source": self.source,
            "path": self.path or None,
            "go_containerregistry": self.library or None,
            "go": self.go or None,
            "go_line": self.go_line or None,
            "toolchain": self.toolchain or None,
            "goarch": self.goarch or None,
            "goamd64": self.goamd64 or None,
            "date": self.date or None,
            "remark": self.remark or None,
        }
