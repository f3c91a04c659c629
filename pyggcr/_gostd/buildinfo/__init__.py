# Copyright 2021 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

r"""What a Go executable tells of its build: Go's ``debug/buildinfo``.

The linker leaves a blob in the data of each executable: the version of Go, and the lines that ``go
version -m`` prints. Since Go 1.18 both texts stand in it; before, it points to them. Texts are
decoded from UTF-8 with ``surrogateescape``.
"""

from __future__ import annotations

import re

from pyggcr import limits
from pyggcr._dataclasses import dataclass, replace
from pyggcr._gostd.buildinfo.executables import NOT_GO, UNRECOGNIZED, Executable, open_executable
from pyggcr._gostd.strconv import quote, unquote
from pyggcr.errors import BuildInfoError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Literal


__all__ = ["BuildInfo", "Module", "parse", "read"]

_MAGIC = b"\xff Go buildinf:"
_ALIGNED = 16
_HEADER = 32
_CHUNK = 1 << 20  # bytes that are searched at once
_MOST = 16 << 20  # bytes of a text; those of large programs have some 100,000
_ADDRESSES = 1 << 64
_VARINT = 10  # bytes at most
_INLINE = 0x2  # flag: the texts follow
_BIG_ENDIAN = 0x1
_SENTINEL = 16  # bytes before and behind the lines
_QUOTED_KEY = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`')
_PLAIN_KEY = re.compile(r"[^= \t\r\n\"`]+")


@dataclass(frozen=True, slots=True)
class Module:
    """One module of a build.

    Attributes:
        path: such as ``github.com/google/go-containerregistry``.
        version: such as ``v0.18.0``; ``(devel)`` where Go does not know it.
        sum: the checksum; empty where there is none.
        replace: the module that was built in place of it.
    """

    path: str
    version: str = ""
    sum: str = ""
    replace: Module | None = None

    @property
    def built(self) -> Module:
        """The module whose code was built: the replacement, if there is one."""
        return self.replace or self


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """What an executable tells of its build (``debug.BuildInfo``).

    Attributes:
        go_version: of the Go that built it, such as ``go1.21.5``.
        path: the package of the program.
        main: the module of that package; without a path if it was not built from a module.
        deps: all other modules whose packages are in it.
        settings: such as ``GOARCH`` and ``GOAMD64``, in the order of the file.
    """

    go_version: str = ""
    path: str = ""
    main: Module = Module("")
    deps: tuple[Module, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()

    def setting(self, key: str) -> str:
        """Return the value of a setting.

        Args:
            key: such as ``GOARCH``.

        Returns:
            The value; empty if there is no such setting.
        """
        return dict(self.settings).get(key, "")

    def module(self, path: str) -> Module | None:
        """Find a module.

        Args:
            path: the path of the module.

        Returns:
            The module; ``None`` if it is not part of the build.
        """
        return next((it for it in (self.main, *self.deps) if it.path == path), None)

    def __str__(self) -> str:
        r"""The lines of ``go version -m``, without the tabs before them (``BuildInfo.String``).

        >>> str(BuildInfo("go1.27.3", "example.com/app", settings=(("GOARCH", "arm64"),)))
        'go\tgo1.27.3\npath\texample.com/app\nbuild\tGOARCH=arm64\n'
        """
        lines = [f"go\t{self.go_version}"] if self.go_version else []
        lines += [f"path\t{self.path}"] if self.path else []
        if self.main != Module(""):
            lines += _lines_of("mod", self.main)
        for module in self.deps:
            lines += _lines_of("dep", module)
        for key, value in self.settings:
            said = quote(key) if not key or _needs_quotes(key, "=") else key
            lines.append(f"build\t{said}={quote(value) if _needs_quotes(value) else value}")
        return "".join(f"{line}\n" for line in lines)


def read(file: BinaryIO) -> BuildInfo:
    """The build information in an executable (``buildinfo.Read``).

    Args:
        file: opened for reading bytes; it must be able to seek.

    Raises:
        BuildInfoError: it is no executable, none of Go, or makes no sense.
        CancelledError: a limit of ``pyggcr.limits`` ended the work.
    """
    executable = open_executable(file)
    if not executable.size:
        raise BuildInfoError(NOT_GO)
    version, lines = _texts(executable, _find(executable))
    return replace(parse(lines), go_version=version)


def _find(executable: Executable) -> int:
    """The address of the blob, which is aligned."""
    start, end = executable.start, executable.start + executable.size
    if end >= _ADDRESSES:
        raise BuildInfoError(UNRECOGNIZED)
    address = -(-start // _ALIGNED) * _ALIGNED
    # However many addresses stand for the same bytes of the file, they are read once.
    end = min(end, address + executable.length)
    while address < end:
        limits.current().check()
        wanted = min(_CHUNK, end - address)
        data = executable.read(address, wanted)
        if not data:
            break
        place = data.find(_MAGIC)
        while place >= 0 and place % _ALIGNED:
            place = data.find(_MAGIC, place + 1)
        if place >= 0 and end - address - place >= _HEADER:
            return address + place
        address += wanted
    raise BuildInfoError(NOT_GO)


def _texts(executable: Executable, address: int) -> tuple[str, str]:
    """The version of Go, and the lines about modules and settings."""
    header = executable.read(address, _HEADER)
    if len(header) < _HEADER:
        raise BuildInfoError(NOT_GO)
    pointer_size, flags = header[14], header[15]
    if flags & _INLINE:
        version, address = _inline(executable, address + _HEADER)
        lines, _ = _inline(executable, address)
    else:
        if pointer_size not in (4, 8):
            raise BuildInfoError(NOT_GO)
        big = bool(flags & _BIG_ENDIAN)
        version = _pointed(executable, header[16 : 16 + pointer_size], big=big)
        lines = _pointed(executable, header[16 + pointer_size : 16 + 2 * pointer_size], big=big)
    if not version:
        raise BuildInfoError(NOT_GO)
    framed = len(lines) >= 2 * _SENTINEL + 1 and lines[-_SENTINEL - 1 : -_SENTINEL] == b"\n"
    lines = lines[_SENTINEL:-_SENTINEL] if framed else b""
    return version.decode("utf-8", "surrogateescape"), lines.decode("utf-8", "surrogateescape")


def _inline(executable: Executable, address: int) -> tuple[bytes, int]:
    """A text behind its length, and the address behind it."""
    length = shift = used = 0
    for byte in executable.read(address, _VARINT):
        used += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    else:
        raise BuildInfoError(NOT_GO)
    text = b"" if length > _MOST else executable.read(address + used, length) if length else b""
    if len(text) < length:
        raise BuildInfoError(NOT_GO)
    return text, address + used + length


def _pointed(executable: Executable, pointer: bytes, *, big: bool) -> bytes:
    """A Go string that something points to; empty if that leads nowhere."""
    order: Literal["big", "little"] = "big" if big else "little"
    size = len(pointer)
    try:
        string = executable.read(int.from_bytes(pointer, order), 2 * size)
        length = int.from_bytes(string[size:], order)
        if len(string) < 2 * size or not 0 < length <= _MOST:
            return b""
        text = executable.read(int.from_bytes(string[:size], order), length)
    except BuildInfoError:
        return b""
    return text if len(text) == length else b""


def parse(text: str) -> BuildInfo:
    """The lines of ``BuildInfo.String`` without that of Go (``debug.ParseBuildInfo``).

    Raises:
        BuildInfoError: a line makes no sense.
    """
    path = ""
    modules: list[Module] = []  # the main one first
    settings: list[tuple[str, str]] = []
    main = Module("")
    last: str = ""  # what a replacement would be of
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            kind, tab, rest = line.partition("\t")
            if not tab:
                continue
            if kind == "path":
                path = rest
            elif kind == "mod":
                main, last = _module(rest), "mod"
            elif kind == "dep":
                modules.append(_module(rest))
                last = "dep"
            elif kind == "=>":
                other = _replacement(rest, last)
                if last == "mod":
                    main = replace(main, replace=other)
                else:
                    modules[-1] = replace(modules[-1], replace=other)
                last = ""
            elif kind == "build":
                settings.append(_setting(rest))
        except BuildInfoError as error:
            raise BuildInfoError(f"could not parse Go build info: line {number}: {error}") from None
    return BuildInfo("", path, main, tuple(modules), tuple(settings))


def _module(text: str) -> Module:
    columns = text.split("\t")
    if len(columns) not in (2, 3):
        raise BuildInfoError(f"expected 2 or 3 columns; got {len(columns)}")
    return Module(columns[0], columns[1], columns[2] if columns[2:] else "")


def _replacement(text: str, last: str) -> Module:
    columns = text.split("\t")
    if len(columns) != 3:
        raise BuildInfoError(f"expected 3 columns for replacement; got {len(columns)}")
    if not last:
        raise BuildInfoError("replacement with no module on previous line")
    return Module(columns[0], columns[1], columns[2])


def _setting(text: str) -> tuple[str, str]:
    if not text:
        raise BuildInfoError("build line missing '='")
    if text.startswith("="):
        raise BuildInfoError("build line with missing key")
    if text.startswith(("`", '"')):
        key, value = _quoted_key(text)
    else:
        key, found, value = text.partition("=")
        if not found:
            raise BuildInfoError("build line missing '=' after key")
        if not _PLAIN_KEY.fullmatch(key):
            raise BuildInfoError(f"unquoted key {quote(key)} must be quoted")
    if value.startswith(("`", '"')):
        return key, _unquoted(value, "value")
    if _needs_quotes(value):
        raise BuildInfoError(f"unquoted value {quote(value)} must be quoted")
    return key, value


def _quoted_key(text: str) -> tuple[str, str]:
    found = _QUOTED_KEY.match(text)
    if found is None:
        raise BuildInfoError("invalid quoted key in build line")
    key = _unquoted(found[0], "key")
    rest = text[found.end() :]
    if not rest:
        raise BuildInfoError("build line missing '=' after quoted key")
    if rest[0] != "=":
        raise BuildInfoError(f"unexpected character after quoted key: '{rest[0]}'")
    return key, rest[1:]


def _unquoted(literal: str, what: str) -> str:
    try:
        return unquote(literal)
    except Error:
        raise BuildInfoError(f"invalid quoted {what} in build line") from None


def _needs_quotes(text: str, more: str = "") -> bool:
    return any(char in text for char in f' \t\r\n"`{more}')


def _lines_of(word: str, module: Module) -> list[str]:
    if module.replace is None:
        return [f"{word}\t{module.path}\t{module.version}\t{module.sum}"]
    # Go ends the replaced module's line twice.
    return [f"{word}\t{module.path}\t{module.version}", *_lines_of("=>", module.replace), ""]
