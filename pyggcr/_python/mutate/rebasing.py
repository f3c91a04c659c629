"""An image on another base: pkg/v1/mutate, rebase.go, its faults included."""

from __future__ import annotations

from pyggcr._gostd.fmt import wrapping
from pyggcr._python import empty, mutate
from pyggcr._values.mutate import Addendum
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyggcr import v1

__all__ = ["rebased"]


def rebased(original: v1.Image, old_base: v1.Image, new_base: v1.Image) -> v1.Image:
    """The original with the new base's layers in place of the old one's (``mutate.Rebase``)."""
    with wrapping("failed to get layers for original"):
        layers = original.layers()
    old_layers = old_base.layers()
    _check_base(original, old_base, layers, old_layers)
    with wrapping("failed to get config for old base"):
        old_config = old_base.config_file()
    with wrapping("failed to get config for original"):
        config = original.config_file()
    with wrapping("could not get config for new base"):
        new_config = new_base.config_file()

    image = mutate.config(base=empty.image(), config=config.config)
    changed = image.config_file()
    changed.architecture = new_config.architecture
    changed.os = new_config.os
    changed.os_version = new_config.os_version
    image = mutate.config_file(base=image, config_file=changed)

    with wrapping("could not get new base layers for new base"):
        new_layers = new_base.layers()
    with wrapping("failed to process new base image"):
        adds = _addenda(0, 0, new_config.history, new_layers)
    image = mutate.append(base=image, adds=adds)
    with wrapping("failed to process original image"):
        # One layer too many where there is no history to count by (docs/upstream-findings.md).
        begin = len(old_config.history or ()), len(old_layers) + 1
        adds = _addenda(*begin, config.history, layers)
    return mutate.append(base=image, adds=adds)


def _check_base(
    original: v1.Image,
    old_base: v1.Image,
    layers: Sequence[v1.Layer],
    old_layers: Sequence[v1.Layer],
) -> None:
    """Raise an error unless the original begins with the layers of the old base."""
    if len(old_layers) > len(layers):
        raise _not_based(original, old_base, "too few layers")
    for at, (old, own) in enumerate(zip(old_layers, layers, strict=False)):
        with wrapping(f"failed to get digest of layer {at} of {_quoted(old_base)}"):
            expected = old.digest()
        with wrapping(f"failed to get digest of layer {at} of {_quoted(original)}"):
            found = own.digest()
        if found != expected:
            raise _not_based(original, old_base, f"layer {at} mismatch")


def _not_based(original: v1.Image, old_base: v1.Image, reason: str) -> Error:
    return Error(f"image {_quoted(original)} is not based on {_quoted(old_base)} ({reason})")


def _quoted(image: v1.Image) -> str:
    """What stands for an image in a text. Go prints its struct there, addresses included."""
    return f'"{type(image).__name__}"'


def _addenda(
    begin_history: int,
    begin_layer: int,
    history: Sequence[v1.History] | None,
    layers: Sequence[v1.Layer],
) -> list[Addendum]:
    """The layers with their history, from an entry and a layer on (``createAddendums``)."""
    adds = []
    used = 0
    for at, entry in enumerate(history or ()):
        layer = None
        if not entry.empty_layer:
            if used >= len(layers):
                raise Error(
                    "malformed image: config history references at least "
                    f"{used + 1} non-empty layer(s), but only {len(layers)} layer(s) are present"
                )
            layer = layers[used]
            used += 1
        if at >= begin_history or used >= begin_layer:
            adds.append(Addendum(layer, entry))
    # What the history does not mention.
    adds += [Addendum(layer) for layer in layers[max(used, begin_layer) :]]
    return adds
