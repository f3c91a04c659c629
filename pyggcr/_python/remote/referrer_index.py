"""Manifests that refer to another one as their subject: pkg/v1/remote/referrers.go."""

from __future__ import annotations

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._python.remote.error_parsing import check_status
from pyggcr._python.remote.fetcher import MANIFEST_LIMIT
from pyggcr._python.remote.indexes import RemoteIndex
from pyggcr._python.remote.transport import Request
from pyggcr.errors import Error, TransportError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyggcr import name
    from pyggcr._python.remote.fetcher import Fetcher

__all__ = ["fallback_tag", "fetch_referrers", "no_referrers"]

_ARTIFACT_TYPE = "artifactType"
_SCHEMA_VERSION = 2


def fallback_tag(digest: name.Digest) -> name.Tag:
    """The tag where registries without the API keep the referrers of a manifest."""
    return digest.context().tag(digest.digest_str().replace(":", "-", 1))


def no_referrers() -> v1.IndexManifest:
    """An index that is empty (``empty.Index``)."""
    return v1.IndexManifest(
        schema_version=_SCHEMA_VERSION, media_type=MediaType.OCI_IMAGE_INDEX, manifests=[]
    )


def fetch_referrers(
    fetcher: Fetcher, digest: name.Digest, wanted: Mapping[str, str]
) -> RemoteIndex:
    """An index of what refers to a manifest (``fetchReferrers``).

    Args:
        fetcher: the repository.
        digest: the manifest, which need not be there.
        wanted: ``artifactType``, if only such are wanted; other keys mean nothing.

    Raises:
        TransportError: the registry refuses, or knows no referrers and no tag may stand in.
    """
    raw = _fetch(fetcher, digest)
    if raw is None:
        raw = json.marshal(no_referrers())  # nothing refers to it yet
    elif _ARTIFACT_TYPE in wanted:
        index = v1.parse_index_manifest(raw)
        index.manifests = [
            entry
            for entry in index.manifests or ()
            if entry.artifact_type == wanted[_ARTIFACT_TYPE]
        ] or None  # Go's nil slice
        index.subject = None  # mutate.RemoveManifests sets its own, which is none
        raw = json.marshal(index)
    hasher = v1.hasher("sha256")
    hasher.update(raw)
    described = v1.Descriptor(
        media_type=MediaType.OCI_IMAGE_INDEX,
        size=len(raw),
        digest=v1.Hash("sha256", hasher.hexdigest()),
    )
    return RemoteIndex(fetcher, raw, described, "")


def _fetch(fetcher: Fetcher, digest: name.Digest) -> bytes | None:
    request = Request("GET", fetcher.url("referrers", digest.digest_str()))
    request.headers["Accept"] = MediaType.OCI_IMAGE_INDEX
    response = fetcher.session.do(request)
    try:
        check_status(response, 200, 404, 400, 406)
        is_index = response.header("Content-Type") == MediaType.OCI_IMAGE_INDEX
        if response.status == 200 and is_index:
            return response.read_all(MANIFEST_LIMIT)
    finally:
        response.close()
    if not fetcher.options.referrers_tag_fallback:
        raise Error(
            f"registry {digest.registry_str()} does not support the Referrers API and the "
            "referrers tag fallback is disabled"
        )
    try:
        return fetcher.manifest(fallback_tag(digest), [MediaType.OCI_IMAGE_INDEX])[0]
    except TransportError as error:
        if error.status != 404:
            raise
    return None
