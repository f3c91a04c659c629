"""``edit``: a config, a manifest or a file of an image, edited as ``crane edit`` does.

Unlike crane's, these refuse what is no JSON, and never push what an editor that failed has left.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator

from pyggcr.cli import reader
from pyggcr.cli.group import HintedError
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_line, write_warning
from pyggcr.cli.progress import byte_progress, paused
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.sources import STANDARD, Source, source_options
from pyggcr.cli.targets import output_option, tag_option, target_of
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["edit"]

_NEW_FILE_MODE = 0o644


@reader.group()
def edit() -> None:
    """Edit the config, the manifest or a file of an image.

    On a terminal an editor is started: VISUAL, EDITOR, or vi. Else the new content is read from
    standard input.
    """


class _UnchangedError(Exception):
    """The user has changed nothing."""


def _source(
    image: str, choice: RegistryChoice, source_tag: str | None, gzip_profile: str | None
) -> Source:
    if image == STANDARD:
        raise reader.UsageError(
            "standard input has the new content, not the image; save the image to a file first."
        )
    return Source(image, choice, source_tag, gzip_profile)


@edit.command("config")
@reader.argument("image", metavar="ARCHIVE|LAYOUT|IMAGE")
@tag_option
@output_option
@source_options
@registry_choice
@as_json
def edit_config(
    image: str,
    tag: str | None,
    output: str | None,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Edit the config file of an image; print what the result is called.

    The config stays byte for byte as it was edited.
    """
    from pyggcr.crane import editing

    source = _source(image, choice, source_tag, gzip_profile)
    may_stay = tag is not None or output is not None

    def edited(old: bytes) -> bytes:
        return _checked_config(_changed(old, ".json", may_stay))

    with _reported("config"):
        if output is None and not source.is_local:
            with byte_progress(f"pushing {tag or image}"):
                reference = editing.edit_config(
                    source.reference, edited, tag=tag or "", **choice.options()
                )
            _print(reference, as_json)
            return
        with source.image() as found:
            target = target_of(source, found, choice=choice, tag=tag, output=output)
            with byte_progress(f"reading {image}"):
                content, _, manifest = editing.with_config(found, edited)
                made = editing.with_documents(
                    found, manifest.raw_manifest(), manifest.media_type(), content
                )
                _compare_layers(made)
            target.write(made, as_json=as_json)


@edit.command("manifest")
@reader.argument("image", metavar="LAYOUT|IMAGE")
@reader.option(
    "--media-type",
    "-m",
    default="",
    metavar="TYPE",
    help="Media type of the manifest (default: the one that it states, else the current one)",
)
@tag_option
@output_option
@source_options
@registry_choice
@as_json
def edit_manifest(
    image: str,
    media_type: str,
    tag: str | None,
    output: str | None,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Edit the manifest of an image, or an index of a registry; print what the result is called."""
    from pyggcr.crane import editing
    from pyggcr.types import MediaType

    source = _source(image, choice, source_tag, gzip_profile)
    may_stay = tag is not None or output is not None

    def edited(old: bytes) -> bytes:
        return _checked_manifest(_changed(old, ".json", may_stay), media_type)

    with _reported("manifest"):
        if output is None and not source.is_local:
            with byte_progress(f"pushing {tag or image}"):
                reference = editing.edit_manifest(
                    source.reference,
                    edited,
                    tag=tag or "",
                    media_type=media_type,
                    **choice.options(),
                )
            _print(reference, as_json)
            return
        with source.image() as found:
            target = target_of(source, found, choice=choice, tag=tag, output=output)
            if not target.keeps_manifests:
                raise reader.UsageError(
                    "a docker-save archive has no manifest; write oci:PATH or oci-archive:PATH."
                )
            with byte_progress(f"reading {image}"):
                old = found.raw_manifest()
            raw = edited(old)
            called = media_type or editing.own_media_type(raw) or found.media_type()
            made = editing.with_documents(found, raw, MediaType(called), None)
            target.write(made, as_json=as_json)


@edit.command("fs")
@reader.argument("image", metavar="ARCHIVE|LAYOUT|IMAGE")
@reader.option(
    "--filename", "-f", required=True, metavar="PATH", help="Path of the file in the image"
)
@tag_option
@output_option
@source_options
@registry_choice
@as_json
def edit_fs(
    image: str,
    filename: str,
    tag: str | None,
    output: str | None,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Edit a file of an image, by a new layer that has it; print what the result is called.

    A file that is there keeps its owner and mode; a new one has mode 0644.
    """
    from pyggcr import mutate, v1
    from pyggcr.crane import editing
    from pyggcr.crane.faithful import keep_subject
    from pyggcr.types import MediaType

    source = _source(image, choice, source_tag, gzip_profile)
    may_stay = tag is not None or output is not None
    with _reported("file"), source.image() as found:
        target = target_of(source, found, choice=choice, tag=tag, output=output)
        with byte_progress(f"reading {image}"):
            old, header = editing.find_file(found, filename, new_mode=_NEW_FILE_MODE)
        if header.typeflag != "0":
            raise Error(f"{filename} is no regular file")
        content = _changed(old, os.path.splitext(header.name)[1], may_stay)  # noqa: PTH122
        is_oci = found.media_type() == MediaType.OCI_MANIFEST_SCHEMA1
        added = mutate.Addendum(
            editing.file_layer(header, content, engine=choice.engine),
            history=v1.History(created_by=f"pyggcr edit fs --filename {shlex.quote(filename)}"),
            media_type=MediaType.OCI_LAYER if is_oci else MediaType.DOCKER_LAYER,
        )
        made = mutate.append(found, added, engine=choice.engine)
        target.write(keep_subject(made, found.manifest().subject), as_json=as_json)


@contextlib.contextmanager
def _reported(what: str) -> Iterator[None]:
    """Say what was being edited, and that nothing was written."""
    from pyggcr.crane.editing import EditorError

    try:
        yield
    except _UnchangedError:
        write_warning("nothing was changed, so nothing is written")
    except EditorError as error:
        raise HintedError(
            f"editing {what}: {error.message}", hint="nothing was pushed or written"
        ) from error


def _changed(old: bytes, extension: str, may_stay: bool) -> bytes:
    new = _read_new(old, extension)
    if new == old and not may_stay:
        raise _UnchangedError
    return new


def _read_new(old: bytes, extension: str) -> bytes:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return sys.stdin.buffer.read()
    from pyggcr.crane.editing import edited_by_editor

    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with paused():
        return edited_by_editor(old, extension.removeprefix("."), program="pyggcr", command=words)


def _checked_config(content: bytes) -> bytes:
    from pyggcr import v1

    _check_json("config", content, v1.parse_config_file)
    return content


def _checked_manifest(content: bytes, media_type: str) -> bytes:
    from pyggcr import v1
    from pyggcr.crane.editing import own_media_type
    from pyggcr.types import MediaType

    called = MediaType(media_type or own_media_type(content))
    _check_json(
        "manifest", content, v1.parse_index_manifest if called.is_index() else v1.parse_manifest
    )
    return content


def _check_json(what: str, content: bytes, parse: Callable[[bytes], object]) -> None:
    import json

    try:
        document = json.loads(content)
    except ValueError as error:
        raise HintedError(
            f"the edited {what} is no JSON: {error}", hint="nothing was pushed or written"
        ) from None
    if not isinstance(document, dict):
        raise HintedError(
            f"the edited {what} is no JSON object", hint="nothing was pushed or written"
        )
    try:
        parse(content)
    except Error as error:
        raise HintedError(
            f"the edited {what} cannot be used: {error}", hint="nothing was pushed or written"
        ) from error


def _compare_layers(image: v1.Image) -> None:
    listed = len(image.manifest().layers or ())
    told = len(image.config_file().rootfs.diff_ids or ())
    if listed != told:
        write_warning(f"the config lists {told} layers, the manifest {listed}")


def _print(reference: str, as_json: bool) -> None:
    if as_json:
        write_json({"reference": reference})
    else:
        write_line(reference)
