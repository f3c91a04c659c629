"""Indexes of a ``sources.Source`` on this machine: its ``index.json``, or one of its images."""

from __future__ import annotations

from pyggcr.cli.group import HintedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr.cli.sources import Content
    from pyggcr.store.store import Store

__all__ = ["MAKES_AN_INDEX", "contents_of", "index_of"]

MAKES_AN_INDEX = "pyggcr index append makes an index of images"


def contents_of(store: Store) -> Content:
    """The only image, or the index of all."""
    images = store.images()
    # Docker's archives name an index, of which one image is there.
    return images[0] if len(images) == 1 else index_of(store, None)


def index_of(store: Store, tag: str | None) -> v1.ImageIndex:
    """The index that a store holds: its index.json, or the only index that lists, or by a tag."""
    from pyggcr._layers.index_walk import given_name
    from pyggcr.errors import MissingFileError
    from pyggcr.store.store import is_name_of

    try:
        index = store.index()
    except MissingFileError:
        return _index_of_images(store, tag)
    entries = index.index_manifest().manifests or []
    tag = tag or store.reference or None
    if tag is not None:
        names = sorted({name for it in entries if (name := given_name(it))})
        entries = [it for it in entries if is_name_of((given_name(it),), tag)]
        if len(entries) != 1 or not entries[0].media_type.is_index():
            raise HintedError(
                f"{store.path}: {tag} is not the name of one index",
                hint=f"there are {', '.join(names)}" if names else "nothing has a name",
            )
    if len(entries) == 1 and entries[0].media_type.is_index():
        return index.image_index(entries[0].digest)
    return index


def _index_of_images(store: Store, tag: str | None) -> v1.ImageIndex:
    """An index of the images of an archive that has none."""
    from pyggcr import empty, mutate

    images = store.images(tag=tag)
    if not images:
        store.image(tag=tag)  # which says what there is
    if len(images) == 1:
        raise HintedError(f"{store.path} has one image, and no index", hint=MAKES_AN_INDEX)
    adds = [mutate.IndexAddendum(image, platform=image.platform) for image in images]
    return mutate.append_manifests(empty.index(), *adds)
