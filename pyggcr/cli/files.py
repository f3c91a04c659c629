"""``files``, ``cat`` and ``extract``: what is inside an image, all layers taken together."""

from __future__ import annotations

import stat
import sys
import time

from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_bytes, write_json, write_line, write_warning, write_words
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.signals import exit_on_signals
from pyggcr.cli.sources import STANDARD, Source, source_options
from pyggcr.cli.targets import check_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.rootfs import File

__all__ = ["cat", "extract", "files"]

_IMAGE = "ARCHIVE|LAYOUT|IMAGE|-"
_CHUNK = 1 << 18
_SHOWN = 10  # left-out files that are named one by one
_LETTERS = {
    "file": stat.S_IFREG,
    "hardlink": stat.S_IFREG,
    "directory": stat.S_IFDIR,
    "symlink": stat.S_IFLNK,
    "character device": stat.S_IFCHR,
    "block device": stat.S_IFBLK,
    "fifo": stat.S_IFIFO,
}


@reader.command()
@reader.argument("image", metavar=_IMAGE)
@reader.argument("path", default="/")
@reader.option("-l", "--long", "is_long", is_flag=True, help="Show mode, owner, size and time")
@source_options
@registry_choice
@as_json
def files(
    image: str,
    path: str,
    is_long: bool,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """List the files of an image below PATH.

    Whiteouts are applied, links on the way to PATH are followed inside the image, and nothing is
    written.
    """
    from pyggcr.rootfs import FileSystem

    source = Source(image, choice, source_tag, gzip_profile)
    with source.image() as found:
        with byte_progress(f"listing {image}", reading_total(source, found)):
            system = FileSystem(found)
        listed = system.walk(path)
        if as_json:
            write_json({"image": image, "files": [describe_file(file) for file in listed]})
            return
        for file in listed:
            write_line(_long(file) if is_long else file.path)


def describe_file(file: File) -> dict[str, Any]:
    """A file as JSON has it; the mode in octal digits."""
    described: dict[str, Any] = {
        "path": file.path,
        "type": file.type,
        "mode": f"{file.mode:04o}",
        "uid": file.uid,
        "gid": file.gid,
        "size": file.size,
        "mtime": file.mtime,
        "layer": file.layer if file.layer >= 0 else None,
    }
    if file.target:
        described["target"] = file.target
    if file.type.endswith("device"):
        described["device"] = list(file.device)
    if file.xattrs:
        described["xattrs"] = {name: value.hex() for name, value in file.xattrs}
    return described


def _long(file: File) -> str:
    mode = stat.filemode(file.mode | _LETTERS[file.type])
    size = ",".join(map(str, file.device)) if file.type.endswith("device") else str(file.size)
    link = {"symlink": " -> ", "hardlink": " link to "}.get(file.type)
    name = f"{file.path}{link}{file.target}" if link else file.path
    return f"{mode} {f'{file.uid}/{file.gid}':>11} {size:>12} {_time(file.mtime)} {name}"


def _time(seconds: int) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"{seconds:>16}"


@reader.command()
@reader.argument("image", metavar=_IMAGE)
@reader.argument("path")
@source_options
@registry_choice
def cat(
    image: str, path: str, source_tag: str | None, gzip_profile: str | None, choice: RegistryChoice
) -> None:
    """Print a file of an image, byte for byte.

    Links are followed inside the image.
    """
    from pyggcr.rootfs import FileSystem

    source = Source(image, choice, source_tag, gzip_profile)
    with source.image() as found:
        with byte_progress(f"reading {image}", reading_total(source, found)):
            stream = FileSystem(found).open(path)
        with stream, byte_progress(f"printing {path}", piped=True):
            while piece := stream.read(_CHUNK):
                write_bytes(piece)
    sys.stdout.flush()


@reader.command()
@reader.argument("image", metavar=_IMAGE)
@reader.argument("folder", type=reader.Path())
@reader.argument("path", default="/")
@reader.option(
    "--owners/--no-owners",
    default=None,
    help="Set the owners of files (default: only if run as root)",
)
@source_options
@registry_choice
@as_json
def extract(
    image: str,
    folder: str,
    path: str,
    owners: bool | None,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Write the files of an image into FOLDER, which must be new or empty.

    PATH is the directory of the image whose content is written; the default is all. Nothing is
    written outside FOLDER, which appears once it is complete. Devices and FIFOs are left out, and
    setuid bits where owners are not set.
    """
    from pyggcr.rootfs import FileSystem

    if folder == STANDARD:
        raise reader.UsageError("extract writes a folder; pyggcr export writes a tar.")
    check_path(folder, "extract writes files, which are no image")
    source = Source(image, choice, source_tag, gzip_profile)
    with (
        exit_on_signals(),
        source.image() as found,
        byte_progress(f"extracting {image}", reading_total(source, found)),
    ):
        result = FileSystem(found).extract(folder, path, owners=owners)
    if as_json:
        skipped = [{"path": it.path, "reason": it.reason} for it in result.skipped]
        counted = {"files": result.files, "size": result.size, "skipped": skipped}
        write_json({"image": image, "folder": folder, **counted})
        return
    for skipped_file in result.skipped[:_SHOWN]:
        write_warning(f"{skipped_file.path}: left out: {skipped_file.reason}")
    if len(result.skipped) > _SHOWN:
        write_warning(f"and {len(result.skipped) - _SHOWN} more, which --json lists")
    write_words(f"{result.files} files, {result.size} bytes, written to {folder}")
