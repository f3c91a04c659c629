"""Wheels as entries of a layer, installed as pip would: the binary distribution format, PEP 427.

Only wheels of pure Python are accepted: compiled code belongs to one platform and needs libraries
of the image. Nothing is compiled to bytecode, which would depend on the Python that does it.
"""

from __future__ import annotations

import base64
import csv
import email.parser
import hashlib
import io
import os
import posixpath
import re
import zipfile
import zlib
from configparser import Error as ParsingError
from configparser import RawConfigParser

from pyggcr._gostd.stream import PieceStream
from pyggcr._os.file import path_error
from pyggcr.build.entry import Content, Entry, clean_path
from pyggcr.errors import BuildError, SourceChangedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, NamedTuple
else:
    from pyggcr._typing import NamedTuple

__all__ = ["wheel"]

_INSTALLER = b"pyggcr\n"
_SMALL = 16 << 20  # bytes; documents and scripts, which are read whole
_UNRECORDED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_PROGRAM, _PLAIN = 0o755, 0o644

_FILE_NAME = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)"
    r"-(?P<platform>[^-]+)\.whl"
)
_PYTHON = re.compile(r"3\.[0-9]{1,2}", re.ASCII)
_REFERENCE = re.compile(r"(?P<module>[\w.]+)\s*(:\s*(?P<object>[\w.]+)\s*)?(\[.*\]\s*)?")

_SCRIPT = """\
#!{interpreter}
import sys
from {module} import {first}
if __name__ == "__main__":
    sys.exit({called}())
"""


class _Record(NamedTuple):
    """A line of RECORD: what a file is said to be."""

    digest: str
    size: int


def wheel(
    path: str | os.PathLike[str],
    prefix: str = "/usr/local",
    *,
    python: str,
    interpreter: str | None = None,
    owner: tuple[int, int] = (0, 0),
) -> list[Entry]:
    """List the files of a wheel as pip would install them.

    Modules go to ``PREFIX/lib/pythonX.Y/site-packages``; scripts, with the name of the interpreter,
    and those of entry points to ``PREFIX/bin``; data to ``PREFIX``; headers to
    ``PREFIX/include/site/pythonX.Y/NAME``. RECORD is rewritten, and INSTALLER contains ``pyggcr``.
    Dependencies (``Requires-Dist``) are not installed: add their wheels too.

    Args:
        path: a wheel of pure Python, with the name that pip requires.
        prefix: where Python is in the image; default ``/usr/local``, as in Docker's ``python``
            images.
        python: the version there, such as ``3.12``.
        interpreter: the program that runs scripts; default ``PREFIX/bin/pythonX.Y``.
        owner: user and group of all files, by number; default root.

    Returns:
        Entries for ``layer``, which reads the wheel and compares each file with RECORD.

    Raises:
        BuildError: the file is not a wheel of pure Python, or it is damaged; or ``python`` is not a
            version.
        FileAccessError: the file cannot be read.
    """
    if not _PYTHON.fullmatch(python):
        raise BuildError(f"python is a version such as 3.12, not {python!r}")
    return list(_Wheel(os.fspath(path), prefix, python, interpreter, owner).entries())


class _Wheel:
    """A wheel and where it goes."""

    def __init__(
        self,
        path: str,
        prefix: str,
        python: str,
        interpreter: str | None,
        owner: tuple[int, int],
    ) -> None:
        self._path = path
        self._owner = owner
        root = prefix.rstrip("/")
        self._interpreter = interpreter or f"{root}/bin/python{python}"
        if "\n" in self._interpreter or not self._interpreter.startswith("/"):
            raise BuildError(f"an interpreter is an absolute path, not {self._interpreter!r}")
        named = _FILE_NAME.fullmatch(os.path.basename(path))  # noqa: PTH119
        if named is None:
            raise BuildError(f"{path}: a wheel is named NAME-VERSION-PYTHON-ABI-PLATFORM.whl")
        if named["abi"] != "none" or named["platform"] != "any":
            raise BuildError(
                f"{path} is for {named['platform']} ({named['abi']}); "
                "only wheels of pure Python (none-any) can be installed"
            )
        with self._opened() as archive:
            self._infos = self._listed(archive)
            self._info = self._folder(".dist-info", named["name"], named["version"])
            self._check_metadata(archive)
            self._record = self._recorded(archive)
            self._scripts = self._entry_points(archive)
        site = f"{root}/lib/python{python}/site-packages"
        self._schemes = {
            "purelib": site,
            "platlib": site,
            "headers": f"{root}/include/site/python{python}/{named['name']}",
            "scripts": f"{root}/bin",
            "data": root,
        }

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._path)
        except OSError as error:
            raise path_error("open", self._path, error) from None
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise BuildError(f"{self._path}: {error}") from None

    def _listed(self, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
        found: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            if info.is_dir():
                continue
            if info.filename.startswith("/") or "\\" in info.filename:
                raise BuildError(f"{self._path}: {info.filename} is no name of a file in a wheel")
            if clean_path(info.filename) != info.filename or info.filename in found:
                raise BuildError(f"{self._path}: {info.filename} is there twice, or no path")
            if info.flag_bits & 1:
                raise BuildError(f"{self._path}: {info.filename} is encrypted")
            found[info.filename] = info
        return found

    def _folder(self, suffix: str, name: str, version: str) -> str:
        folders = {name.partition("/")[0] for name in self._infos}
        found = [folder for folder in folders if folder.endswith(suffix)]
        wanted = _normal(f"{name}-{version}{suffix}")
        if len(found) != 1 or _normal(found[0]) != wanted:
            raise BuildError(f"{self._path}: one folder {name}-{version}{suffix} is needed")
        return found[0]

    def _read(self, archive: zipfile.ZipFile, name: str) -> bytes:
        info = self._infos.get(name)
        if info is None:
            raise BuildError(f"{self._path}: {name} is missing")
        if info.file_size > _SMALL:
            raise BuildError(f"{self._path}: {name} is too large")
        with self._told(), archive.open(info) as stream:
            return stream.read(_SMALL)

    def _told(self) -> _Told:
        return _Told(self._path)

    def _check_metadata(self, archive: zipfile.ZipFile) -> None:
        text = self._read(archive, f"{self._info}/WHEEL").decode("utf-8", "replace")
        fields = email.parser.Parser().parsestr(text)
        version = fields.get("Wheel-Version", "")
        if version.partition(".")[0] != "1":
            raise BuildError(f"{self._path}: wheels of version {version!r} are not known")
        if fields.get("Root-Is-Purelib", "").lower() != "true":
            raise BuildError(
                f"{self._path} is for one platform; "
                "only wheels of pure Python (Root-Is-Purelib: true) can be installed"
            )

    def _recorded(self, archive: zipfile.ZipFile) -> dict[str, _Record]:
        text = self._read(archive, f"{self._info}/RECORD").decode("utf-8", "replace")
        found = {}
        for row in csv.reader(io.StringIO(text)):
            if not row:
                continue
            name, digest, size = (*row, "", "")[:3]
            if digest:
                found[name] = _Record(digest, int(size) if size.isdecimal() else -1)
        unrecorded = {f"{self._info}/{name}" for name in _UNRECORDED}
        for name, info in self._infos.items():
            if name in unrecorded:
                continue
            recorded = found.get(name)
            if recorded is None or not recorded.digest.startswith("sha256="):
                raise BuildError(f"{self._path}: RECORD has no SHA-256 of {name}")
            if recorded.size not in (-1, info.file_size):
                raise BuildError(f"{self._path}: {name} is not as long as RECORD says")
        for name in found:
            if name not in self._infos:
                raise BuildError(f"{self._path}: RECORD lists {name}, which is missing")
        return found

    def _entry_points(self, archive: zipfile.ZipFile) -> dict[str, bytes]:
        name = f"{self._info}/entry_points.txt"
        if name not in self._infos:
            return {}
        parser = RawConfigParser(delimiters=("=",), strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            parser.read_string(self._read(archive, name).decode())
        except (ParsingError, ValueError) as error:
            raise BuildError(f"{self._path}: {name}: {error}") from None
        scripts = {}
        for section in ("console_scripts", "gui_scripts"):
            for script, reference in parser.items(section) if parser.has_section(section) else ():
                scripts[script] = self._script(script, reference)
        return scripts

    def _script(self, script: str, reference: str) -> bytes:
        found = _REFERENCE.fullmatch(reference)
        if found is None or found["object"] is None or "/" in script:
            raise BuildError(f"{self._path}: the entry point {script} = {reference} makes no sense")
        return _SCRIPT.format(
            interpreter=self._interpreter,
            module=found["module"],
            first=found["object"].partition(".")[0],
            called=found["object"],
        ).encode()

    def entries(self) -> Iterator[Entry]:
        """The files where they go, RECORD last."""
        site = clean_path(self._schemes["purelib"])
        lines: dict[str, tuple[str, int]] = {}
        with self._opened() as archive:
            for name, info in self._infos.items():
                if name.startswith(f"{self._info}/") and name.rpartition("/")[2] in _UNRECORDED:
                    continue
                path, is_script = self._place(name)
                if is_script:
                    data = self._with_interpreter(self._verified(archive, name))
                    yield self._made(path, data, lines, mode=_PROGRAM)
                    continue
                mode = _PROGRAM if info.external_attr >> 16 & 0o111 else _PLAIN
                content = Content(info.file_size, self._opener(name))
                lines[path] = self._record[name].digest, info.file_size
                shown = f"{self._path}: {name}"
                yield Entry(path, "file", mode, self._owner, content, shown=shown)
        for script, data in self._scripts.items():
            path = clean_path(f"{self._schemes['scripts']}/{script}")
            yield self._made(path, data, lines, mode=_PROGRAM)
        yield self._made(f"{site}/{self._info}/INSTALLER", _INSTALLER, lines)
        record = f"{site}/{self._info}/RECORD"
        yield self._entry(record, _record_text(site, record, lines), _PLAIN)

    def _place(self, name: str) -> tuple[str, bool]:
        """Where a file goes, and whether it is a script."""
        first, _, rest = name.partition("/")
        scheme, inside = "purelib", name
        if first.endswith(".data"):
            scheme, _, inside = rest.partition("/")
        if scheme not in self._schemes or not inside:
            raise BuildError(f"{self._path}: nobody knows where {name} goes")
        return clean_path(f"{self._schemes[scheme]}/{inside}"), scheme == "scripts"

    def _verified(self, archive: zipfile.ZipFile, name: str) -> bytes:
        data = self._read(archive, name)
        if _digest(data) != self._record[name].digest:
            raise BuildError(f"{self._path}: {name} is not what RECORD says")
        return data

    def _with_interpreter(self, script: bytes) -> bytes:
        first, newline, rest = script.partition(b"\n")
        if first.rstrip() not in (b"#!python", b"#!pythonw"):
            return script
        return f"#!{self._interpreter}".encode() + newline + rest

    def _made(
        self, path: str, data: bytes, lines: dict[str, tuple[str, int]], mode: int = _PLAIN
    ) -> Entry:
        lines[path] = _digest(data), len(data)
        return self._entry(path, data, mode)

    def _entry(self, path: str, data: bytes, mode: int) -> Entry:
        content = Content(len(data), lambda: io.BytesIO(data))
        return Entry(path, "file", mode, self._owner, content, shown=f"{self._path}: {path}")

    def _opener(self, name: str) -> Callable[[], _Member]:
        def open_member() -> _Member:
            archive = self._opened()
            try:
                return _Member(archive, name, self._record[name].digest, self._path)
            except BaseException:
                archive.close()
                raise

        return open_member


class _Told:
    """Raises what a damaged archive makes ``zipfile`` raise as an error of ours."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)):
            raise BuildError(f"{self._path}: {error}") from None
        if isinstance(error, KeyError):
            raise SourceChangedError(f"{self._path} changed while it was read") from None


class _Member(PieceStream):
    """A file of a wheel, compared with RECORD while it is read."""

    def __init__(self, archive: zipfile.ZipFile, name: str, digest: str, path: str) -> None:
        super().__init__()
        self._archive = archive
        self._told = _Told(path)
        self._wanted = digest
        self._hash = hashlib.sha256()
        self._shown = f"{path}: {name}"
        with self._told:
            self._stream: IO[bytes] = archive.open(name)

    def _take(self, size: int) -> bytes:
        with self._told:
            data = self._stream.read(size)
        self._hash.update(data)
        if not data and _text_of(self._hash.digest()) != self._wanted:
            raise BuildError(f"{self._shown} is not what RECORD says")
        return data

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._archive.close()
        super().close()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _digest(data: bytes) -> str:
    return _text_of(hashlib.sha256(data).digest())


def _text_of(digest: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _relative(path: str, site: str) -> str:
    return posixpath.relpath(f"/{path}", f"/{site}")


def _record_text(site: str, record: str, lines: dict[str, tuple[str, int]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = {_relative(path, site): fields for path, fields in lines.items()}
    for name in sorted(rows):
        writer.writerow((name, *rows[name]))
    writer.writerow((_relative(record, site), "", ""))
    return text.getvalue().encode()
