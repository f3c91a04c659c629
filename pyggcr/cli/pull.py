"""``pull``: images into an archive or an OCI layout, as ``crane pull`` does."""

from __future__ import annotations

import contextlib

from pyggcr.cli import reader
from pyggcr.cli.output import write_line
from pyggcr.cli.progress import byte_progress, layer_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.signals import exit_on_signals
from pyggcr.cli.sources import Source
from pyggcr.cli.targets import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeVar

    from pyggcr import v1
    from pyggcr.store.transports import Location
else:
    from pyggcr._typing import TypeVar

__all__ = ["pull"]

_T = TypeVar("_T")

_LAYOUTS = ("oci", "oci-archive", "dir")


@reader.command()
@reader.argument("images", metavar="IMAGE...", nargs=-1)
@reader.argument("path", metavar="PATH")
@reader.option(
    "--format",
    "format_",
    type=reader.Choice(["tarball", "legacy", "oci"]),
    help="Format of a PATH without a transport: a docker-save archive, the oldest form of it, "
    "or an OCI layout (default: a layout if PATH is a folder or ends with /)",
)
@reader.option(
    "--annotate-ref",
    is_flag=True,
    help="With --format=oci: record the reference of the image in an annotation",
)
@reader.option(
    "--all-tags",
    "-a",
    is_flag=True,
    help="Pull all tags of a repository, each by its name",
)
@reader.option(
    "--cache_path",
    "-c",
    metavar="FOLDER",
    help="Cache layers in this folder",
)
@reader.option(
    "--to-daemon",
    is_flag=True,
    help="Load the images into the Docker daemon; takes no PATH",
)
@registry_choice
def pull(
    images: tuple[str, ...],
    path: str,
    format_: str | None,
    annotate_ref: bool,
    all_tags: bool,
    cache_path: str | None,
    to_daemon: bool,
    choice: RegistryChoice,
) -> None:
    """Pull images from a registry, or read them from any other form, and write them to PATH.

    PATH may also be - for standard output, or have a transport, as in oci-archive:app.tar:app:1.
    """
    if to_daemon:
        if format_ not in (None, "tarball") or annotate_ref or all_tags:
            raise reader.UsageError(
                "--format, --annotate-ref and --all-tags are not for --to-daemon."
            )
        _load_into_daemon((*images, path), cache_path, choice)
        return
    if not images:
        raise reader.UsageError("Missing argument 'PATH'.")
    if all_tags:
        images = _all_tags(images, choice)
    target, form = _target(path, format_, choice)
    if annotate_ref and form not in _LAYOUTS:
        raise reader.UsageError("--annotate-ref is for OCI layouts.")
    annotate_ref = annotate_ref or (all_tags and form in _LAYOUTS)
    with contextlib.ExitStack() as held:
        keeps_indexes = form in _LAYOUTS
        found: dict[str, v1.Image | v1.ImageIndex] = {}
        for image in images:
            found[image] = held.enter_context(_opened(image, keeps_indexes, cache_path, choice))
        _write(found, target, form, format_, annotate_ref, choice)


def _write(
    found: dict[str, v1.Image | v1.ImageIndex],
    target: Target,
    form: str,
    format_: str | None,
    annotate_ref: bool,
    choice: RegistryChoice,
) -> None:
    """Write what was found, as crane does where crane can."""
    from pyggcr import crane, v1
    from pyggcr.store.packing import compression_of_name

    location, path = target.location, target.output
    assert path is not None
    pulled = {image: it for image, it in found.items() if isinstance(it, v1.Image)}
    is_remote = not any(Source(image, choice).is_local for image in found)
    is_counted = form != "legacy" and pulled == found and is_remote
    total = layer_total(pulled.values()) if is_counted else None
    is_packed = location.transport == "path" and compression_of_name(path) is not None
    if form == "legacy" and is_packed:
        raise reader.UsageError("--format=legacy writes no compressed archive; name it .tar.")
    if form == "tarball":
        # crane compresses no archive, and writes layers of zstd that nobody reads.
        is_ours = is_packed or _has_zstd(pulled.values()) or location.transport != "path"
        is_ours = is_ours or not is_remote
    else:
        is_ours = format_ is None
    if is_ours:
        named = annotate_ref or form not in _LAYOUTS
        target.write_all(
            [(it, _names(image, it, choice) if named else ()) for image, it in found.items()],
            total,
        )
        return
    with byte_progress(f"pulling {next(iter(found))}", total), exit_on_signals():
        if form == "oci":
            crane.save_oci(_called(found, choice), path, annotate=annotate_ref)
        elif form == "legacy":
            crane.save_legacy(_called(pulled, choice), path)
        else:
            crane.save(_called(pulled, choice), path)


def _target(path: str, format_: str | None, choice: RegistryChoice) -> tuple[Target, str]:
    """Where to write, and in which form."""
    target = Target(choice, (), path)
    if format_ is not None and target.location.transport != "path":
        raise reader.UsageError("--format is for a PATH without a transport.")
    if target.is_registry:
        raise reader.UsageError("pyggcr copy writes to a registry.")
    return target, format_ or _form_of(target.location)


def _all_tags(repositories: tuple[str, ...], choice: RegistryChoice) -> tuple[str, ...]:
    """The images of one repository, by their references."""
    from pyggcr import crane
    from pyggcr.errors import ImageNotFoundError
    from pyggcr.store.transports import without_transport

    if len(repositories) != 1:
        raise reader.UsageError("--all-tags takes one repository.")
    repository = without_transport(repositories[0])
    tags = crane.list_tags(repository, **choice.options())
    if not tags:
        raise ImageNotFoundError(f"{repository} has no tags")
    return tuple(f"{repository}:{tag}" for tag in tags)


def _form_of(location: Location) -> str:
    from pyggcr.store.writing import kind_of_output

    kind = kind_of_output(location)
    return "tarball" if kind == "docker-archive" else kind


def _names(image: str, content: v1.Image | v1.ImageIndex, choice: RegistryChoice) -> Sequence[str]:
    return Source(image, choice).tags(content)


def _called(found: Mapping[str, _T], choice: RegistryChoice) -> dict[str, _T]:
    """The images by their references, without a transport."""
    return {_reference(image, choice): content for image, content in found.items()}


def _reference(image: str, choice: RegistryChoice) -> str:
    source = Source(image, choice)
    return image if source.is_local else source.reference


@contextlib.contextmanager
def _opened(
    image: str, keeps_indexes: bool, cache_path: str | None, choice: RegistryChoice
) -> Iterator[v1.Image | v1.ImageIndex]:
    from pyggcr import v1

    source = Source(image, choice, tag_option="")
    with source.content() if keeps_indexes else source.image() as content:
        yield _cached(content, cache_path) if isinstance(content, v1.Image) else content


def _load_into_daemon(
    images: tuple[str, ...], cache_path: str | None, choice: RegistryChoice
) -> None:
    """Write images into the Docker engine, one after the other; print what each is called there."""
    from pyggcr import daemon, v1
    from pyggcr.crane.saving import tag_for

    for image in images:
        tag = tag_for(_reference(image, choice))
        with _opened(image, False, cache_path, choice) as found:
            assert isinstance(found, v1.Image)
            with byte_progress(f"loading {image}", layer_total([found]), sent=True):
                daemon.loaded_images(daemon.write(tag, found, engine=choice.engine))
        write_line(str(tag))


def _has_zstd(images: Iterable[v1.Image]) -> bool:
    from pyggcr.types import MediaType

    layers = [layer for image in images for layer in image.manifest().layers or ()]
    return any(layer.media_type == MediaType.OCI_LAYER_ZSTD for layer in layers)


def _cached(image: v1.Image, folder: str | None) -> v1.Image:
    if folder is None:
        return image
    from pyggcr.cache import CachedImage, FilesystemCache

    return CachedImage(image, FilesystemCache(folder))
