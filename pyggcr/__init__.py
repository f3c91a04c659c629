"""Container images in Python: go-containerregistry itself, and its equal in pure Python.

Start with ``open`` for images in any form, ``tarball.image_from_path`` to open an archive as Go
does, ``validate.image`` to check an image, and ``use_engine`` and ``engines`` to choose an engine
and see what it consists of. Modules are loaded when they are first used.
"""

from __future__ import annotations

from pyggcr._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import (
        aio,
        artifact,
        audit,
        authn,
        build,
        cache,
        compare,
        compression,
        convert,
        crane,
        daemon,
        differential,
        doctor,
        errors,
        google,
        layer_cache,
        layout,
        legacy,
        limits,
        match,
        mutate,
        name,
        partial,
        random,
        registry,
        remote,
        rootfs,
        static,
        store,
        stream,
        sync,
        tarball,
        tools,
        types,
        v1,
        validate,
    )
    from pyggcr._layers.known_layers import use_layer_cache
    from pyggcr._values.engine import EngineInfo
    from pyggcr.engine import engines, use_engine
    from pyggcr.errors import Error
    from pyggcr.limits import CancelToken, Progress, limit
    from pyggcr.store import Store, StoredImage
    from pyggcr.store import open as open  # noqa: A004  (as gzip.open, and exported)
    from pyggcr.types import MediaType
    from pyggcr.v1 import Hash, Image, ImageIndex, Layer

# ``open`` is public, but not for ``from pyggcr import *``, which would hide the builtin one.
__all__ = [
    "CancelToken",
    "EngineInfo",
    "Error",
    "Hash",
    "Image",
    "ImageIndex",
    "Layer",
    "MediaType",
    "Progress",
    "Store",
    "StoredImage",
    "__version__",
    "aio",
    "artifact",
    "audit",
    "authn",
    "build",
    "cache",
    "compare",
    "compression",
    "convert",
    "crane",
    "daemon",
    "differential",
    "doctor",
    "empty",
    "engines",
    "errors",
    "gcrane",
    "google",
    "layer_cache",
    "layout",
    "legacy",
    "limit",
    "limits",
    "match",
    "mutate",
    "name",
    "partial",
    "random",
    "registry",
    "remote",
    "rootfs",
    "static",
    "store",
    "stream",
    "sync",
    "tarball",
    "tools",
    "types",
    "use_engine",
    "use_layer_cache",
    "v1",
    "validate",
]

_HOMES = {
    "CancelToken": "limits",
    "EngineInfo": "_values.engine",
    "Error": "errors",
    "Hash": "v1",
    "Image": "v1",
    "ImageIndex": "v1",
    "Layer": "v1",
    "MediaType": "types",
    "Progress": "limits",
    "Store": "store",
    "StoredImage": "store",
    "engines": "engine",
    "limit": "limits",
    "open": "store",
    "use_engine": "engine",
    "use_layer_cache": "_layers.known_layers",
}


def __getattr__(name: str) -> object:
    import importlib

    if name in _HOMES:
        value = getattr(importlib.import_module(f"pyggcr.{_HOMES[name]}"), name)
    elif name in __all__:
        value = importlib.import_module(f"pyggcr.{name}")
    else:
        raise AttributeError(f"module 'pyggcr' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "open"])
