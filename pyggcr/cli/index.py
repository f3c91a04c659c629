"""``index``: what an index lists, filtered and extended as crane does it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from pyggcr._dataclasses import replace
from pyggcr.cli import reader
from pyggcr.cli.group import HintedError
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_line
from pyggcr.cli.pairs import listed
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.registry_options import (
    RegistryChoice,
    registry_choice,
    registry_choice_of_platforms,
)
from pyggcr.cli.sources import Source, source_options
from pyggcr.cli.targets import output_option, tag_option, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr.cli.sources import Content
    from pyggcr.crane.indexing import Part

__all__ = ["index"]


@reader.group()
def index() -> None:
    """List, filter and extend indexes, which hold the images of several platforms."""


@index.command("list")
@reader.argument("image", metavar="ARCHIVE|LAYOUT|INDEX|-")
@source_options
@registry_choice
@as_json
def list_(
    image: str,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """List the entries of an index: digest, media type and platform of each."""
    from pyggcr.crane.indexing import table

    with Source(image, choice, source_tag, gzip_profile).index() as found:
        entries = found.index_manifest().manifests or []
    if as_json:
        write_json({"index": image, "manifests": [_document(entry) for entry in entries]})
        return
    for line in table(entries):
        write_line(line)


def _document(entry: v1.Descriptor) -> dict[str, object]:
    return {
        "digest": str(entry.digest),
        "media_type": str(entry.media_type),
        "size": entry.size,
        "platform": None if entry.platform is None else str(entry.platform),
    }


@index.command("filter")
@reader.argument("image", metavar="ARCHIVE|LAYOUT|INDEX|-")
@reader.option(
    "--platform",
    "platforms",
    metavar="PLATFORM",
    multiple=True,
    help="Platform to keep, in the form os[/arch[/variant]][:osversion]; repeatable",
)
@tag_option
@output_option
@source_options
@registry_choice_of_platforms
@as_json
def filter_(
    image: str,
    platforms: tuple[str, ...],
    tag: str | None,
    output: str | None,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Keep the entries of an index for some platforms only.

    The result is pushed, and replaces the index unless --tag says otherwise, or written to a
    file. Prints what was pushed.
    """
    from pyggcr import v1
    from pyggcr.crane.faithful import keep_subject
    from pyggcr.crane.indexing import filtered

    if not platforms:
        raise reader.UsageError("--platform says which entries to keep.")
    wanted = [v1.parse_platform(text) for text in platforms]
    source = Source(image, choice, source_tag, gzip_profile)
    with source.index() as found:
        made = filtered(found, wanted)
        manifest = found.index_manifest()
        if not made.index_manifest().manifests:
            raise HintedError(
                f"{image}: no entry is for {' or '.join(platforms)}",
                hint=f"there are {_platforms_of(manifest.manifests or [])}",
            )
        target = target_of(source, found, choice=choice, tag=tag, output=output)
        target.write(keep_subject(made, manifest.subject), as_json=as_json)


def _platforms_of(entries: Sequence[v1.Descriptor]) -> str:
    return ", ".join(str(it.platform) for it in entries if it.platform is not None) or "none"


@index.command("append")
@reader.argument("base", metavar="[BASE]", required=False)
@reader.argument("more", metavar="[IMAGE]...", nargs=-1)
@reader.option(
    "--manifest",
    "-m",
    "manifests",
    metavar="IMAGE",
    multiple=True,
    convert=listed,
    help="Image or index to add, in an archive, a layout or a registry; repeatable",
)
@reader.option(
    "--docker-empty-base",
    is_flag=True,
    help="Make a new index a Docker manifest list (default: an OCI index)",
)
@reader.option(
    "--flatten/--no-flatten",
    default=True,
    show_default=True,
    help="Add the entries of an index instead of the index itself",
)
@tag_option
@output_option
@source_options
@registry_choice
@as_json
def append(
    base: str | None,
    more: tuple[str, ...],
    manifests: tuple[str, ...],
    docker_empty_base: bool,
    flatten: bool,
    tag: str | None,
    output: str | None,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Add images to the index BASE, or to a new one.

    The platform of an image is that of its config; --platform chooses of what is added. A BASE that
    is a folder, or looks like one and is not there (./new), is an OCI layout that is changed in
    place. Prints what was pushed.
    """
    from pyggcr.crane.faithful import keep_subject
    from pyggcr.crane.indexing import empty_index, with_parts

    if not manifests and not more:
        raise reader.UsageError("--manifest says what to add.")
    with contextlib.ExitStack() as stack:
        parts: list[Part] = []
        for text in (*manifests, *more):
            content = stack.enter_context(Source(text, choice).contents())
            with byte_progress(f"reading {text}", reading_total(Source(text, choice), content)):
                parts += _parts(content, flatten)
        if base is not None and output is None and tag is None and _is_layout(base):
            from pyggcr.crane.indexing import append_to_layout

            with byte_progress(f"writing {base}"):
                append_to_layout(base, parts, keep_annotations=True)
            return
        # --platform chooses of what is added.
        whole = replace(choice, platform=None)
        source = None if base is None else Source(base, whole, source_tag, gzip_profile)
        if source is None:
            found = empty_index(docker=docker_empty_base, engine=choice.engine)
        else:
            found = stack.enter_context(source.index())
        target = target_of(source, found, choice=choice, tag=tag, output=output)
        made = keep_subject(with_parts(found, parts), found.index_manifest().subject)
        target.write(made, as_json=as_json)


def _is_layout(base: str) -> bool:
    """Whether a base is an OCI layout in a folder, or is to become one."""
    if os.path.isdir(base):  # noqa: PTH112
        return True
    return base.startswith((".", "/")) and not os.path.lexists(base)


def _parts(content: Content, flatten: bool) -> Iterator[Part]:
    from pyggcr import partial, v1
    from pyggcr.crane.indexing import Part, children

    if isinstance(content, v1.Image):
        described = partial.descriptor(content)
        yield Part(content, replace(described, platform=content.config_file().platform()))
    elif flatten:
        yield from children(content)
    else:
        yield Part(content, v1.Descriptor(content.media_type(), content.size(), content.digest()))
