"""Change the description of an image: the command ``crane mutate``."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

from pyggcr import mutate, name, v1
from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd.strconv import quote
from pyggcr.crane.appending import append, shown
from pyggcr.crane.wrapping import wrapped
from pyggcr.errors import Error, UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr.remote.options import Options

__all__ = ["Changes", "changed", "mutate_and_push", "with_environment"]

_WINDOWS = "windows"


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change in an image; empty fields change nothing.

    Attributes:
        layers: tar files to add, as for ``crane.append``.
        annotations: annotations of the manifest to set.
        labels: labels of the config to set.
        env: environment variables to set, as pairs of name and value, in order.
        entrypoint: the new entrypoint; as in Docker, the old command is dropped with the old
            entrypoint.
        cmd: the new command.
        user: the user to run as, such as ``1000:1000``.
        workdir: the new working directory.
        exposed_ports: such as ``8080/tcp``; they replace all old ones.
        platform: operating system, architecture, variant and version of the system, such as
            ``linux/arm64/v8``.
    """

    layers: Sequence[str] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    env: Sequence[tuple[str, str]] = ()
    entrypoint: Sequence[str] = ()
    cmd: Sequence[str] = ()
    user: str = ""
    workdir: str = ""
    exposed_ports: Sequence[str] = ()
    platform: str = ""


def changed(image: v1.Image, changes: Changes, *, engine: str | None = None) -> v1.Image:
    """Change an image as ``crane mutate`` does.

    The config file is rewritten even if nothing changes: fields that go-containerregistry does not
    know are lost, and so is a ``subject`` of the manifest.

    Args:
        image: an image of either engine, or your own.
        changes: what to change.
        engine: the engine of the new image; default: that of ``image``.

    Returns:
        A new image.

    Raises:
        FileAccessError: a layer cannot be read.
        InvalidPlatformError: the platform is malformed.
        UnsupportedOptionError: the platform is ``all``, on which Go panics.
        Error: the image cannot be read; or a variable of its environment has no value.

    Examples:
        >>> from pyggcr import empty
        >>> made = changed(empty.image(), Changes(env=[("PORT", "80")], cmd=["serve"]))
        >>> made.config_file().config.env, made.config_file().config.cmd
        (['PORT=80'], ['serve'])
    """
    engine = engine or image.engine
    if changes.layers:
        with wrapped(f"appending {shown(changes.layers)}"):
            image = append(image, *changes.layers, engine=engine)
    config_file = copy.deepcopy(image.config_file())
    _change_config(config_file, changes)
    with wrapped("mutating config"):
        image = mutate.config_file(image, config_file, engine=engine)
    return mutate.annotations(image, dict(changes.annotations), engine=engine)


def _change_config(config_file: v1.ConfigFile, changes: Changes) -> None:
    config = config_file.config
    config.labels = {**(config.labels or {}), **changes.labels}
    config.env = with_environment(
        config.env or (), changes.env, for_windows=config_file.os == _WINDOWS
    )
    if changes.entrypoint:
        config.entrypoint = list(changes.entrypoint)
        config.cmd = None
    if changes.cmd:
        config.cmd = list(changes.cmd)
    config.user = changes.user or config.user
    config.working_dir = changes.workdir or config.working_dir
    if changes.exposed_ports:
        config.exposed_ports = set(changes.exposed_ports)
    if changes.platform:
        if changes.platform == "all":
            raise UnsupportedOptionError("an image has one platform, not all")
        platform = v1.parse_platform(changes.platform)
        config_file.os = platform.os
        config_file.architecture = platform.architecture
        config_file.variant = platform.variant
        config_file.os_version = platform.os_version


def with_environment(
    old: Sequence[str], new: Sequence[tuple[str, str]], *, for_windows: bool = False
) -> list[str]:
    """Set environment variables; existing ones keep their places.

    Args:
        old: variables as ``name=value``.
        new: names and values to set; new names are added in this order.
        for_windows: write added names in capitals; default false.

    Returns:
        Variables as ``name=value``.

    Raises:
        Error: one of the old variables has no ``=``.

    Examples:
        >>> with_environment(["PATH=/bin", "A=1"], [("B", "2"), ("A", "3")])
        ['PATH=/bin', 'A=3', 'B=2']
    """
    values = dict(new)
    result = []
    for pair in old:
        key, equals, _ = pair.partition("=")
        if not equals:
            raise Error(f"invalid key value pair in config: {pair}")
        result.append(f"{key}={values.pop(key)}" if key in values else pair)
    for key, value in new:
        if key in values:
            result.append(f"{key.upper() if for_windows else key}={value}")
    return result


def mutate_and_push(
    reference: str,
    changes: Changes,
    *,
    tag: str = "",
    repository: str = "",
    output: str = "",
    **options: Unpack[Options],
) -> str | None:
    """Change an image in a registry, and push or save the result (``crane mutate``).

    Args:
        reference: the image.
        changes: what to change.
        tag: the reference of the result; default: that of the image, which is overwritten. An image
            by digest is pushed by its new digest.
        repository: where to push the result by digest; not together with ``tag``.
        output: the archive to write instead of pushing; default: push.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The result's reference by digest; ``None`` if it was saved.

    Raises:
        UnsupportedOptionError: both ``tag`` and ``repository`` were given.
        FileAccessError: a file cannot be read or written.
        Error: annotations were given for an index, which is not supported; or the image cannot be
            read.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    from pyggcr import crane

    if changes.annotations:
        described = crane.head(reference, **options)
        if described.media_type.is_index():
            raise Error("mutating annotations on an index is not yet supported")
    if repository and tag:
        raise UnsupportedOptionError("repository can't be set when a tag is specified")
    with wrapped(f"pulling {reference}"):
        image = crane.pull(reference, **options)
    with image:
        made = changed(image, changes, engine=options.get("engine"))
        target = repository or tag or reference
        with wrapped("digesting new image"):
            digest = str(made.digest())
        if output:
            with wrapped(f"writing output {quote(output)}"):
                crane.save({target: made}, output)
            return None
        with wrapped(f"parsing {target}"):
            parsed = name.parse_reference(target)
        by_digest = str(parsed.context().digest(digest))
        if repository or isinstance(parsed, name.Digest):
            target = by_digest
        with wrapped(f"pushing {target}"):
            crane.push(made, target, **options)
        return by_digest
