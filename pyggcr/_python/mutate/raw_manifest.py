"""Manifests of which only the bytes are there: ``arbitraryRawManifest`` of pkg/v1/mutate."""

from __future__ import annotations

from pyggcr._gostd import json
from pyggcr._gostd.json.generic import OBJECT, members, type_name
from pyggcr.errors import Error, JSONError
from pyggcr.v1.parts import Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyggcr import v1

__all__ = ["rewritten"]

_ANNOTATIONS = "annotations"


def rewritten(
    parts: Parts,
    *,
    annotations: Mapping[str, str] | None = None,
    subject: v1.Descriptor | None = None,
) -> Parts:
    """The manifest with annotations or a subject, written anew with its keys in order.

    A manifest that has annotations is refused, and a subject brings ``"annotations":null`` along,
    as in Go (docs/upstream-findings.md).

    Raises:
        JSONError: the manifest is no JSON object.
        Error: it has annotations.
    """
    found = json.unmarshal(parts.manifest_bytes(), OBJECT)
    if found is None:
        raise JSONError("the manifest is null")  # Go panics
    if _ANNOTATIONS in found:
        raise Error(f".annotations is not a map: {type_name(found[_ANNOTATIONS])}")
    found[_ANNOTATIONS] = None if annotations is None else dict(annotations)
    written = {key: OBJECT.value.encode(value) for key, value in found.items()}
    if subject is not None:
        written["subject"] = json.marshal(subject).decode()
    document = members(written).encode()
    if parts.raw_index_manifest is not None:
        return Parts(index_manifest=document)
    return Parts(manifest=document, config_file=parts.raw_config_file)
