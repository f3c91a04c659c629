"""Keep or report what the commands of crane lose silently, for the commands of ``pyggcr`` itself.

The other modules of this package lose it, as Go does; docs/upstream-findings.md lists the cases.
"""

from __future__ import annotations

import copy
import json

from pyggcr import mutate, v1
from pyggcr.errors import MismatchedLayersError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeVar
else:
    from pyggcr._typing import TypeVar

__all__ = ["keep_subject", "lost_fields", "rebased"]

_Content = TypeVar("_Content", v1.Image, v1.ImageIndex)


def keep_subject(made: _Content, subject: v1.Descriptor | None) -> _Content:
    """Give a changed image or index the subject of the old one, which every change drops.

    Args:
        made: the changed image or index.
        subject: the old subject; ``None`` if there was none.

    Returns:
        The image or index with the subject.

    Raises:
        TypeError: an argument has another type.
    """
    return made if subject is None else mutate.subject(made, subject)


def lost_fields(old: bytes, new: bytes) -> list[str]:
    """Return the fields of one JSON document that another lacks.

    Args:
        old: the first document.
        new: the other one.

    Returns:
        Paths with dots, sorted.

    Raises:
        ValueError: a document is not JSON.

    Examples:
        >>> lost_fields(b'{"os":"linux","config":{"Cmd":["a"],"X":1}}', b'{"config":{"Cmd":["b"]}}')
        ['config.X', 'os']
    """
    return sorted(_lost(json.loads(old), json.loads(new), ""))


def _lost(old: Any, new: Any, above: str) -> Iterator[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    for key, value in old.items():
        if key in new:
            yield from _lost(value, new[key], f"{above}{key}.")
        elif value not in (None, "", 0, False, [], {}):
            yield f"{above}{key}"


def rebased(image: v1.Image, old_base: v1.Image, new_base: v1.Image) -> v1.Image:
    """Move an image to another base, keeping its media types and all layers above the old base.

    If the histories mention all layers, and the images have Docker's types, the result is the same
    as that of ``mutate.rebase``.

    Args:
        image: the image.
        old_base: the base that it has.
        new_base: the base that it gets.

    Returns:
        A new image.

    Raises:
        MismatchedLayersError: the histories do not tell which layers are above the old base.
        Error: the image is not based on the old base, or an image cannot be read.
    """
    made = mutate.rebase(*map(_with_full_history, (image, old_base, new_base)))
    expected = len(new_base.layers()) + len(image.layers()) - len(old_base.layers())
    if (found := len(made.layers())) != expected:
        raise MismatchedLayersError(
            f"the rebased image would have {found} layers, not {expected}: "
            "the history of the image or of a base does not fit its layers"
        )
    config_file = made.config_file()
    of_image, of_base = image.config_file(), new_base.config_file()
    config_file.author = of_image.author
    config_file.variant = of_base.variant
    config_file.os_features = of_base.os_features
    made = mutate.config_file(made, config_file)
    manifest = image.manifest()
    if manifest.annotations:
        made = mutate.annotations(made, manifest.annotations)
    if image.media_type() == MediaType.OCI_MANIFEST_SCHEMA1:
        made = mutate.media_type(made, MediaType.OCI_MANIFEST_SCHEMA1)
        made = mutate.config_media_type(made, MediaType.OCI_CONFIG_JSON)
    return made


def _with_full_history(image: v1.Image) -> v1.Image:
    """The image, with an empty entry in the history for each layer that it does not tell of.

    Without them ``mutate.rebase`` loses the first layer above the old base.
    """
    config_file = copy.deepcopy(image.config_file())
    history = config_file.history or []
    missing = len(image.layers()) - sum(not entry.empty_layer for entry in history)
    if missing <= 0:
        return image
    config_file.history = [*history, *(v1.History() for _ in range(missing))]
    return mutate.config_file(image, config_file)
