"""Make layers and images that are reproducible to the byte.

Equal input gives an equal digest everywhere. Go has no such package. ``layer`` makes a layer of
files, ``image`` an image of a base, layers and settings, ``index`` one for each of several
platforms, and ``write`` writes them to a registry, an archive, a layout or a daemon. Nothing here
runs anything, and no base is downloaded.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.build.entry import Content, Entry
    from pyggcr.build.folder import from_path
    from pyggcr.build.images import Settings, image, index
    from pyggcr.build.layers import layer
    from pyggcr.build.wheels import wheel
    from pyggcr.build.writing import write

__all__ = ["Content", "Entry", "Settings", "from_path", "image", "index", "layer", "wheel", "write"]

_HOMES = {
    "Content": "entry",
    "Entry": "entry",
    "Settings": "images",
    "from_path": "folder",
    "image": "images",
    "index": "images",
    "layer": "layers",
    "wheel": "wheels",
    "write": "writing",
}


def __getattr__(name: str) -> object:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'pyggcr.build' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"pyggcr.build.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
