"""``v1.ConfigFile``: the config of an image, which says how it was made and how to run it.

Mirrors pkg/v1/config.go. ``None`` stands for Go's nil list or map; an empty list or map stays
empty.
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd import json
from pyggcr._gostd.json import BOOL, STRING, Field, Integer, Pointer, Set, Slice, Struct
from pyggcr.v1.hash import Hash
from pyggcr.v1.kinds import HASH, STRING_MAP, STRINGS
from pyggcr.v1.platform import Platform
from pyggcr.v1.time import TIME, ZERO_TIME, Time

__all__ = [
    "CONFIG",
    "CONFIG_FILE_FIELDS",
    "Config",
    "ConfigFile",
    "HealthConfig",
    "History",
    "RootFS",
    "parse_config_file",
]


@dataclass(slots=True)
class History:
    """How a layer, or an instruction without a layer, was made (``v1.History``).

    Attributes:
        author: who made it.
        created: when it was made.
        created_by: the command that made it.
        comment: a free text.
        empty_layer: whether there is no layer for this entry.
    """

    author: str = ""
    created: Time = ZERO_TIME
    created_by: str = ""
    comment: str = ""
    empty_layer: bool = False


@dataclass(slots=True)
class RootFS:
    """The layers of an image by their DiffIDs (``v1.RootFS``).

    Attributes:
        type: ``layers``.
        diff_ids: hashes of the uncompressed layers, base layer first.
    """

    type: str = ""
    diff_ids: list[Hash] | None = None


@dataclass(slots=True)
class HealthConfig:
    """How to check that a container is healthy (``v1.HealthConfig``).

    Attributes:
        test: the command, after ``CMD`` or ``CMD-SHELL``; ``["NONE"]`` turns the check off.
        interval: nanoseconds between checks; 0 inherits.
        timeout: nanoseconds after which a check has failed; 0 inherits.
        start_period: nanoseconds for which failures of a new container do not count; 0 inherits.
        retries: how many failures in a row make the container unhealthy; 0 inherits.
    """

    test: list[str] | None = None
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    retries: int = 0


@dataclass(slots=True)
class Config:
    """How to run a container from the image (``v1.Config``).

    The fields have the names of Docker's settings, such as ``cmd``, ``entrypoint``, ``env`` and
    ``working_dir``. ``volumes`` and ``exposed_ports`` are sets of the keys of Go's maps.
    """

    attach_stderr: bool = False
    attach_stdin: bool = False
    attach_stdout: bool = False
    cmd: list[str] | None = None
    healthcheck: HealthConfig | None = None
    domainname: str = ""
    entrypoint: list[str] | None = None
    env: list[str] | None = None
    hostname: str = ""
    image: str = ""
    labels: dict[str, str] | None = None
    on_build: list[str] | None = None
    open_stdin: bool = False
    stdin_once: bool = False
    tty: bool = False
    user: str = ""
    volumes: set[str] | None = None
    working_dir: str = ""
    exposed_ports: set[str] | None = None
    args_escaped: bool = False
    network_disabled: bool = False
    mac_address: str = ""
    stop_signal: str = ""
    shell: list[str] | None = None


@dataclass(slots=True)
class ConfigFile:
    """The config file of an image (``v1.ConfigFile``).

    Attributes:
        raw: the document that it was parsed from; ``None`` if it was not parsed.
    """

    architecture: str = ""
    author: str = ""
    container: str = ""
    created: Time = ZERO_TIME
    docker_version: str = ""
    history: list[History] | None = None
    os: str = ""
    rootfs: RootFS = field(default_factory=RootFS)
    config: Config = field(default_factory=Config)
    os_version: str = ""
    variant: str = ""
    os_features: list[str] | None = None
    raw: bytes | None = field(default=None, compare=False, repr=False)

    def platform(self) -> Platform | None:
        """Return the platform that the image is for (``ConfigFile.Platform``).

        Returns:
            The platform, or ``None`` if the config says nothing about it.
        """
        if not (
            self.os or self.architecture or self.os_version or self.variant or self.os_features
        ):
            return None
        return Platform(
            architecture=self.architecture,
            os=self.os,
            os_version=self.os_version,
            os_features=self.os_features,
            variant=self.variant,
        )


_DURATION = Integer("time.Duration")
_HISTORY = Struct(
    "v1.History",
    History,
    Field("author", "author", STRING, omitempty=True),
    Field("created", "created", TIME, omitempty=True),
    Field("created_by", "created_by", STRING, omitempty=True),
    Field("comment", "comment", STRING, omitempty=True),
    Field("empty_layer", "empty_layer", BOOL, omitempty=True),
)
_ROOT_FS = Struct(
    "v1.RootFS",
    RootFS,
    Field("type", "type", STRING),
    Field("diff_ids", "diff_ids", Slice(HASH)),
)
_HEALTH_CONFIG = Struct(
    "v1.HealthConfig",
    HealthConfig,
    Field("test", "Test", STRINGS, omitempty=True),
    Field("interval", "Interval", _DURATION, omitempty=True),
    Field("timeout", "Timeout", _DURATION, omitempty=True),
    Field("start_period", "StartPeriod", _DURATION, omitempty=True),
    Field("retries", "Retries", Integer("int"), omitempty=True),
)
CONFIG = Struct(
    "v1.Config",
    Config,
    Field("attach_stderr", "AttachStderr", BOOL, omitempty=True),
    Field("attach_stdin", "AttachStdin", BOOL, omitempty=True),
    Field("attach_stdout", "AttachStdout", BOOL, omitempty=True),
    Field("cmd", "Cmd", STRINGS, omitempty=True),
    Field("healthcheck", "Healthcheck", Pointer(_HEALTH_CONFIG), omitempty=True),
    Field("domainname", "Domainname", STRING, omitempty=True),
    Field("entrypoint", "Entrypoint", STRINGS, omitempty=True),
    Field("env", "Env", STRINGS, omitempty=True),
    Field("hostname", "Hostname", STRING, omitempty=True),
    Field("image", "Image", STRING, omitempty=True),
    Field("labels", "Labels", STRING_MAP, omitempty=True),
    Field("on_build", "OnBuild", STRINGS, omitempty=True),
    Field("open_stdin", "OpenStdin", BOOL, omitempty=True),
    Field("stdin_once", "StdinOnce", BOOL, omitempty=True),
    Field("tty", "Tty", BOOL, omitempty=True),
    Field("user", "User", STRING, omitempty=True),
    Field("volumes", "Volumes", Set(), omitempty=True),
    Field("working_dir", "WorkingDir", STRING, omitempty=True),
    Field("exposed_ports", "ExposedPorts", Set(), omitempty=True),
    Field("args_escaped", "ArgsEscaped", BOOL, omitempty=True),
    Field("network_disabled", "NetworkDisabled", BOOL, omitempty=True),
    Field("mac_address", "MacAddress", STRING, omitempty=True),
    Field("stop_signal", "StopSignal", STRING, omitempty=True),
    Field("shell", "Shell", STRINGS, omitempty=True),
)
CONFIG_FILE_FIELDS = (
    Field("architecture", "architecture", STRING),
    Field("author", "author", STRING, omitempty=True),
    Field("container", "container", STRING, omitempty=True),
    Field("created", "created", TIME, omitempty=True),
    Field("docker_version", "docker_version", STRING, omitempty=True),
    Field("history", "history", Slice(_HISTORY), omitempty=True),
    Field("os", "os", STRING),
    Field("rootfs", "rootfs", _ROOT_FS),
    Field("config", "config", CONFIG),
    Field("os_version", "os.version", STRING, omitempty=True),
    Field("variant", "variant", STRING, omitempty=True),
    Field("os_features", "os.features", STRINGS, omitempty=True),
)
_CONFIG_FILE = Struct("v1.ConfigFile", ConfigFile, *CONFIG_FILE_FIELDS)


def parse_config_file(data: bytes) -> ConfigFile:
    """Parse a config file (``v1.ParseConfigFile``).

    Args:
        data: JSON; what follows the first document is ignored.

    Returns:
        The config file.

    Raises:
        JSONError: the document is malformed, or a value has the wrong type.
        InvalidHashError: a digest in it is malformed.
        TruncatedError: it ends too early.

    Examples:
        >>> parse_config_file(b'{"os": "linux", "architecture": "arm64"}').platform().architecture
        'arm64'
    """
    config = json.decode(data, _CONFIG_FILE)
    config.raw = data
    return config
