"""A file that remembers the gzip of layers, so that known layers are not compressed again.

Hashing a layer takes a fraction of the time that compressing it does. Where a layer cache knows a
layer, ``digest`` only hashes it, and a push asks the registry for the blob before it compresses
anything. docs/layer-cache.md has the details. Go's pkg/v1/cache is another thing: it keeps the
layers themselves (``pyggcr.cache``).

>>> import tempfile
>>> from pyggcr import random
>>> folder = tempfile.TemporaryDirectory()
>>> with use_layer_cache(folder.name + "/layers.sqlite") as cache:
...     digest = random.image(1024, 2, engine="python").digest()
...     cache.count()
2
>>> folder.cleanup()
"""

from __future__ import annotations

from pyggcr._layers.known_layers import VARIABLE, use_layer_cache
from pyggcr._layers.layer_cache import LayerCache

__all__ = ["VARIABLE", "LayerCache", "use_layer_cache"]
