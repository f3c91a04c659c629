"""``image`` and ``index``: layers on top of a base, with a config, for one platform or several.

The documents of the base are changed as JSON, so that unknown fields are kept. The layers of the
base are not read; when they are pushed to their registry, they are mounted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from pyggcr import v1
from pyggcr._layers.blob_layer import RetypedLayer
from pyggcr._layers.composed import (
    ComposedImage,
    described,
    document,
    index_of,
    platform_document,
    serialized,
)
from pyggcr.build.clock import rfc3339, seconds_of
from pyggcr.build.media import OCI, Family, family_named, family_of
from pyggcr.errors import BuildError, ImageNotFoundError
from pyggcr.limits import check_known
from pyggcr.types import MediaType
from pyggcr.v1.platform import Platform, parse_platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from typing import Any, TypedDict

    from typing_extensions import Unpack

    from pyggcr.build.media import FamilyName
else:
    from pyggcr._typing import TypedDict

__all__ = ["DEFAULT_PLATFORM", "Settings", "image", "index"]

DEFAULT_PLATFORM = "linux/amd64"

_CREATED_BY = "pyggcr build"
_ATTESTATION = "unknown"  # the platform that BuildKit gives to what is no image


class Settings(TypedDict, total=False):
    """How an image is run and described; what is not given is taken from the base.

    Attributes:
        entrypoint: the program and its first arguments; the base's ``cmd`` is then dropped.
        cmd: the arguments that a user may replace.
        env: variables; those of the base are kept, in their places.
        labels: labels; those of the base are kept.
        user: a user, or ``user:group``, by name or number.
        workdir: an absolute path.
        ports: such as ``8080`` or ``53/udp``, added to those of the base.
        volumes: absolute paths, added to those of the base.
        stop_signal: such as ``SIGTERM``.
        author: who made the image.
        annotations: annotations of the manifest, added to those of the base.
        created: when the image was made, in seconds since 1970 or as a ``datetime`` with a time
            zone; ``None`` for ``SOURCE_DATE_EPOCH``, or 1970.
        comment: of the new layers, in the history.
        media_types: ``oci`` (default) or ``docker``, for an image without a base.
    """

    entrypoint: Sequence[str]
    cmd: Sequence[str]
    env: Mapping[str, str]
    labels: Mapping[str, str]
    user: str
    workdir: str
    ports: Iterable[str | int]
    volumes: Iterable[str]
    stop_signal: str
    author: str
    annotations: Mapping[str, str]
    created: int | dt.datetime | None
    comment: str
    media_types: FamilyName


def image(
    base: v1.Image | None = None,
    layers: Sequence[v1.Layer] = (),
    *,
    platform: str | Platform | None = None,
    **settings: Unpack[Settings],
) -> v1.Image:
    r"""Make an image of a base, further layers and settings.

    Manifest and config are rewritten with everything that the base's contain, except ``subject``.
    Media types are those of the base. If the base has a history, each new layer gets an entry in
    it; if it has none, there is none.

    Args:
        base: any image; default: none. Its layers are not read.
        layers: the new layers, lowest first, made by ``layer`` or otherwise.
        platform: such as ``linux/arm64``; default: that of the base, or ``linux/amd64``.
        settings: see ``Settings``.

    Returns:
        An image with the same digest on every machine and engine. It uses the base and the layers,
        so close them later.

    Raises:
        BuildError: the base is not a container image, or its history does not fit its layers; or a
            setting is invalid.
        UnsupportedOptionError: the media types of the base have none for the compression of a
            layer.
        InvalidPlatformError: the platform is malformed.
        TypeError: an argument has another type.
        Error: the base or a layer cannot be read; the subclass says why.

    Examples:
        >>> from pyggcr import build
        >>> app = build.image(
        ...     layers=[build.layer({"/hello": "#!/bin/sh\necho hello"})], entrypoint=["/hello"]
        ... )
        >>> app.config_file().config.entrypoint
        ['/hello']
        >>> str(app.digest())[:19]
        'sha256:623a14f6d05d'
    """
    check_known(settings, Settings.__annotations__)
    if base is not None and not isinstance(base, v1.Image):
        raise TypeError(f"expected an Image, not {type(base).__name__}")
    for layer in layers:
        if not isinstance(layer, v1.Layer):
            raise TypeError(f"expected a Layer, not {type(layer).__name__}")
    recipe = _Recipe(layers, settings)
    wanted = parse_platform(platform) if isinstance(platform, str) else platform
    return recipe.from_nothing(wanted) if base is None else recipe.on(base, wanted)


def index(
    base: v1.ImageIndex | Mapping[str, v1.Image] | None = None,
    layers: Sequence[v1.Layer] | Mapping[str, Sequence[v1.Layer]] = (),
    *,
    platforms: Sequence[str] | None = None,
    **settings: Unpack[Settings],
) -> v1.ImageIndex:
    """Make an image for each of several platforms, and an index of them.

    Args:
        base: an index, whose images for the platforms are used; or the image for each platform by
            its name; default: none.
        layers: the new layers of every image; or those for each platform by its name.
        platforms: such as ``linux/amd64``; default: all that the base has.
        settings: see ``Settings``; annotations go to each image.

    Returns:
        An index in the order of the platforms, of the base's media type or OCI's.

    Raises:
        ImageNotFoundError: the base has no image for a platform; the message lists its platforms.
        BuildError: the base is not a container image, or its history does not fit its layers; or a
            setting is invalid.
        UnsupportedOptionError: the media types of the base have none for the compression of a
            layer.
        InvalidPlatformError: the platform is malformed.
        TypeError: an argument has another type.
        Error: the base or a layer cannot be read; the subclass says why.

    Examples:
        >>> from pyggcr import build
        >>> both = build.index(platforms=["linux/amd64", "linux/arm64"], entrypoint=["/hello"])
        >>> [str(entry.platform) for entry in both.index_manifest().manifests]
        ['linux/amd64', 'linux/arm64']
    """
    check_known(settings, Settings.__annotations__)
    bases = _bases(base, platforms)
    family = _index_family(base, settings)
    made = []
    for name, below in bases.items():
        own = layers.get(name, ()) if isinstance(layers, Mapping) else layers
        one = image(below, own, platform=None if below else name, **settings)
        made.append((one.config_file().platform() or parse_platform(name), one))
    if isinstance(layers, Mapping) and (extra := layers.keys() - bases.keys()):
        raise ImageNotFoundError(
            f"layers are given for {', '.join(sorted(extra))}, but there is {', '.join(bases)}"
        )
    return index_of(made, family.index)


def _bases(
    base: v1.ImageIndex | Mapping[str, v1.Image] | None, platforms: Sequence[str] | None
) -> dict[str, v1.Image | None]:
    """The image below for each platform, by the names that were asked for."""
    if base is None:
        if not platforms:
            raise BuildError("platforms are needed where there is no base")
        return dict.fromkeys(platforms)
    found: Mapping[str, Callable[[], v1.Image]]
    found = _given(base) if isinstance(base, Mapping) else _listed(base)
    chosen: dict[str, v1.Image | None] = {}
    for name in platforms if platforms is not None else found:
        wanted = parse_platform(name)
        fitting = [other for other in found if parse_platform(other).satisfies(wanted)]
        if not fitting:
            raise ImageNotFoundError(
                f"the base has no image for {name}: it has {', '.join(found) or 'none'}"
            )
        chosen[name] = found[fitting[0]]()
    return chosen


def _given(base: Mapping[str, v1.Image]) -> dict[str, Callable[[], v1.Image]]:
    def giver(image: v1.Image) -> Callable[[], v1.Image]:
        return lambda: image

    return {name: giver(image) for name, image in base.items()}


def _listed(base: v1.ImageIndex) -> dict[str, Callable[[], v1.Image]]:
    def opener(digest: v1.Hash) -> Callable[[], v1.Image]:
        return lambda: base.image(digest)

    found: dict[str, Callable[[], v1.Image]] = {}
    for entry in base.index_manifest().manifests or ():
        if not entry.media_type.is_image():
            continue
        # Docker's layouts name no platform.
        platform = entry.platform or base.image(entry.digest).config_file().platform()
        if platform is not None and platform.os != _ATTESTATION:
            if str(platform) in found:
                raise BuildError(f"the base has several images for {platform}; choose one of them")
            found[str(platform)] = opener(entry.digest)
    if not found:
        raise BuildError("the base has no image with a platform")
    return found


def _index_family(base: object, settings: Settings) -> Family:
    if isinstance(base, v1.ImageIndex):
        return family_of(base.media_type())
    if isinstance(base, Mapping) and base:
        return family_of(next(iter(base.values())).media_type())
    return family_named(settings.get("media_types", OCI.name))


class _Recipe:
    """Layers and settings, for any base."""

    def __init__(self, layers: Sequence[v1.Layer], settings: Settings) -> None:
        self._layers = layers
        self._settings = settings
        self._created = rfc3339(seconds_of(settings.get("created")))

    def from_nothing(self, platform: Platform | None) -> ComposedImage:
        """The image of these layers alone."""
        family = family_named(self._settings.get("media_types", OCI.name))
        config: dict[str, Any] = {
            "created": self._created,
            "architecture": "",
            "os": "",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": []},
            "history": [],
        }
        manifest: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": str(family.manifest),
            "config": {},
            "layers": [],
        }
        _set_platform(config, platform or parse_platform(DEFAULT_PLATFORM))
        return self._made(family, manifest, config, [])

    def on(self, base: v1.Image, platform: Platform | None) -> ComposedImage:
        """The image on top of a base."""
        family = family_of(base.media_type())
        if (asked := self._settings.get("media_types", family.name)) != family.name:
            raise BuildError(
                f"the base has media types of {family.name}, not {asked}; convert it first"
            )
        manifest = document(base.raw_manifest(), "the manifest of the base")
        config_type = base.manifest().config.media_type
        if not config_type.is_config():
            raise BuildError(f"the base is no container image: its config is {config_type}")
        config = document(base.raw_config_file(), "the config of the base")
        below = base.layers()
        _check_base(base.config_file(), len(below))
        manifest.setdefault("mediaType", str(family.manifest))
        manifest.pop("subject", None)
        config["created"] = self._created
        if platform is not None:
            _set_platform(config, platform)
        return self._made(family, manifest, config, below)

    def _made(
        self,
        family: Family,
        manifest: dict[str, Any],
        config: dict[str, Any],
        below: list[v1.Layer],
    ) -> ComposedImage:
        added = [_of_family(layer, family) for layer in self._layers]
        has_history = bool(config.get("history")) or not below
        rootfs = config.setdefault("rootfs", {"type": "layers"})
        rootfs["diff_ids"] = [
            *(rootfs.get("diff_ids") or ()),
            *(str(layer.diff_id()) for layer in added),
        ]
        if has_history:
            config["history"] = [*(config.get("history") or ()), *map(self._history, added)]
        _configure(config, self._settings)
        raw_config = serialized(config)
        manifest["config"] = {
            **{key: value for key, value in manifest["config"].items() if key != "data"},
            **described(MediaType(manifest["config"].get("mediaType", family.config)), raw_config),
        }
        manifest["layers"] = [*(manifest.get("layers") or ()), *map(_descriptor, added)]
        if annotations := self._settings.get("annotations"):
            manifest["annotations"] = {**(manifest.get("annotations") or {}), **annotations}
        return ComposedImage(serialized(manifest), raw_config, [*below, *added])

    def _history(self, _layer: v1.Layer) -> dict[str, str]:
        entry = {"created": self._created, "created_by": _CREATED_BY}
        if comment := self._settings.get("comment"):
            entry["comment"] = comment
        return entry


def _check_base(config: v1.ConfigFile, layers: int) -> None:
    """Refuse a base whose documents disagree: what is added would be taken for something else."""
    diff_ids = len(config.rootfs.diff_ids or ())
    if diff_ids != layers:
        raise BuildError(f"the base has {layers} layers, but its config {diff_ids} DiffIDs")
    if config.history:
        told = sum(not entry.empty_layer for entry in config.history)
        if told != layers:
            raise BuildError(f"the base has {layers} layers, but its history tells of {told}")


def _of_family(layer: v1.Layer, family: Family) -> v1.Layer:
    media_type = layer.media_type()
    wanted = family.retyped(media_type)
    return layer if wanted == media_type else RetypedLayer(layer, wanted)


def _descriptor(layer: v1.Layer) -> dict[str, Any]:
    return {
        "mediaType": str(layer.media_type()),
        "size": layer.size(),
        "digest": str(layer.digest()),
    }


def _set_platform(config: dict[str, Any], platform: Platform) -> None:
    for key in ("variant", "os.version", "os.features"):
        config.pop(key, None)
    config.update(platform_document(platform))


def _configure(config: dict[str, Any], settings: Settings) -> None:
    run = config["config"] = dict(config.get("config") or {})
    if "entrypoint" in settings:
        run["Entrypoint"] = _words("entrypoint", settings["entrypoint"])
        run.pop("Cmd", None)
    if "cmd" in settings:
        run["Cmd"] = _words("cmd", settings["cmd"])
    if settings.get("env"):
        run["Env"] = _with_variables(run.get("Env") or [], settings["env"])
    if settings.get("labels"):
        run["Labels"] = {**(run.get("Labels") or {}), **settings["labels"]}
    if "user" in settings:
        run["User"] = settings["user"]
    if "workdir" in settings:
        run["WorkingDir"] = _absolute("workdir", settings["workdir"])
    if ports := settings.get("ports"):
        exposed = {**(run.get("ExposedPorts") or {}), **{it: {} for it in map(_port, ports)}}
        run["ExposedPorts"] = dict(sorted(exposed.items()))
    if volumes := settings.get("volumes"):
        paths = {**(run.get("Volumes") or {}), **{_absolute("volume", it): {} for it in volumes}}
        run["Volumes"] = dict(sorted(paths.items()))
    if "stop_signal" in settings:
        run["StopSignal"] = settings["stop_signal"]
    if "author" in settings:
        config["author"] = settings["author"]


def _words(name: str, words: Sequence[str]) -> list[str]:
    if isinstance(words, str):
        raise TypeError(f"{name} is a list of words, not a text")
    return list(words)


def _with_variables(known: Sequence[str], more: Mapping[str, str]) -> list[str]:
    rest = dict(more)
    changed = []
    for line in known:
        name = line.partition("=")[0]
        changed.append(f"{name}={rest.pop(name)}" if name in rest else line)
    for name, value in rest.items():
        if not name or "=" in name or "\0" in name + value:
            raise BuildError(f"{name!r} cannot be the name of a variable")
        changed.append(f"{name}={value}")
    return changed


def _port(port: str | int) -> str:
    number, slash, protocol = str(port).partition("/")
    bounds = number.split("-")
    valid = all(it.isascii() and it.isdigit() and 0 < int(it) < 1 << 16 for it in bounds)
    if not valid or len(bounds) > 2 or (slash and protocol not in ("tcp", "udp", "sctp")):
        raise BuildError(f"{port!r} is no port such as 8080 or 53/udp")
    return f"{number}/{protocol or 'tcp'}"


def _absolute(name: str, path: str) -> str:
    if not path.startswith("/") and not (len(path) > 2 and path[1:3] == ":\\"):
        raise BuildError(f"{name} is an absolute path, not {os.fspath(path)!r}")
    return path
