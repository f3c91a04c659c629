"""Artifacts in registries: any files, and what is attached to images (OCI image-spec 1.1).

An artifact is an image manifest whose layers are files. The layout is that of oras: each layer has
the name of its file in ``org.opencontainers.image.title``, a folder is a tar with gzip, and the
config is empty. An artifact that is attached to an image names it as its ``subject``, and
registries list it as a referrer. Go has no such package; this one works on both engines. All
functions take the options of ``pyggcr.remote``, with the credentials of Docker and Podman by
default.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.artifact.file import File
    from pyggcr.artifact.images import image
    from pyggcr.artifact.listing import Attached, ListedFile, attached, files
    from pyggcr.artifact.pulling import Pulled, pull
    from pyggcr.artifact.pushing import attach, push

__all__ = [
    "Attached",
    "File",
    "ListedFile",
    "Pulled",
    "attach",
    "attached",
    "files",
    "image",
    "pull",
    "push",
]

_HOMES = {
    "Attached": "listing",
    "File": "file",
    "ListedFile": "listing",
    "Pulled": "pulling",
    "attach": "pushing",
    "attached": "listing",
    "files": "listing",
    "image": "images",
    "pull": "pulling",
    "push": "pushing",
}


def __getattr__(name: str) -> object:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'pyggcr.artifact' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"pyggcr.artifact.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
