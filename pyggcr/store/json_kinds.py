"""JSON documents that are given in place of an archive of images, told by the keys that they have.

The beginning of a document is enough, so nothing is parsed. What may hold passwords is not shown.
"""

from __future__ import annotations

import re

__all__ = ["kind_of_json"]

_FETCH = "pyggcr pull IMAGE FILE fetches an image with its layers"
_SAVE = "docker save -o FILE IMAGE writes an archive"
_FOLDER = "give the folder that it is in"

# All of the keys must be there; the first that fits is meant.
_KINDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("auths",), "a config file of docker, which may hold passwords", _SAVE),
    (("credsStore",), "a config file of docker", _SAVE),
    (("imageLayoutVersion",), "the file oci-layout of a layout", _FOLDER),
    (("spdxVersion",), "an SBOM (SPDX)", _SAVE),
    (("bomFormat",), "an SBOM (CycloneDX)", _SAVE),
    (("predicateType",), "an attestation (in-toto)", _SAVE),
    (("RepoTags", "Config", "Layers"), "the manifest.json of an archive, without it", _FOLDER),
    (("RepoTags", "Id"), "what docker inspect prints of an image", _SAVE),
    (("schemaVersion", "manifests"), "an index of images, without them",
     f"if it is the index.json of a layout, {_FOLDER}; {_FETCH}"),
    (("schemaVersion", "fsLayers"), "a manifest of Docker's schema 1", _FETCH),
    (("schemaVersion", "layers"), "the manifest of an image, without its layers", _FETCH),
    (("rootfs", "diff_ids"), "the config of an image, without its layers", _FETCH),
)  # fmt: skip


def kind_of_json(text: str) -> tuple[str, str] | None:
    """What a document is, and what to do; nothing if it is of no known kind.

    Args:
        text: its beginning.
    """
    for keys, what, advice in _KINDS:
        if all(re.search(rf'"{key}"\s*:', text) for key in keys):
            return what, advice
    return None
