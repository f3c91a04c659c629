"""The values of pkg/v1/google: what registries of Google report about a repository, and its JSON.

As in Go, numbers are written as strings, and times as milliseconds since 1970. Nothing here does
I/O.
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Map, Slice, Struct, Unmarshaler
from pyggcr._gostd.json.state import State
from pyggcr._gostd.strconv import parse_int, parse_uint
from pyggcr.v1.time import ZERO_TIME, Time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.json.scanner import Node
    from pyggcr.errors import JSONError

__all__ = ["TAGS", "ManifestInfo", "Tags", "time_of"]


@dataclass(slots=True)
class ManifestInfo:
    """The description of a manifest by a registry of Google (``google.ManifestInfo``).

    Attributes:
        size: of the image, in bytes.
        media_type: of the manifest.
        created: when the image was built; Go's zero time if the registry does not say.
        uploaded: when it was pushed; likewise.
        tags: its tags; ``None`` if the registry does not mention them.
    """

    size: int = 0
    media_type: str = ""
    created: Time = ZERO_TIME
    uploaded: Time = ZERO_TIME
    tags: list[str] | None = None

    def to_json(self) -> bytes:
        """Write the JSON that Go writes, with numbers as strings (``ManifestInfo.MarshalJSON``).

        Returns:
            The document.

        Examples:
            >>> ManifestInfo(size=5, created=Time(1, 0, 0)).to_json()[:45]
            b'{"imageSizeBytes":"5","mediaType":"","timeCre'
        """
        return _encode(self).encode("utf-8")


@dataclass(slots=True)
class Tags:
    """The content of a repository (``google.Tags``).

    Registries of Google list manifests and child repositories; of others only ``tags`` is known.

    Attributes:
        children: the last elements of the names of the repositories below.
        manifests: all manifests by digest, including untagged ones.
        name: of the repository; empty if the registry is not Google's.
        tags: all tags.
    """

    children: list[str] | None = None
    manifests: dict[str, ManifestInfo] | None = None
    name: str = ""
    tags: list[str] | None = None

    def to_json(self) -> bytes:
        """Write the JSON that Go writes, with sorted manifests.

        Returns:
            The document.

        Examples:
            >>> Tags(name="app", tags=["1"]).to_json()
            b'{"child":null,"manifest":null,"name":"app","tags":["1"]}'
        """
        return json.marshal(self)


@dataclass(slots=True)
class _RawInfo:
    size: str = ""
    media_type: str = ""
    created: str = ""
    uploaded: str = ""
    tags: list[str] | None = None


_RAW_INFO = Struct(
    "google.rawManifestInfo",
    _RawInfo,
    Field("size", "imageSizeBytes", STRING),
    Field("media_type", "mediaType", STRING),
    Field("created", "timeCreatedMs", STRING),
    Field("uploaded", "timeUploadedMs", STRING),
    Field("tags", "tag", Slice(STRING)),
)


class _InnerState(State):
    """The state of a document inside another one: errors name the fields of both."""

    __slots__ = ("_outer",)

    def __init__(self, outer: State) -> None:
        super().__init__()
        self._outer = outer

    def type_error(self, value: str, type_name: str) -> JSONError:
        fields, self._outer.fields = self._outer.fields, [*self._outer.fields, *self.fields]
        try:
            return self._outer.type_error(value, type_name)
        finally:
            self._outer.fields = fields


def _decode(node: Node, current: ManifestInfo | None, outer: State) -> ManifestInfo:
    """``ManifestInfo.UnmarshalJSON``."""
    state = _InnerState(outer)
    raw = _RAW_INFO.decode(node, _RawInfo(), state)
    if state.saved is not None:
        raise state.saved
    before = current or ManifestInfo()
    size = parse_uint(raw.size) if raw.size else before.size
    created = time_of(parse_int(raw.created)) if raw.created else before.created
    uploaded = time_of(parse_int(raw.uploaded)) if raw.uploaded else before.uploaded
    return ManifestInfo(size, raw.media_type, created, uploaded, raw.tags)


def _encode(info: ManifestInfo) -> str:
    raw = _RawInfo(
        str(info.size),
        info.media_type,
        str(_milliseconds(info.created)),
        str(_milliseconds(info.uploaded)),
        info.tags,
    )
    return _RAW_INFO.encode(raw)


def time_of(milliseconds: int) -> Time:
    """A point in time from milliseconds since 1970 (``fromUnixMs``)."""
    seconds, rest = divmod(milliseconds, 1000)
    return Time(seconds, rest * 1_000_000, 0)


def _milliseconds(time: Time) -> int:
    """Milliseconds since 1970; Go counts nanoseconds in 64 bits, which overflow (``toUnixMs``)."""
    nanoseconds = time.seconds * 1_000_000_000 + time.nanoseconds
    wrapped = (nanoseconds + (1 << 63)) % (1 << 64) - (1 << 63)
    return wrapped // 1_000_000 if wrapped >= 0 else -(-wrapped // 1_000_000)


_MANIFEST_INFO: Unmarshaler[ManifestInfo] = Unmarshaler(
    "google.ManifestInfo", ManifestInfo(), _decode, _encode
)

TAGS = Struct(
    "google.Tags",
    Tags,
    Field("children", "child", Slice(STRING)),
    Field("manifests", "manifest", Map(_MANIFEST_INFO, "map[string]google.ManifestInfo")),
    Field("name", "name", STRING),
    Field("tags", "tags", Slice(STRING)),
)
