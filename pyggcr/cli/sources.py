"""The image or index that an editing command works on: in a registry, an archive or a layout.

Files are read by ``pyggcr.open``, whatever their form and the engine; ``--engine`` chooses who
makes the new image, and who talks to registries.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import click

from pyggcr._dataclasses import dataclass
from pyggcr.cli.group import HintedError
from pyggcr.cli.options import OF_REGISTRY, gzip_profile_option
from pyggcr.cli.registry_options import RegistryChoice, is_archive
from pyggcr.errors import AmbiguousImageError, ImageNotFoundError, TagNotFoundError

if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr.store import Store

    Content: TypeAlias = "v1.Image | v1.ImageIndex"

__all__ = ["STANDARD", "Source", "source_options"]

STANDARD = "-"  # standard input or output
_READ_SIZE = 1 << 20
_MAKES_AN_INDEX = "pyggcr index append makes an index of images"


@dataclass(frozen=True, slots=True)
class Source:
    """What a command works on.

    Attributes:
        text: as the user named it.
        choice: how to talk to registries, and which engine works.
        tag: which image of an archive or layout.
        gzip_profile: whose gzip to write for layers that an archive holds uncompressed.
    """

    text: str
    choice: RegistryChoice
    tag: str | None = None
    gzip_profile: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is an archive, a layout, or an image of the Docker daemon."""
        return self.text == STANDARD or (
            not self.text.startswith(OF_REGISTRY) and is_archive(self.text)
        )

    @property
    def reference(self) -> str:
        """What it is called in a registry."""
        return self.text.removeprefix(OF_REGISTRY)

    @contextlib.contextmanager
    def image(self) -> Iterator[v1.Image]:
        """The one image that is meant.

        Raises:
            HintedError: there are several, or none; the hint says what chooses.
            Error: as ``pyggcr.open`` and ``crane.pull``.
        """
        if not self.is_local:
            from pyggcr import crane

            self._refuse_local_options()
            with crane.pull(self.reference, **self.choice.options()) as image:
                yield image
            return
        with self._store() as store:
            try:
                found = store.image(tag=self.tag, platform=self.choice.platform)
            except (AmbiguousImageError, ImageNotFoundError, TagNotFoundError) as error:
                raise HintedError(
                    error.message, hint="--source-tag and --platform choose among images"
                ) from error
            yield found

    @contextlib.contextmanager
    def content(self) -> Iterator[Content]:
        """The image, or the index, that is meant: with a tag or a platform an image.

        An index.json that lists one index, or one image, stands for that.
        """
        if self.tag is not None or self.choice.platform is not None:
            with self.image() as image:
                yield image
        elif self.is_local:
            with self._store() as store:
                yield _content_of(store)
        else:
            from pyggcr import crane

            found = crane.get(self.reference, **self.choice.options())
            is_index = found.descriptor.media_type.is_index()
            with found.image_index() if is_index else found.image() as content:
                yield content

    @contextlib.contextmanager
    def index(self) -> Iterator[v1.ImageIndex]:
        """The index that is meant, be it one of a single image.

        Raises:
            HintedError: it is an image.
        """
        from pyggcr import v1

        if self.choice.platform is not None:
            raise click.UsageError("--platform chooses an image, not an index.")
        if self.is_local:
            with self._store() as store:
                yield _index_of(store, self.tag)
            return
        self._refuse_local_options()
        with self.content() as content:
            if not isinstance(content, v1.ImageIndex):
                raise HintedError(
                    f'expected {self.text} to be an index, got "{content.media_type()}"',
                    hint=_MAKES_AN_INDEX,
                )
            yield content

    def tags(self, image: v1.Image) -> tuple[str, ...]:
        """What the image is called where it comes from."""
        from pyggcr.store import StoredImage

        if isinstance(image, StoredImage):
            return image.tags
        return () if self.is_local else (self.reference,)

    def _refuse_local_options(self) -> None:
        for option, value in (("--source-tag", self.tag), ("--gzip-profile", self.gzip_profile)):
            if value is not None:
                raise click.UsageError(f"{option} is for archives and layouts.")

    @contextlib.contextmanager
    def _store(self) -> Iterator[Store]:
        import pyggcr

        if self.text != STANDARD:
            with pyggcr.open(self.text, gzip_profile=self.gzip_profile) as store:
                yield store
            return
        from pyggcr._layers.unnamed_file import UnnamedFile

        with contextlib.closing(UnnamedFile(_standard_input(), STANDARD)) as file:  # noqa: SIM117
            with pyggcr.open(file.path, gzip_profile=self.gzip_profile) as store:
                yield store


def _content_of(store: Store) -> Content:
    images = store.images()
    # Docker's archives name an index, of which one image is there.
    return images[0] if len(images) == 1 else _index_of(store, None)


def _index_of(store: Store, tag: str | None) -> v1.ImageIndex:
    """The index that a store holds: its index.json, or the only index that lists, or by a tag."""
    from pyggcr._layers.index_walk import given_name
    from pyggcr.errors import MissingFileError

    try:
        index = store.index()
    except MissingFileError:
        return _index_of_images(store, tag)
    entries = index.index_manifest().manifests or []
    if tag is not None:
        entries = [it for it in entries if given_name(it) == tag]
        if len(entries) != 1 or not entries[0].media_type.is_index():
            raise HintedError(f"{store.path}: {tag} is not the name of one index")
    if len(entries) == 1 and entries[0].media_type.is_index():
        return index.image_index(entries[0].digest)
    return index


def _index_of_images(store: Store, tag: str | None) -> v1.ImageIndex:
    """An index of the images of an archive that has none."""
    from pyggcr import empty, mutate

    images = store.images(tag=tag)
    if len(images) == 1:
        raise HintedError(f"{store.path} has one image, and no index", hint=_MAKES_AN_INDEX)
    adds = [mutate.IndexAddendum(image, platform=image.platform) for image in images]
    return mutate.append_manifests(empty.index(), *adds)


def _standard_input() -> Iterator[bytes]:
    while piece := sys.stdin.buffer.read(_READ_SIZE):
        yield piece


def source_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command the options that choose an image of an archive or a layout."""
    source_tag = click.option(
        "--source-tag",
        metavar="TAG",
        help="Which image of an archive or a layout; needed if there are several.",
    )
    return source_tag(gzip_profile_option(command))
