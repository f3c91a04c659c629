"""The image or index that a command works on, whatever names it: the resolver of all commands.

``store.transports`` says what a text means. Archives of docker save are read as crane reads them,
on the chosen engine, where crane has the command too; all else is read by ``pyggcr.open``, which is
Python. ``--platform`` and the option for a tag choose inside whatever was given, or are refused.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator

from pyggcr._dataclasses import dataclass
from pyggcr.cli import reader
from pyggcr.cli.group import HintedError
from pyggcr.cli.options import gzip_profile_option, in_daemon, reading_options
from pyggcr.cli.progress import byte_progress, file_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.second_archive import warn_of_second, warn_of_second_in
from pyggcr.errors import (
    AmbiguousImageError,
    ArchiveError,
    Error,
    ImageNotFoundError,
    JSONError,
    TagNotFoundError,
)
from pyggcr.store.transports import STANDARD, Location, locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias, TypeVar

    from pyggcr import v1
    from pyggcr.remote import RemoteDescriptor
    from pyggcr.store.files import Files
    from pyggcr.store.store import Store

    Content: TypeAlias = "v1.Image | v1.ImageIndex"
else:
    from pyggcr._typing import TypeVar

_T = TypeVar("_T")

__all__ = ["STANDARD", "Source", "reading", "source_argument", "source_options"]

_INDEX_JSON = "index.json"
_USTAR_AT = 257
_USTAR = b"ustar"


@dataclass(frozen=True, slots=True)
class Source:
    """What a command works on.

    Attributes:
        text: as the user named it.
        choice: how to talk to registries, which engine works, and which platform is meant.
        tag: which image of an archive or layout.
        gzip_profile: whose gzip to write for layers that an archive holds uncompressed.
        tag_option: what the command calls the option for the tag; empty if it has none.
        as_crane: whether an archive of docker save is what crane makes of it.
        only_reads: whether the engine has nothing to do but to read.
        layer_sources: how LayerSources of an archive are read, as for ``tarball.image_from_path``.
        has_index_option: whether the command has --index, for the whole of it.
    """

    text: str
    choice: RegistryChoice
    tag: str | None = None
    gzip_profile: str | None = None
    tag_option: str = "--source-tag"
    as_crane: bool = False
    only_reads: bool = False
    layer_sources: str = "patched"
    has_index_option: bool = False

    @property
    def location(self) -> Location:
        """Where it is.

        Raises:
            UnsupportedOptionError: the text is a URL, or makes no sense.
        """
        return locate(self.text)

    @property
    def is_local(self) -> bool:
        """Whether it is an archive, a layout, or an image of the Docker daemon."""
        return self.location.transport != "docker"

    @property
    def is_remote_alone(self) -> bool:
        """Whether it is in a registry, and no option chooses inside it."""
        return self.is_remote and self.choice.platform is None

    @property
    def is_remote(self) -> bool:
        """Whether it is in a registry, where the options for archives and layouts are refused."""
        if self.is_local:
            return False
        self._refuse_local_options()
        return True

    def check_platform(self) -> None:
        """Find out whether the platform that is asked for is there.

        Raises:
            HintedError, ImageNotFoundError: it is not; those that are there are named.
        """
        with self.image():
            pass

    @property
    def reference(self) -> str:
        """What it is called in a registry."""
        return self.location.name

    @contextlib.contextmanager
    def image(self) -> Iterator[v1.Image]:
        """The one image that is meant.

        Raises:
            HintedError: there are several, or none; the hint says what chooses.
            Error: as ``pyggcr.open`` and ``crane.pull``.
        """
        if self.is_local:
            with self._chosen(self._image_of) as (image, _):
                yield image
            return
        self._refuse_local_options()
        found = self._get()
        with _told(lambda: self._remote_image(found)) as image:
            yield image

    @contextlib.contextmanager
    def named_image(self) -> Iterator[tuple[v1.Image, list[str], Store | None]]:
        """The one image that is meant, its names, and the archive or layout that it is in."""
        if not self.is_local:
            with self.image() as image:
                yield image, [self.reference], None
            return
        with self._chosen(self._image_of) as (image, place):
            if not isinstance(place, str):
                yield image, list(self.tags(image)), place
                return
            with self._opened(Location("path", place), None, warns=False) as store:
                wanted = self.tag or self.location.reference or None
                yield image, list(store.images(tag=wanted)[0].tags), store

    @contextlib.contextmanager
    def content(self) -> Iterator[Content]:
        """The image, or the index, that is meant: with a platform always an image."""
        if self.choice.platform is not None:
            with self.image() as image:
                yield image
        elif (entry := self._only_entry()) is not None:
            with entry:
                yield entry
        elif self.is_local:
            with self._chosen(self._content_of) as (content, _):
                yield content
        else:
            self._refuse_local_options()
            found = self._get()
            is_index = found.descriptor.media_type.is_index()
            with found.image_index() if is_index else found.image() as content:
                yield content

    @contextlib.contextmanager
    def contents(self) -> Iterator[Content]:
        """The same; of a layout of several images that has no name, its ``index.json``."""
        if self.choice.platform is None and self.tag is None and self.is_local:
            from pyggcr.cli.source_indexes import contents_of

            with self.store() as store:
                yield contents_of(store)
        else:
            with self.content() as content:
                yield content

    @contextlib.contextmanager
    def index(self) -> Iterator[v1.ImageIndex]:
        """The index that is meant, be it one of a single image.

        Raises:
            HintedError: it is an image.
        """
        from pyggcr import v1
        from pyggcr.cli.source_indexes import MAKES_AN_INDEX, index_of

        if self.choice.platform is not None:
            raise reader.UsageError("--platform chooses an image, not an index.")
        if self.is_local:
            with self.store() as store:
                yield index_of(store, self.tag)
            return
        with self.content() as content:
            if not isinstance(content, v1.ImageIndex):
                raise HintedError(
                    f'expected {self.text} to be an index, got "{content.media_type()}"',
                    hint=MAKES_AN_INDEX,
                )
            yield content

    def tags(self, content: Content) -> tuple[str, ...]:
        """What an image is called where it comes from."""
        own = getattr(content, "tags", None)
        if isinstance(own, tuple):
            return own
        return () if self.is_local else (self.reference,)

    def to_json(self) -> dict[str, str | None]:
        """The head of each JSON document: what was asked."""
        if self.is_local or self.text.startswith("docker://"):
            return {"archive": self.text, "tag": self.tag}
        return {"image": self.text}

    # Registries.

    def _refuse_local_options(self) -> None:
        for option, value in (
            (self.tag_option or "--tag", self.tag),
            ("--gzip-profile", self.gzip_profile),
        ):
            if value is not None:
                raise reader.UsageError(f"{option} is for archives and layouts.")
        if self.as_crane:
            from pyggcr._layers.known_layers import chosen

            if chosen() is not None:
                raise reader.UsageError("--layer-cache is for archives and layouts.")

    def _get(self) -> RemoteDescriptor:
        from pyggcr import crane

        return crane.get(self.reference, **self.choice.options())

    def _remote_image(self, found: RemoteDescriptor) -> v1.Image:
        """The image of a platform, or that of crane's default platform."""
        from pyggcr import v1

        wanted = self.choice.platform
        if not found.descriptor.media_type.is_index():
            image = found.image()
            own = None if wanted is None else image.config_file().platform()
            if wanted is not None and (own is None or not own.satisfies(v1.parse_platform(wanted))):
                raise ImageNotFoundError(
                    f"{self.text}: the image is for {own or 'no platform'}, not for {wanted}"
                )
            return image
        try:
            return found.image()
        except Error as error:
            there = _platforms_of(v1.parse_index_manifest(found.manifest).manifests or ())
            raise HintedError(error.message, hint=f"there are {there}") from error

    # Archives and layouts.

    def _only_entry(self) -> Content | None:
        """What crane pushes of a layout in a folder: what its only entry describes."""
        location = self.location
        if (
            not self.has_index_option
            or location.transport not in ("path", "oci")
            or location.reference
            or location.position is not None
            or self.tag is not None
            or not os.path.isfile(os.path.join(location.name, _INDEX_JSON))  # noqa: PTH113, PTH118
        ):
            return None
        from pyggcr import layout

        whole = layout.image_index_from_path(location.name)
        entries = whole.index_manifest().manifests or []
        if len(entries) == 1 and entries[0].media_type.is_image():
            return whole.image(entries[0].digest)
        if len(entries) == 1 and entries[0].media_type.is_index():
            return whole.image_index(entries[0].digest)
        return None

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        """All images of an archive or a layout, whichever is meant.

        Raises:
            Error: as ``pyggcr.open``.
        """
        with self._opened(self.location, None) as store:
            yield store

    @contextlib.contextmanager
    def _opened(
        self, location: Location, files: Files | None, *, warns: bool = True
    ) -> Iterator[Store]:
        from pyggcr.store.locations import open_location
        from pyggcr.store.store import open_store

        if files is None:
            with opening(location, self.text):
                files = open_location(location, self.text, insecure=self.choice.insecure)
        with open_store(files, self.text, location, self.gzip_profile) as store:
            if warns:
                warn_of_second_in(files, self.text)
            yield store

    @contextlib.contextmanager
    def _chosen(self, choose: Callable[[Store], _T]) -> Iterator[tuple[_T | v1.Image, Store | str]]:
        """What is chosen of a store, and the store; or the image that crane reads, and its tar."""
        location = self.location
        with contextlib.ExitStack() as stack:
            files: Files | None = None
            problem: Error | None = None
            if self.as_crane and self.choice.platform is None and _may_be_saved(location):
                path: str | None = location.name
                if not _is_tar(location):
                    path, files = self._tar_file(location)
                    if files is not None:
                        stack.callback(files.close)
                if path is not None:
                    image, problem = self._as_crane(path, location)
                    if image is not None:
                        warn_of_second(path, self.text)
                        with image:
                            yield image, path
                        return
            with self._opened(location, files) as store:
                if problem is not None and store.is_saved:
                    raise problem
                if self.only_reads and self.choice.engine == "go":
                    raise reader.UsageError(f"{self.text}: only the Python engine reads this.")
                yield choose(store), store

    def _tar_file(self, location: Location) -> tuple[str | None, Files]:
        """The path of a tar that is not at hand as such: compressed, in a daemon, or piped."""
        from pyggcr.store.files import TarFiles
        from pyggcr.store.locations import open_location

        with opening(location, self.text):
            files = open_location(location, self.text)
        return (files.path if isinstance(files, TarFiles) else None), files

    def _as_crane(self, path: str, location: Location) -> tuple[v1.Image | None, Error | None]:
        """The image as crane reads it, or why crane cannot."""
        from pyggcr import tarball

        tag = self.tag or location.reference or None
        try:
            image = tarball.image_from_path(
                path,
                tag,
                engine=self.choice.engine,
                gzip_profile=self.gzip_profile,
                layer_sources=self.layer_sources,
            )
        except (AmbiguousImageError, TagNotFoundError) as error:
            raise self._with_tags(error, path) from error
        except (ArchiveError, JSONError) as error:
            return None, error
        return image, None

    def _with_tags(self, error: Error, path: str) -> HintedError:
        from pyggcr.differential import images_of

        images = images_of(path, engine=self.choice.engine)
        tags = [tag for image in images for tag in image.tags]
        untagged = sum(not image.tags for image in images)
        option = self.tag_option or f"docker-archive:{self.location.name}:TAG, where TAG"
        chosen = f"{option} can be {', '.join(tags)}"
        parts = [chosen if tags else "no image of the archive has a tag"]
        if tags and untagged:
            parts.append(f"{untagged} of {len(images)} images have no tag and cannot be chosen")
        return HintedError(error.message, hint="; ".join(parts))

    def _image_of(self, store: Store) -> v1.Image:
        with self._hinted():
            return store.image(tag=self.tag, platform=self.choice.platform)

    def _content_of(self, store: Store) -> Content:
        with self._hinted():
            return store.content(tag=self.tag)

    @contextlib.contextmanager
    def _hinted(self) -> Iterator[None]:
        try:
            yield
        except (AmbiguousImageError, ImageNotFoundError, TagNotFoundError) as error:
            option = self.tag_option or f"oci-archive:{self.location.name}:TAG"
            hint = f"{option} and --platform choose among images"
            if self.has_index_option:
                hint = f"{option}, --platform or --index chooses what to push"
            raise HintedError(error.message, hint=hint) from error


def opening(location: Location, text: str) -> contextlib.AbstractContextManager[None]:
    """Progress of what is unpacked, or comes through a pipe or from a daemon, before it is read."""
    return byte_progress(f"opening {text}", file_total(location.name))


@contextlib.contextmanager
def _told(get: Callable[[], v1.Image]) -> Iterator[v1.Image]:
    with get() as image:
        yield image


def _may_be_saved(location: Location) -> bool:
    """Whether it may be an archive of docker save."""
    if location.transport in ("docker-daemon", "standard"):
        return True
    return (
        location.transport in ("path", "docker-archive")
        and location.position is None
        and not os.path.isdir(location.name)  # noqa: PTH112
    )


def _is_tar(location: Location) -> bool:
    """Whether a path is that of a tar, by its first bytes: nothing is loaded to find that out."""
    if location.transport not in ("path", "docker-archive"):
        return False
    if not os.path.isfile(location.name):  # noqa: PTH113
        return False
    try:
        with open(location.name, "rb", buffering=0) as file:  # noqa: PTH123
            file.seek(_USTAR_AT)
            return file.read(len(_USTAR)) == _USTAR
    except OSError:
        return False


def _platforms_of(entries: object) -> str:
    listed = [it.platform for it in entries]  # type: ignore[attr-defined]
    return ", ".join(str(it) for it in listed if it is not None) or "no platforms"


def reading(
    text: str,
    choice: RegistryChoice,
    *,
    tag: str | None = None,
    gzip_profile: str | None = None,
    daemon: bool = False,
) -> Source:
    """The source of a command that only reads, with the options of ``options.reading_options``."""
    return Source(
        in_daemon(text) if daemon else text,
        choice,
        tag,
        gzip_profile,
        tag_option="--tag",
        as_crane=True,
        only_reads=True,
    )


def source_argument(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command that only reads its argument IMAGE and all that chooses, as a ``Source``."""

    @reader.argument("image", metavar="IMAGE")
    @reading_options
    @registry_choice
    @functools.wraps(command)
    def wrapper(
        image: str,
        tag: str | None,
        gzip_profile: str | None,
        daemon: bool,
        choice: RegistryChoice,
        **rest: Any,
    ) -> int | None:
        source = reading(image, choice, tag=tag, gzip_profile=gzip_profile, daemon=daemon)
        return command(source, **rest)

    return wrapper


def source_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command the options that choose an image of an archive or a layout."""
    source_tag = reader.option(
        "--source-tag",
        metavar="TAG",
        help="Image to use if the archive or layout has several",
    )
    return source_tag(gzip_profile_option(command))
