"""The class of layers over streams, on either engine: pkg/v1/stream."""

from __future__ import annotations

from pyggcr import v1

__all__ = ["Layer"]


class Layer(v1.Layer):
    """A layer whose content comes from a stream that can be read once (``stream.Layer``).

    Such layers are made by ``pyggcr.stream.new_layer``.
    """
