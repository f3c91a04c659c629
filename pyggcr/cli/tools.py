"""``tools``: the tools that embed go-containerregistry: those that are known, and those found."""

from __future__ import annotations

import os

from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_line, write_warning
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.table import Table, write_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pyggcr.tools import Tool

__all__ = ["tools"]

_KNOWN = ("tool", "oldest", "newest", "releases", "newest has")
_FOUND = ("path", "tool", "version", "go-containerregistry", "go", "platform", "profile")


@reader.command()
@reader.argument("places", metavar="[PATH|IMAGE|TOOL]...", nargs=-1)
@reader.option("--path", "in_path", is_flag=True, help="Search the folders of PATH")
@registry_choice
@as_json
def tools(places: tuple[str, ...], in_path: bool, as_json: bool, choice: RegistryChoice) -> int:
    """List known tools, or find those in files, folders and images.

    Of a TOOL of the table all releases are listed. Exit codes: 0 found; 1 none found; 2 a place
    cannot be read.
    """
    if not places and not in_path:
        _list_known(as_json)
        return 0
    if len(places) == 1 and not in_path and (releases := _releases_of(places[0])):
        _list_releases(releases, as_json)
        return 0
    from pyggcr.tools.finding import find_tools

    failed: list[str] = []
    found: list[Tool] = []
    for place in _with_path(places, in_path):
        if os.path.lexists(place) and not _is_image(place):
            found += find_tools([place], failed)
        else:
            found += _in_image(place, choice, failed)
    for text in failed:
        write_warning(text)
    if as_json:
        write_json({"tools": [_described(tool) for tool in found]})
    else:
        write_table(Table([_row(tool) for tool in found], _FOUND))
    return 2 if failed else 0 if found else 1


def _with_path(places: Iterable[str], in_path: bool) -> Iterator[str]:
    yield from places
    if in_path:
        folders = os.environ.get("PATH", "").split(os.pathsep)
        yield from (folder for folder in dict.fromkeys(folders) if os.path.isdir(folder))  # noqa: PTH112


def _is_image(place: str) -> bool:
    """Whether a path is an archive or a layout, and no folder of executables."""
    if os.path.isdir(place):  # noqa: PTH112
        names = ("oci-layout", "index.json", "manifest.json")
        return any(os.path.isfile(os.path.join(place, name)) for name in names)  # noqa: PTH113, PTH118
    from pyggcr.tools.finding import is_executable

    return not is_executable(place)


def _in_image(place: str, choice: RegistryChoice, failed: list[str]) -> list[Tool]:
    from pyggcr.cli.sources import Source
    from pyggcr.errors import Error
    from pyggcr.tools.finding import find_in_image

    try:
        with Source(place, choice).image() as image:
            return find_in_image(image, place)
    except (Error, reader.CommandError) as error:
        failed.append(f"{place}: {error}")
        return []


def _list_known(as_json: bool) -> None:
    from pyggcr.tools import table

    known = table()
    if as_json:
        releases = [tool.to_json() for them in known.tools.values() for tool in them]
        write_json({"date": known.date, "tools": releases})
        return
    rows = [
        (name, them[0].version, them[-1].version, str(len(them)), them[-1].library)
        for name, them in known.tools.items()
    ]
    write_table(Table(rows, _KNOWN))
    write_line(f"as of {known.date}")


def _releases_of(place: str) -> tuple[Tool, ...]:
    """The releases of a tool of the table; none if the text is no name of one."""
    from pyggcr.errors import UnsupportedOptionError
    from pyggcr.tools.table import known_name, table

    if os.sep in place:
        return ()
    try:
        return table().tools[known_name(place)]
    except UnsupportedOptionError:
        return ()


def _list_releases(releases: tuple[Tool, ...], as_json: bool) -> None:
    from pyggcr.tools import table

    if as_json:
        write_json({"date": table().date, "tools": [tool.to_json() for tool in releases]})
        return
    columns = ("version", "date", "go-containerregistry", "go line")
    rows = [(it.version, it.date, it.library, it.go_line) for it in releases]
    write_table(Table(rows, columns))
    write_line(f"as of {table().date}")


def _profile(tool: Tool) -> str:
    from pyggcr.errors import UnknownProfileError

    try:
        return tool.gzip_profile()
    except UnknownProfileError:
        return ""


def _described(tool: Tool) -> dict[str, Any]:
    return {**tool.to_json(), "gzip_profile": _profile(tool) or None}


def _row(tool: Tool) -> tuple[str, ...]:
    platform = "/".join(part for part in (tool.goarch, tool.goamd64) if part)
    profile = _profile(tool) or "unknown profile"
    return tool.path, tool.name, tool.version, tool.library, tool.go, platform, profile
