"""What a manifest says of the manifest that it refers to, its subject (OCI image-spec 1.1)."""

from __future__ import annotations

from pyggcr import v1
from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Pointer, Struct
from pyggcr.types import MediaType
from pyggcr.v1.kinds import MEDIA_TYPE, STRING_MAP
from pyggcr.v1.manifest import DESCRIPTOR

__all__ = ["Subject", "parse_subject"]


_NO_TYPE = MediaType("")


@dataclass(slots=True)
class _Config:
    media_type: MediaType = _NO_TYPE


@dataclass(slots=True)
class Subject:
    """The part of a manifest that referrers are listed by; ``of`` is the subject, if any."""

    media_type: MediaType = _NO_TYPE
    of: v1.Descriptor | None = None
    artifact_type: str = ""
    annotations: dict[str, str] | None = None
    config: _Config = field(default_factory=_Config)

    def referrer(self, digest: v1.Hash, size: int) -> v1.Descriptor:
        """How the list of referrers describes the manifest."""
        return v1.Descriptor(
            media_type=self.media_type,
            size=size,
            digest=digest,
            annotations=self.annotations,
            artifact_type=self.artifact_type or str(self.config.media_type),
        )


_CONFIG = Struct("config", _Config, Field("media_type", "mediaType", MEDIA_TYPE))
_SUBJECT = Struct(
    "manifest",
    Subject,
    Field("media_type", "mediaType", MEDIA_TYPE),
    Field("of", "subject", Pointer(DESCRIPTOR)),
    Field("artifact_type", "artifactType", STRING),
    Field("annotations", "annotations", STRING_MAP),
    Field("config", "config", _CONFIG),
)


def parse_subject(manifest: bytes) -> Subject:
    """Parse a manifest as far as that.

    Raises:
        JSONError: it is malformed, or a value has the wrong type.
    """
    subject: Subject = json.decode(manifest, _SUBJECT)
    return subject
