"""The table of released tools: which go-containerregistry each was built with.

``table.tsv`` is made from the go.mod files of the releases by ``python -m tools.tool_table``. Its
first line has the date on which it was made.
"""

from __future__ import annotations

import difflib
import functools
from pathlib import Path

from pyggcr._dataclasses import dataclass
from pyggcr.errors import UnsupportedOptionError
from pyggcr.tools.known import KNOWN, LIBRARY
from pyggcr.tools.module_versions import numbers_of, range_of
from pyggcr.tools.tool import Tool

__all__ = ["Table", "known_name", "newest", "parse_table", "table", "tool_of_version"]

_FILE = Path(__file__).with_name("table.tsv")
_NEAR = 5  # versions that are named in place of one that is not known


@dataclass(frozen=True, slots=True)
class Table:
    """The known releases of tools.

    Attributes:
        date: the day on which the table was made.
        tools: the releases of each tool, from the oldest to the newest.
    """

    date: str
    tools: dict[str, tuple[Tool, ...]]

    @property
    def library_releases(self) -> tuple[str, ...]:
        """The releases of go-containerregistry, from the oldest to the newest."""
        return tuple(tool.version for tool in self.tools[LIBRARY])


@functools.cache
def table() -> Table:
    """Return the table of this version of pyggcr.

    Returns:
        The table.
    """
    return parse_table(_FILE.read_text(encoding="ascii"))


def parse_table(text: str) -> Table:
    """Parse a table.

    Args:
        text: a line with the date, then one for each release.

    Returns:
        The table.
    """
    first, _, *lines = text.splitlines()
    rows = [line.split("\t") for line in lines]
    library = tuple(version for name, version, *_ in rows if name == LIBRARY)
    tools: dict[str, list[Tool]] = {}
    for name, version, date, embedded, go_line, toolchain in rows:
        tools.setdefault(name, []).append(
            Tool(
                name,
                version,
                embedded,
                range_of(embedded, library),
                go_line=go_line,
                toolchain=toolchain,
                date=date,
            )
        )
    return Table(first.rpartition(" ")[2], {name: tuple(them) for name, them in tools.items()})


def known_name(name: str) -> str:
    """Return the name of a tool in the table.

    Args:
        name: a name or an alias.

    Returns:
        The name in the table.

    Raises:
        UnsupportedOptionError: the table has no such tool; the message suggests a similar name.
    """
    names = {known: tool.name for tool in KNOWN for known in (tool.name, *tool.aliases)}
    if name.lower() in names:
        return names[name.lower()]
    close = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {close[0]}?" if close else "pyggcr tools lists those that are known"
    raise UnsupportedOptionError(f"there is no tool {name!r} in the table; {hint}")


def newest(name: str) -> Tool:
    """Return the newest release of a tool in the table.

    Args:
        name: the name of the tool.

    Returns:
        The tool.

    Raises:
        UnsupportedOptionError: the table has no such tool.
    """
    return table().tools[known_name(name)][-1]


def tool_of_version(name: str, version: str) -> Tool:
    """Return a release of a tool.

    Args:
        name: the name of a tool in the table; or ``crane`` or ``ggcr``, which stand for the
            library.
        version: such as ``0.48.3``.

    Returns:
        The tool.

    Raises:
        UnsupportedOptionError: the table has no such tool, or no such version of it.
    """
    name, asked = known_name(name), name.lower()
    releases = table().tools[name]
    try:
        numbers = numbers_of(version)
    except ValueError as error:
        raise UnsupportedOptionError(f"{asked}: {error}") from None
    plain = version.removeprefix("v")
    if name == LIBRARY:
        known = next((it for it in releases if numbers_of(it.version) == numbers), None)
        # The version of the library is all that failures depend on, whether it is listed or not.
        return known or Tool(name, plain, plain, range_of(plain, ()), source="version")
    for release in releases:
        if release.version == plain:
            return release
    raise UnsupportedOptionError(
        f"the table of {table().date} does not have {asked} {plain}; it has {_near(name, numbers)}"
    )


def _near(name: str, numbers: tuple[int, ...]) -> str:
    """The versions of a tool that are next to one that is not known."""
    versions = [tool.version for tool in table().tools[name]]
    older = sum(numbers_of(version) < numbers for version in versions)
    start = max(0, min(older - _NEAR // 2, len(versions) - _NEAR))
    return ", ".join(versions[start : start + _NEAR])
