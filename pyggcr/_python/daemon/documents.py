"""What daemons answer: types of github.com/moby/moby/api in JSON.

Fields that nobody here asks for are there for their types, which Go checks, unless they have
structs of their own (GraphDriver, Metadata, Descriptor, Manifests, Identity).
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd import json
from pyggcr._gostd.json import BOOL, STRING, Field, Integer, Kind, Pointer, Set, Slice, Struct
from pyggcr._gostd.json.scanner import Node, Object
from pyggcr._gostd.json.state import State
from pyggcr.errors import DaemonError, Error
from pyggcr.v1.kinds import INT64, STRING_MAP, STRINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar
else:
    from pyggcr._typing import Any, TypeVar


__all__ = [
    "HISTORY",
    "INFO",
    "INSPECT",
    "REFUSAL",
    "VERSION",
    "Healthcheck",
    "HistoryItem",
    "ImageConfig",
    "Info",
    "Inspect",
    "Listed",
    "Refusal",
    "RootFS",
    "Version",
    "decode",
    "unmarshal",
]

_T = TypeVar("_T")


def unmarshal(data: bytes, kind: Kind[_T]) -> _T:
    """The document that an answer is (``json.Unmarshal``).

    Raises:
        DaemonError: it is none, or a value has the wrong type; the text is Go's.
    """
    try:
        return json.unmarshal(data, kind)
    except Error as error:
        raise DaemonError(str(error)) from error


def decode(data: bytes, kind: Kind[_T]) -> _T:
    """The document that an answer begins with (``json.Decoder.Decode``); raises likewise."""
    try:
        return json.decode(data, kind)
    except Error as error:
        raise DaemonError(str(error)) from error


@dataclass(slots=True)
class RootFS:
    """``image.RootFS``."""

    type: str = ""
    layers: list[str] | None = None


@dataclass(slots=True)
class Healthcheck:
    """``HealthcheckConfig`` of docker-image-spec; times are in nanoseconds."""

    test: list[str] | None = None
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0


@dataclass(slots=True)
class ImageConfig:
    """``DockerOCIImageConfig`` of docker-image-spec."""

    user: str = ""
    exposed_ports: set[str] | None = None
    env: list[str] | None = None
    entrypoint: list[str] | None = None
    cmd: list[str] | None = None
    volumes: set[str] | None = None
    working_dir: str = ""
    labels: dict[str, str] | None = None
    stop_signal: str = ""
    args_escaped: bool = False
    healthcheck: Healthcheck | None = None
    on_build: list[str] | None = None
    shell: list[str] | None = None


@dataclass(slots=True)
class Inspect:
    """``image.InspectResponse``."""

    id: str = ""
    repo_tags: list[str] | None = None
    repo_digests: list[str] | None = None
    comment: str = ""
    created: str = ""
    author: str = ""
    config: ImageConfig | None = None
    architecture: str = ""
    variant: str = ""
    os: str = ""
    os_version: str = ""
    size: int = 0
    root_fs: RootFS = field(default_factory=RootFS)


@dataclass(slots=True)
class Listed:
    """What of ``image.Summary`` names an image."""

    id: str = ""
    repo_tags: list[str] | None = None


@dataclass(slots=True)
class HistoryItem:
    """``image.HistoryResponseItem``; ``created`` is in seconds since 1970."""

    comment: str = ""
    created: int = 0
    created_by: str = ""
    id: str = ""
    size: int = 0
    tags: list[str] | None = None


@dataclass(slots=True)
class Refusal:
    """``common.ErrorResponse``."""

    message: str = ""


@dataclass(slots=True)
class Component:
    """A part of what answers, such as ``Engine``, or ``Podman Engine``."""

    name: str = ""


@dataclass(slots=True)
class Version:
    """``GET /version``."""

    version: str = ""
    api_version: str = ""
    os: str = ""
    arch: str = ""
    components: list[Component] | None = None


@dataclass(slots=True)
class Info:
    """``GET /info``; the status is made of pairs."""

    driver: str = ""
    driver_status: list[list[str] | None] | None = None


class _Embedded(Kind[Any]):
    """A field of a struct that is embedded in another; errors name that one too."""

    def __init__(self, struct: str, kind: Kind[Any]) -> None:
        self.name = kind.name
        self._struct = struct
        self._kind = kind

    def zero(self) -> Any:
        return self._kind.zero()

    def decode(self, node: Node, current: Any, state: State) -> Any:
        state.fields.insert(-1, self._struct)
        decoded = self._kind.decode(node, current, state)
        del state.fields[-2]
        return decoded

    def encode(self, value: Any) -> str:
        return self._kind.encode(value)


class _Embedding(Struct[_T]):
    """A struct that is nothing but another one, embedded in it."""

    def __init__(self, name: str, embedded: str, type_: type[_T], *fields: Field) -> None:
        super().__init__(name, type_, *fields)
        self._embedded = embedded

    def decode(self, node: Node, current: _T, state: State) -> _T:
        if not isinstance(node, Object):
            return self.refuse(node, current, state)
        state.fields.append(self._embedded)
        decoded = super().decode(node, current, state)
        state.fields.pop()
        return decoded


def _oci(kind: Kind[Any]) -> Kind[Any]:
    return _Embedded("ImageConfig", kind)


def _docker(kind: Kind[Any]) -> Kind[Any]:
    return _Embedded("DockerOCIImageConfigExt", kind)


_DURATION = Integer("time.Duration")
_ROOT_FS = Struct(
    "image.RootFS",
    RootFS,
    Field("type", "Type", STRING),
    Field("layers", "Layers", STRINGS),
)
_HEALTHCHECK = Struct(
    "v1.HealthcheckConfig",
    Healthcheck,
    Field("test", "Test", STRINGS),
    Field("interval", "Interval", _DURATION),
    Field("timeout", "Timeout", _DURATION),
    Field("start_period", "StartPeriod", _DURATION),
    Field("start_interval", "StartInterval", _DURATION),
    Field("retries", "Retries", Integer("int")),
)
_CONFIG = Struct(
    "v1.DockerOCIImageConfig",
    ImageConfig,
    Field("user", "User", _oci(STRING)),
    Field("exposed_ports", "ExposedPorts", _oci(Set())),
    Field("env", "Env", _oci(STRINGS)),
    Field("entrypoint", "Entrypoint", _oci(STRINGS)),
    Field("cmd", "Cmd", _oci(STRINGS)),
    Field("volumes", "Volumes", _oci(Set())),
    Field("working_dir", "WorkingDir", _oci(STRING)),
    Field("labels", "Labels", _oci(STRING_MAP)),
    Field("stop_signal", "StopSignal", _oci(STRING)),
    Field("args_escaped", "ArgsEscaped", _oci(BOOL)),
    Field("healthcheck", "Healthcheck", _docker(Pointer(_HEALTHCHECK))),
    Field("on_build", "OnBuild", _docker(STRINGS)),
    Field("shell", "Shell", _docker(STRINGS)),
)
# No function of Go's package asks for these; the names are those of image.Summary.
LISTED = Slice(
    Struct(
        "image.Summary",
        Listed,
        Field("id", "Id", STRING),
        Field("repo_tags", "RepoTags", STRINGS),
    )
)
INSPECT = _Embedding(
    "client.ImageInspectResult",
    "InspectResponse",
    Inspect,
    Field("id", "Id", STRING),
    Field("repo_tags", "RepoTags", STRINGS),
    Field("repo_digests", "RepoDigests", STRINGS),
    Field("comment", "Comment", STRING),
    Field("created", "Created", STRING),
    Field("author", "Author", STRING),
    Field("config", "Config", Pointer(_CONFIG)),
    Field("architecture", "Architecture", STRING),
    Field("variant", "Variant", STRING),
    Field("os", "Os", STRING),
    Field("os_version", "OsVersion", STRING),
    Field("size", "Size", INT64),
    Field("root_fs", "RootFS", _ROOT_FS),
)
HISTORY = Slice(
    Struct(
        "image.HistoryResponseItem",
        HistoryItem,
        Field("comment", "Comment", STRING),
        Field("created", "Created", INT64),
        Field("created_by", "CreatedBy", STRING),
        Field("id", "Id", STRING),
        Field("size", "Size", INT64),
        Field("tags", "Tags", STRINGS),
    )
)
REFUSAL = Struct("common.ErrorResponse", Refusal, Field("message", "message", STRING))
COMPONENT = Struct("system.ComponentVersion", Component, Field("name", "Name", STRING))
VERSION = Struct(
    "system.VersionResponse",
    Version,
    Field("version", "Version", STRING),
    Field("api_version", "ApiVersion", STRING),
    Field("os", "Os", STRING),
    Field("arch", "Arch", STRING),
    Field("components", "Components", Slice(COMPONENT)),
)
INFO = Struct(
    "system.Info",
    Info,
    Field("driver", "Driver", STRING),
    Field("driver_status", "DriverStatus", Slice(STRINGS, "[][2]string")),
)
