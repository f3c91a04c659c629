"""What ``build`` and ``convert`` take and give: an image or an index, in any form.

``given`` opens what an argument names, ``delivered`` writes a result to where ``--output`` and
``--push`` say, with one set of options for registries.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pyggcr.cli.group import HintedError
from pyggcr.cli.options import OF_REGISTRY, as_json, engine_option
from pyggcr.cli.output import write_json, write_line
from pyggcr.cli.registry_options import is_archive, transfer, user_agent
from pyggcr.cli.signals import exit_on_signals

if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr._dataclasses import dataclass
    from pyggcr._values.remote import Options

    Content = v1.Image | v1.ImageIndex
else:
    from pyggcr._dataclasses import dataclass

__all__ = ["Contents", "contents_options"]

_ALL = "all"

# Of plain layers in an archive: the same whatever Go there is, as for layers that are built.
_GZIP_PROFILE = "go1.26"


@dataclass(frozen=True, slots=True)
class Contents:
    """Where results go and how registries are talked to.

    Attributes:
        platforms: those that were asked for; none for all that there are.
    """

    output: str | None
    tag: str | None
    push: bool
    platforms: tuple[str, ...]
    insecure: bool
    engine: str | None
    as_json: bool

    def options(self) -> Options:
        """The keyword arguments for ``pyggcr.crane``."""
        return {"insecure": self.insecure, "engine": self.engine, "user_agent": user_agent()}

    @contextlib.contextmanager
    def given(self, text: str, tag: str | None) -> Iterator[Content]:
        """The image or index that an argument names, closed afterwards.

        Raises:
            HintedError: there are several images, and they are no index of platforms.
            Error: it cannot be read.
        """
        if not is_archive(text):
            with self._of_registry(text.removeprefix(OF_REGISTRY)) as found:
                yield found
            return
        with contextlib.ExitStack() as held:
            yield _of_layout(text) if _is_layout(text) and tag is None else _stored(text, tag, held)

    def _of_registry(self, reference: str) -> contextlib.AbstractContextManager[Content]:
        from pyggcr import crane

        described = crane.get(reference, **self.options())
        if described.descriptor.media_type.is_index():
            return described.image_index()
        return described.image()

    def deliver(self, content: Content, title: str) -> None:
        """Write a result, and print what it is called.

        Raises:
            Error: it cannot be written.
        """
        from pyggcr import build, name

        digest = str(content.digest())
        reference = digest
        with transfer(title), exit_on_signals():
            if self.output is not None:
                build.write(content, self.output, tag=self.tag, **self.options())
            if self.push:
                assert self.tag is not None
                build.write(content, f"{OF_REGISTRY}{self.tag}", **self.options())
                pushed = name.parse_reference(self.tag, insecure=self.insecure)
                reference = str(pushed.context().digest(digest))
        if self.as_json:
            write_json({"digest": digest, "reference": reference, "output": self.output})
        else:
            write_line(reference)


def contents_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command --output, --tag, --push and the options of registries, as ``Contents``."""

    @click.option(
        "--output",
        "-o",
        metavar="LOCATION",
        help="Write to an archive (app.tar), a layout (a folder), oci-archive:PATH, "
        "docker-daemon:NAME or docker://REFERENCE.",
    )
    @click.option("--tag", "-t", metavar="REFERENCE", help="Name of the result, such as app:1.")
    @click.option("--push", is_flag=True, help="Push to the registry that --tag names.")
    @click.option(
        "--platform",
        "platforms",
        metavar="PLATFORM",
        multiple=True,
        help="Platform in the form os/arch[/variant]; may be repeated (default: all there are).",
    )
    @click.option(
        "--insecure", is_flag=True, help="Allow image references to be fetched without TLS."
    )
    @engine_option
    @as_json
    @functools.wraps(command)
    def wrapper(
        *arguments: Any,
        output: str | None,
        tag: str | None,
        push: bool,
        platforms: tuple[str, ...],
        insecure: bool,
        engine: str | None,
        as_json: bool,
        **rest: Any,
    ) -> int | None:
        before = click.get_current_context().find_root().params
        if not platforms and (outer := before.get("platform")):
            platforms = (outer,)
        if _ALL in platforms:
            platforms = ()
        if push and tag is None:
            raise click.UsageError("--push needs --tag, which names the registry.")
        if not push and output is None:
            raise click.UsageError("Say where the result goes: --output or --push.")
        insecure = insecure or bool(before.get("insecure"))
        contents = Contents(output, tag, push, platforms, insecure, engine, as_json)
        return command(*arguments, contents=contents, **rest)

    return wrapper


def _is_layout(text: str) -> bool:
    return os.path.lexists(Path(text) / "index.json") and not (
        os.path.lexists(Path(text) / "manifest.json")
    )


def _of_layout(folder: str) -> Content:
    """What a layout is: its only image or index, else the index of all that it lists."""
    from pyggcr import layout

    whole = layout.image_index_from_path(folder)
    entries = whole.index_manifest().manifests or []
    if len(entries) != 1:
        return whole
    (entry,) = entries
    if entry.media_type.is_index():
        return whole.image_index(entry.digest)
    return whole.image(entry.digest)


def _stored(text: str, tag: str | None, held: contextlib.ExitStack) -> Content:
    """The image in an archive or of a daemon, or the index of those for several platforms."""
    import pyggcr
    from pyggcr._layers.composed import index_of
    from pyggcr.types import MediaType

    store = held.enter_context(pyggcr.open(text, gzip_profile=_GZIP_PROFILE))
    images = store.images(tag=tag)
    if len(images) <= 1:
        return store.image(tag=tag)
    by_platform = {str(image.platform): image for image in images if image.platform}
    if len(by_platform) != len(images):
        tags = sorted({tag for image in images for tag in image.tags})
        known = f"there are {', '.join(tags)}" if tags else "none of them has a name"
        raise HintedError(
            f"{text}: {len(images)} images to choose from",
            hint=f"--from-tag chooses among images by name; {known}",
        )
    found = [(image.platform, image) for image in images if image.platform]
    return index_of(found, MediaType.OCI_IMAGE_INDEX)
