"""``build``: an image of files, folders and wheels, on top of another or of nothing."""

from __future__ import annotations

import contextlib

from pyggcr.cli import reader
from pyggcr.cli.contents import Contents, contents_options
from pyggcr.cli.progress import byte_progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from pyggcr import v1
    from pyggcr._layers.blob_layer import Compression
    from pyggcr.build import Entry, Settings
    from pyggcr.build.folder import Modes

__all__ = ["build"]


@reader.command()
@reader.option("--base", "-b", metavar="IMAGE", help="Image to build on (default: nothing)")
@reader.option(
    "--add",
    metavar="SOURCE:PATH",
    multiple=True,
    help="Add a file, or the content of a folder; repeatable",
)
@reader.option(
    "--file", "files", metavar="PATH=TEXT", multiple=True, help="Add a file with this text"
)
@reader.option("--symlink", metavar="PATH=TARGET", multiple=True, help="Add a symbolic link")
@reader.option(
    "--wheel", "wheels", metavar="FILE", multiple=True, help="Install a wheel of pure Python"
)
@reader.option(
    "--python", metavar="X.Y", help="Version of Python in the image, which --wheel needs"
)
@reader.option(
    "--prefix",
    metavar="PATH",
    default="/usr/local",
    show_default=True,
    help="Prefix of Python in the image",
)
@reader.option(
    "--delete", metavar="PATH", multiple=True, help="Delete a file or folder of the base"
)
@reader.option(
    "--keep-modes", is_flag=True, help="Keep permission bits (default: 0644 and 0755 only)"
)
@reader.option("--skip-special", is_flag=True, help="Leave out devices, pipes and sockets")
@reader.option(
    "--owner", metavar="UID[:GID]", default="0:0", show_default=True, help="Owner of all files"
)
@reader.option(
    "--entrypoint", metavar="WORD", multiple=True, help="One word of the new entrypoint; repeatable"
)
@reader.option(
    "--cmd", metavar="WORD", multiple=True, help="One word of the new arguments; repeatable"
)
@reader.option(
    "--env", "-e", metavar="NAME=VALUE", multiple=True, help="Set an environment variable"
)
@reader.option("--label", "-l", metavar="NAME=VALUE", multiple=True, help="Set a label")
@reader.option("--annotation", "-a", metavar="NAME=VALUE", multiple=True, help="Set an annotation")
@reader.option("--user", "-u", metavar="USER[:GROUP]", help="User that runs the program")
@reader.option("--workdir", "-w", metavar="PATH", help="Working directory of the program")
@reader.option(
    "--exposed-ports", "--port", "ports", metavar="PORT", multiple=True, help="Expose a port"
)
@reader.option("--volume", "volumes", metavar="PATH", multiple=True, help="Declare a volume")
@reader.option("--stop-signal", metavar="SIGNAL", help="Signal that stops the program")
@reader.option(
    "--media-types",
    type=reader.Choice(["oci", "docker"]),
    help="Media types without a base (default: oci)",
)
@reader.option(
    "--compression",
    type=reader.Choice(["gzip", "zstd", "none"]),
    default="gzip",
    show_default=True,
    help="Compression of the new layer",
)
@reader.option("--level", type=int, metavar="N", help="Level of the compression (default: 1)")
@reader.option(
    "--created",
    metavar="TIME",
    help="Time of the image and its files, in seconds since 1970 or as 2026-01-31T12:00:00Z "
    "(default: SOURCE_DATE_EPOCH, else 1970)",
)
@contents_options
def build(
    base: str | None,
    add: tuple[str, ...],
    files: tuple[str, ...],
    symlink: tuple[str, ...],
    wheels: tuple[str, ...],
    python: str | None,
    prefix: str,
    delete: tuple[str, ...],
    keep_modes: bool,
    skip_special: bool,
    owner: str,
    compression: Compression,
    level: int | None,
    created: str | None,
    contents: Contents,
    **given: object,
) -> None:
    """Build an image from files, folders and wheels; the same input gives the same digest.

    Nothing is run, and layers of a base in a registry are not downloaded.
    """
    from pyggcr import build as building

    whose = _owner(owner)
    moment = _moment(created)
    sources: list[list[Entry]] = []
    for text in add:
        source, path = _pair(text, ":", "--add", "SOURCE:PATH", last=True)
        modes: Modes = "keep" if keep_modes else "normal"
        sources.append(
            building.from_path(source, path, modes=modes, owner=whose, skip_special=skip_special)
        )
    for text in files:
        path, content = _pair(text, "=", "--file", "PATH=TEXT")
        sources.append([building.Entry.file(path, content, owner=whose)])
    for text in symlink:
        path, target = _pair(text, "=", "--symlink", "PATH=TARGET")
        sources.append([building.Entry.symlink(path, target, owner=whose)])
    for wheel in wheels:
        if python is None:
            raise reader.UsageError("--wheel needs --python, such as 3.12.")
        sources.append(building.wheel(wheel, prefix, python=python, owner=whose))
    with contextlib.ExitStack() as held:
        layers: list[v1.Layer] = []
        if sources or delete:
            with byte_progress("building the layer", _content_total(sources)):
                layer = building.layer(
                    *sources,
                    deleted=delete,
                    created=moment,
                    compression=compression,
                    level=level,
                    lowest=base is None,
                )
            layers.append(held.enter_context(layer))
        below = held.enter_context(contents.given(base)) if base is not None else None
        made = _made(below, layers, contents.platforms, _settings(given, moment))
        contents.deliver(made, compression)


def _content_total(sources: Sequence[Sequence[Entry]]) -> int:
    """Bytes in the files that a layer is made of."""
    return sum(it.content.size for entries in sources for it in entries if it.content is not None)


def _made(
    base: v1.Image | v1.ImageIndex | None,
    layers: Sequence[v1.Layer],
    platforms: tuple[str, ...],
    settings: Settings,
) -> v1.Image | v1.ImageIndex:
    from pyggcr import build, v1

    if isinstance(base, v1.ImageIndex):
        made = build.index(base, layers, platforms=platforms or None, **settings)
        entries = made.index_manifest().manifests or []
        return made.image(entries[0].digest) if len(platforms) == 1 else made
    if len(platforms) > 1:
        below = None if base is None else {str(base.config_file().platform()): base}
        return build.index(below, layers, platforms=platforms, **settings)
    return build.image(base, layers, platform=platforms[0] if platforms else None, **settings)


def _settings(given: dict[str, object], created: int | dt.datetime | None) -> Settings:
    """What was asked for; what was not is left to the base."""
    pairs = {"env": "env", "labels": "label", "annotations": "annotation"}
    found = {name: value for name, value in given.items() if value and name not in pairs.values()}
    for name, option in pairs.items():
        if texts := given[option]:
            assert isinstance(texts, tuple)
            found[name] = dict(_pair(text, "=", f"--{option}", "NAME=VALUE") for text in texts)
    return {**found, "created": created}  # type: ignore[typeddict-item]


def _pair(
    text: str, separator: str, option: str, form: str, *, last: bool = False
) -> tuple[str, str]:
    before, found, after = text.rpartition(separator) if last else text.partition(separator)
    if not found or not before:
        raise reader.UsageError(f"{option} wants {form}, not {text!r}.")
    return before, after


def _owner(text: str) -> tuple[int, int]:
    user, _, group = text.partition(":")
    numbers = (user, group or user)
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise reader.UsageError(f"--owner wants numbers such as 1000:1000, not {text!r}.")
    return int(numbers[0]), int(numbers[1])


def _moment(text: str | None) -> int | dt.datetime | None:
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    from pyggcr._gostd.time import parse_rfc3339
    from pyggcr.errors import JSONError

    try:
        return parse_rfc3339(text.encode()).seconds
    except JSONError:
        raise reader.UsageError(
            f"--created wants seconds since 1970 or 2026-01-31T12:00:00Z, not {text!r}."
        ) from None
