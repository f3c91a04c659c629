"""Reads the file of ``sync``: what to copy, and where.

``nodes`` parses the YAML and ``schema`` checks the types of values; this module checks what they
mean together, and fills in defaults.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pyggcr import name, v1
from pyggcr._dataclasses import dataclass
from pyggcr.errors import ConfigurationError, Error
from pyggcr.store.transports import parse_location
from pyggcr.sync.filters import Names, Tags, glob, regex
from pyggcr.sync.nodes import parse
from pyggcr.sync.schema import FILE, Value, check
from pyggcr.sync.versions import parse_range

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeVar
else:
    from pyggcr._typing import Literal, TypeVar


__all__ = ["DEFAULT_JOBS", "Config", "Entry", "Kind", "Options", "Target", "parse_config"]

DEFAULT_JOBS = 4
_DEFAULT_TIMEOUT = 3600.0  # seconds
_VERSION = 1
_KINDS = ("image", "repository", "registry")

Kind = Literal["image", "repository", "registry"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Options:
    """How the images of an entry are copied.

    Attributes:
        platform: copy only the image for this platform; ``None`` for the whole index.
        platforms: copy an index of the images for these platforms only; empty for all.
        referrers: whether to copy the referrers of an image, such as attestations.
        digest_tags: whether to copy tags made of digests, such as signatures of cosign.
        overwrite: whether tags of the target may be moved to another image.
        timeout: seconds for each image.
    """

    platform: v1.Platform | None = None
    platforms: tuple[v1.Platform, ...] = ()
    referrers: bool = False
    digest_tags: bool = False
    overwrite: bool = True
    timeout: float = _DEFAULT_TIMEOUT

    @property
    def attached(self) -> bool:
        """Whether anything is copied beside the image itself."""
        return self.referrers or self.digest_tags


@dataclass(frozen=True, slots=True)
class Target:
    """Where to copy images.

    Attributes:
        kind: ``docker`` for a registry, ``oci`` for an OCI layout, ``oci-archive`` for a folder of
            archives.
        text: the repository, the prefix of repositories, or the folder.
        is_prefix: whether the path of the source's repository is appended.
        tag: the tag of the copy; empty for the tag of the source.
    """

    kind: Literal["docker", "oci", "oci-archive"]
    text: str
    is_prefix: bool = False
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the list ``sync`` of a file.

    Attributes:
        kind: what the sources are: ``image``, ``repository`` or ``registry``.
        sources: references of images, repositories or registries.
        targets: where to copy them.
        repositories: selects repositories of registries.
        tags: selects tags of repositories.
        options: how to copy each image.
        line: the line of the entry in the file, from 1.
    """

    kind: Kind
    sources: tuple[str, ...]
    targets: tuple[Target, ...]
    repositories: Names
    tags: Tags
    options: Options
    line: int


@dataclass(frozen=True, slots=True)
class Config:
    """The content of a file of ``sync``; ``parse_config`` makes it.

    Attributes:
        entries: what to copy, and where.
        jobs: how many images are copied at once.
    """

    entries: tuple[Entry, ...]
    jobs: int = DEFAULT_JOBS


def parse_config(data: bytes, shown: str = "the file") -> Config:
    """Read a file of ``sync`` (docs/sync.md).

    Args:
        data: the content of the file: YAML in UTF-8, at most 1 MiB.
        shown: the name of the file in errors; default ``the file``.

    Returns:
        What the file says, with defaults filled in.

    Raises:
        ConfigurationError: the file is wrong; the text begins with the file and the line.
        UnsupportedOptionError: PyYAML is not installed; the extra ``sync`` installs it.
        CancelledError: the call was cancelled or took longer than its timeout.
    """
    whole = check(parse(data, shown), FILE, shown).value
    reader = _Reader(shown)
    version = whole["version"]
    if version.value != _VERSION:
        raise reader.error(version.line, f"version must be {_VERSION}, not {version.value}")
    defaults = reader.options(whole.get("defaults"), Options())
    entries = tuple(reader.entry(it, defaults) for it in whole["sync"].value)
    if not entries:
        raise reader.error(whole["sync"].line, "sync is empty")
    jobs = whole["jobs"].value if "jobs" in whole else DEFAULT_JOBS
    return Config(entries, jobs)


class _Reader:
    """Makes entries of values."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def error(self, line: int, text: str) -> ConfigurationError:
        return ConfigurationError(f"{self._shown}:{line}: {text}")

    def _told(self, value: Value, parsed: Callable[[str], _T]) -> _T:
        """A text parsed, with the line in its error."""
        try:
            return parsed(value.value)
        except Error as error:
            raise self.error(value.line, str(error)) from None

    def entry(self, given: Value, defaults: Options) -> Entry:
        keys = given.value
        kinds = [kind for kind in _KINDS if kind in keys]
        if len(kinds) != 1:
            raise self.error(given.line, "an entry has one of the keys image, repository, registry")
        kind = kinds[0]
        for key, needs in (("tags", ("repository", "registry")), ("repositories", ("registry",))):
            if key in keys and kind not in needs:
                raise self.error(given.lines[key], f"{key} is for {' and '.join(needs)}")
        read = {"image": _check_image, "repository": _repository, "registry": name.new_registry}[
            kind
        ]
        sources = keys[kind].value
        for source in sources:
            self._told(source, read)  # type: ignore[arg-type]
        options = self.options(given, defaults)
        targets = tuple(self._target(it, kind, options) for it in keys["to"].value)  # type: ignore[arg-type]
        if len(sources) > 1 and kind != "registry":
            self._check_several(keys["to"].value, targets)
        return Entry(
            kind,  # type: ignore[arg-type]
            tuple(it.value for it in sources),
            targets,
            self._names(keys.get("repositories")),
            self._tags(keys.get("tags")),
            options,
            given.line,
        )

    def _check_several(self, given: list[Value], targets: tuple[Target, ...]) -> None:
        for value, target in zip(given, targets, strict=True):
            if target.kind == "docker" and not target.is_prefix:
                raise self.error(
                    value.line,
                    f"{value.value} is one repository, and there are several sources; with a "
                    "slash at its end the path of each source is added",
                )

    def options(self, given: Value | None, defaults: Options) -> Options:
        keys = {} if given is None else given.value
        chosen = {
            key: keys[key].value for key in ("referrers", "overwrite", "timeout") if key in keys
        }
        if "digest-tags" in keys:
            chosen["digest_tags"] = keys["digest-tags"].value
        if "platform" in keys and "platforms" in keys:
            assert given is not None
            line = given.lines["platforms"]
            raise self.error(line, "platform copies one image, platforms an index; choose one")
        if "platform" in keys:
            chosen["platform"] = self._told(keys["platform"], v1.parse_platform)
            chosen["platforms"] = ()
        if "platforms" in keys:
            chosen["platforms"] = tuple(
                self._told(it, v1.parse_platform) for it in keys["platforms"].value
            )
            chosen["platform"] = None
        before = {key: getattr(defaults, key) for key in Options.__slots__}
        return Options(**{**before, **chosen})

    def _target(self, given: Value, kind: Kind, options: Options) -> Target:
        target = self._told(given, lambda text: _target(text, kind))
        if target.kind != "docker" and options.attached:
            raise self.error(
                given.line,
                f"{target.kind}: holds no referrers and no digest-tags; set both to false here",
            )
        if target.kind != "docker" and not options.overwrite:
            raise self.error(given.line, f"overwrite: false is for registries, not {target.kind}:")
        return target

    def _names(self, given: Value | None) -> Names:
        if given is None:
            return Names()
        if isinstance(given.value, list):
            return Names(self._patterns(given, glob))
        keys = given.value
        return Names(
            self._patterns(keys.get("include"), glob),
            self._patterns(keys.get("exclude"), glob),
            self._patterns(keys.get("regex"), regex),
        )

    def _patterns(
        self, given: Value | None, made: Callable[[str], re.Pattern[str]]
    ) -> tuple[re.Pattern[str], ...]:
        return () if given is None else tuple(self._told(it, made) for it in given.value)

    def _tags(self, given: Value | None) -> Tags:
        names = self._names(given)
        if given is None or isinstance(given.value, list):
            return Tags(names)
        keys, lines = given.value, given.lines
        by = keys["by"].value if "by" in keys else "semver"
        if "by" in keys and "newest" not in keys:
            raise self.error(lines["by"], "by is for newest")
        if (
            "prereleases" in keys
            and "semver" not in keys
            and ("newest" not in keys or by != "semver")
        ):
            raise self.error(lines["prereleases"], "prereleases is for semver and newest by semver")
        versions = self._told(keys["semver"], parse_range) if "semver" in keys else None
        return Tags(
            names,
            versions,
            "prereleases" in keys and keys["prereleases"].value,
            keys["newest"].value if "newest" in keys else 0,
            by == "created",
        )


def _repository(text: str) -> object:
    return name.new_repository(text)


def _check_image(text: str) -> object:
    return name.parse_reference(text)


def _target(text: str, kind: Kind) -> Target:
    location = parse_location(text)
    if location is not None and location.transport in ("oci", "oci-archive"):
        if location.reference or location.position is not None:
            raise ConfigurationError(
                f"{text}: images are called as their sources are; name a folder"
            )
        return Target(location.transport, location.name, is_prefix=True)
    if location is not None and location.transport != "docker":
        raise ConfigurationError(
            f"{text}: images are copied to registries, oci:FOLDER and oci-archive:FOLDER"
        )
    rest = text if location is None else location.name
    if "@" in rest:
        raise ConfigurationError(f"{text}: a target has no digest")
    if kind == "registry" or rest.endswith("/"):
        prefix = rest.rstrip("/")
        name.new_repository(f"{prefix}/any")
        return Target("docker", prefix, is_prefix=True)
    before, slash, last = rest.rpartition("/")
    repository, colon, tag = last.partition(":")
    if colon and slash:
        if kind != "image":
            raise ConfigurationError(f"{text}: tags keep their names; name a repository")
        name.new_tag(rest)
        return Target("docker", f"{before}/{repository}", tag=tag)
    name.new_repository(rest)
    return Target("docker", rest)
