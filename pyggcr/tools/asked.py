"""Resolve the values of ``--for`` and ``--as``: versions, executables and module files."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator

from pyggcr._dataclasses import replace
from pyggcr._gostd import buildinfo
from pyggcr._gostd.buildinfo import BuildInfo
from pyggcr._os.file import path_error
from pyggcr.errors import BuildInfoError, UnsupportedOptionError
from pyggcr.tools.go_mod import parse_go_mod
from pyggcr.tools.known import LIBRARY, LIBRARY_MODULE, tool_of_module
from pyggcr.tools.module_versions import UNKNOWN, is_release, range_of
from pyggcr.tools.table import newest, table, tool_of_version
from pyggcr.tools.tool import Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


__all__ = [
    "read_build_info",
    "tool_named",
    "tool_of_build",
    "tool_of_executable",
    "tool_of_go_mod",
    "tools_named",
]

_MOST = 4 << 20  # bytes of a module file, or of a list
_DEVEL = "(devel)"
_COMMENT = re.compile(r"(?:^|\s)#")


def tool_named(text: str) -> Tool:
    """Find the tool that a text names.

    Args:
        text: ``trivy=0.48.3``; ``trivy``, the newest in the table; ``./trivy``, an executable; or a
            module file that is called ``go.mod`` or ends in ``.mod``. A name in the table has
            priority over a file of the same name.

    Returns:
        The tool.

    Raises:
        UnsupportedOptionError: the tool or the version is unknown.
        BuildInfoError: the file is neither a Go executable nor a module file, or does not use
            go-containerregistry.
        FileAccessError: the file cannot be read.
    """
    name, separator, version = text.partition("=")
    is_path = os.sep in name or name.endswith(".mod")
    if separator and not is_path:
        return tool_of_version(name, version)
    if not is_path:
        with contextlib.suppress(UnsupportedOptionError):
            return newest(text)
        if not os.path.isfile(text):  # noqa: PTH113
            return newest(text)
    if text.endswith(".mod"):
        return tool_of_go_mod(text)
    return tool_of_executable(text)


def tools_named(texts: Iterable[str]) -> list[Tool]:
    """Find the tools that texts name, each once.

    Args:
        texts: as for ``tool_named``; ``@tools.txt`` is a file with one on each line, in which empty
            lines and everything after a ``#`` are ignored.

    Returns:
        The tools.

    Raises:
        UnsupportedOptionError: the tool or the version is unknown.
        BuildInfoError: the file is neither a Go executable nor a module file, or does not use
            go-containerregistry.
        FileAccessError: the file cannot be read.
    """
    found: dict[Tool, None] = {}
    for text in texts:
        if not text.startswith("@"):
            found[tool_named(text)] = None
            continue
        path = text[1:]
        lines = _read(path).decode("utf-8", "surrogateescape").splitlines()
        for number, line in enumerate(lines, 1):
            wanted = _COMMENT.split(line, 1)[0].strip()
            if not wanted:
                continue
            try:
                found[tool_named(wanted)] = None
            except (BuildInfoError, UnsupportedOptionError) as error:
                raise type(error)(f"{path}, line {number}: {error}") from None
    return list(found)


def tool_of_executable(path: str) -> Tool:
    """Identify an executable by its build information.

    Args:
        path: the path of the executable.

    Returns:
        The tool.

    Raises:
        BuildInfoError: the file is not a Go executable, or does not use go-containerregistry.
        FileAccessError: the file cannot be read.
    """
    tool = tool_of_build(read_build_info(path), path)
    if tool is None:
        raise BuildInfoError(f"{path}: there is no {LIBRARY} in it")
    return tool


def read_build_info(path: str | os.PathLike[str]) -> BuildInfo:
    """Read the build information of a Go executable, as ``go version -m`` prints it.

    Go: ``debug/buildinfo.ReadFile``.

    Args:
        path: an executable for any system: ELF, Mach-O, PE, XCOFF or Plan 9.

    Returns:
        The version of Go, the modules and the settings; ``str()`` has Go's lines.

    Raises:
        BuildInfoError: the file is not a Go executable.
        FileAccessError: the file cannot be read.
    """
    name = os.fsdecode(path)
    with _opened(name) as file:
        try:
            return buildinfo.read(file)
        except BuildInfoError as error:
            text = f"could not read Go build info from {name}: {error}"
            raise BuildInfoError(text) from None
        except OSError as error:
            raise path_error("read", name, error) from None


@contextlib.contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """A regular file; nothing else is waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise path_error("open", path, error) from None
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BuildInfoError(f"{path}: is not a regular file")
        yield file


def _read(path: str) -> bytes:
    """The whole of a small file."""
    data = b""
    with _opened(path) as file:
        try:
            while len(data) <= _MOST and (piece := file.read(_MOST)):
                data += piece
        except OSError as error:
            raise path_error("read", path, error) from None
    if len(data) > _MOST:
        raise BuildInfoError(f"{path}: is too long")
    return data


def tool_of_build(info: BuildInfo, path: str) -> Tool | None:
    """Identify a tool by the build information of its executable.

    Args:
        info: the build information.
        path: the path to show for the tool.

    Returns:
        The tool; ``None`` if the executable does not use go-containerregistry.
    """
    module = info.module(LIBRARY_MODULE)
    if module is None:
        return None
    name = tool_of_module(info.main.path)
    if name == LIBRARY or not name:
        name = info.path.rpartition("/")[2] or name
    version = info.main.built.version
    version = "" if version == _DEVEL else version
    tool = Tool(
        name,
        version.removeprefix("v"),
        source="executable",
        path=path,
        go=info.go_version,
        goarch=info.setting("GOARCH"),
        goamd64=info.setting("GOAMD64"),
    )
    return _with_library(tool, module.built.path, module.built.version)


def _with_library(tool: Tool, path: str, version: str) -> Tool:
    """A tool with the library that a build has, be it a replacement."""
    if path != LIBRARY_MODULE:
        library = f"{path} {version}".rstrip()
        remark = f"{LIBRARY} is replaced by {library}, of which nothing is known."
        return replace(tool, library=library, remark=remark)
    releases = range_of(version, table().library_releases)
    plain = version.removeprefix("v")
    if not releases.is_known:
        remark = f"{LIBRARY} {plain or 'without a version'} is of no known release."
        return replace(tool, library="" if plain == _DEVEL else plain, remark=remark)
    remark = ""
    if not is_release(version):
        remark = (
            f"{LIBRARY} {plain} is a commit after {releases.low}"
            + (f" and before {releases.high}" if releases.high != releases.low else "")
            + ": it fails where both fail."
        )
    return replace(tool, library=plain, releases=releases, remark=remark)


def tool_of_go_mod(path: str) -> Tool:
    """Identify the tool that a module file would build.

    Args:
        path: the path of the module file.

    Returns:
        The tool.

    Raises:
        BuildInfoError: the file is not a module file, or does not require go-containerregistry.
        FileAccessError: the file cannot be read.
    """
    data = _read(path)
    try:
        found = parse_go_mod(data.decode("utf-8", "surrogateescape"))
    except BuildInfoError as error:
        raise BuildInfoError(f"{path}: {error}") from None
    built = found.built(LIBRARY_MODULE)
    if built is None and found.module == LIBRARY_MODULE:
        built = (LIBRARY_MODULE, _DEVEL)
    if built is None:
        raise BuildInfoError(f"{path}: it requires no {LIBRARY}")
    tool = Tool(
        tool_of_module(found.module) or found.module,
        source="go.mod",
        path=path,
        go_line=found.go,
        toolchain=found.toolchain,
    )
    tool = _with_library(tool, *built)
    if not found.is_complete:
        remark = (
            f"Before Go 1.17 a module file lists direct requirements only: {tool.embeds} "
            "is a lower bound; an executable tells what was built."
        )
        return replace(tool, releases=UNKNOWN, remark=remark)
    bound = f"Its go line, {found.go}, is a lower bound for the Go that builds it."
    return replace(tool, remark=f"{tool.remark} {bound}".lstrip())
