"""From what Go's ``json.Marshal`` made of its structs to the values of ``pyggcr.v1``, and back."""

from __future__ import annotations

import re

from pyggcr.errors import Error
from pyggcr.v1.hash import Hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr._values.google_tags import Tags
    from pyggcr.v1.config import ConfigFile
    from pyggcr.v1.manifest import Descriptor, IndexManifest, Manifest
    from pyggcr.v1.tarball_manifest import Descriptor as TarballDescriptor

__all__ = [
    "config_file",
    "descriptor",
    "descriptors",
    "document",
    "google_tags",
    "hash_of",
    "index_manifest",
    "manifest",
    "tarball_manifest",
    "without_zero_hashes",
]

# A Descriptor without a digest, which json.Marshal writes as ":" and nothing can parse. The size
# before it, a number, tells it from an annotation of the same name.
_ZERO_HASH = re.compile(rb'("size":-?\d+),"digest":":"')


def without_zero_hashes(data: bytes) -> bytes:
    """The JSON with zero hashes left out, as they were in the document that Go read."""
    return _ZERO_HASH.sub(rb"\1", data)


def manifest(data: bytes) -> Manifest:
    """A ``v1.Manifest`` of Go."""
    from pyggcr.v1.manifest import parse_manifest

    return parse_manifest(without_zero_hashes(data))


def index_manifest(data: bytes) -> IndexManifest:
    """A ``v1.IndexManifest`` of Go."""
    from pyggcr.v1.manifest import parse_index_manifest

    return parse_index_manifest(without_zero_hashes(data))


def document(value: Any) -> bytes:
    """A model of ``pyggcr.v1`` as a document that Go parses.

    What it was parsed from, if it still is what that says: ``json.Marshal`` does not tell an empty
    list from none.
    """
    from pyggcr._gostd.json import marshal

    raw: bytes | None = getattr(value, "raw", None)
    if raw is not None and _parse_again(value, raw) == value:
        return raw
    return without_zero_hashes(marshal(value))


def _parse_again(value: object, raw: bytes) -> object:
    from pyggcr import v1

    parsers = (
        (v1.ConfigFile, v1.parse_config_file),
        (v1.Manifest, v1.parse_manifest),
        (v1.IndexManifest, v1.parse_index_manifest),
    )
    try:
        return next((parse(raw) for kind, parse in parsers if isinstance(value, kind)), None)
    except Error:
        return None


def config_file(data: bytes) -> ConfigFile:
    """A ``v1.ConfigFile`` of Go."""
    from pyggcr.v1.config import parse_config_file

    return parse_config_file(data)


def descriptor(data: bytes) -> Descriptor:
    """A ``v1.Descriptor`` of Go."""
    return descriptors(b"[" + data + b"]")[0]


def descriptors(data: bytes) -> list[Descriptor]:
    """A list of ``v1.Descriptor`` of Go."""
    from pyggcr.v1.manifest import parse_index_manifest

    # An index is the one document of the format that is a list of descriptors.
    index: IndexManifest = parse_index_manifest(b'{"manifests":' + without_zero_hashes(data) + b"}")
    return list(index.manifests or ())


def tarball_manifest(data: bytes) -> list[TarballDescriptor]:
    """A ``tarball.Manifest`` of Go."""
    from pyggcr.v1.tarball_manifest import parse_tarball_manifest

    return parse_tarball_manifest(without_zero_hashes(data)) or []


def google_tags(data: bytes) -> Tags:
    """``google.Tags`` as native/google_list.go writes them."""
    import json

    from pyggcr._values.google_tags import ManifestInfo, Tags, time_of
    from pyggcr.v1.time import ZERO_TIME

    found = json.loads(data)
    if found["manifests"] is not None:
        for digest, info in found["manifests"].items():
            for key in ("created", "uploaded"):
                info[key] = ZERO_TIME if info[key] is None else time_of(info[key])
            found["manifests"][digest] = ManifestInfo(**info)
    return Tags(**found)


def hash_of(text: str) -> Hash:
    """A ``v1.Hash`` of Go, which may be the zero one."""
    algorithm, _, digits = text.partition(":")
    return Hash(algorithm, digits)
