"""What the command ``crane`` does, as functions: pkg/crane.

On top of the doors ``remote`` and ``tarball``. Unlike there, credentials come from Docker's and
Podman's configuration unless others are given, and without ``platform`` an index stays an index.
All functions take the options of ``pyggcr.remote``.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from pyggcr import name, remote, v1
from pyggcr.authn import DEFAULT_KEYCHAIN
from pyggcr.errors import Error, TransportError
from pyggcr.remote_options import CallOptions, ConnectionOptions, Options, connected

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr.exporting import export
    from pyggcr.remote_values import Token
    from pyggcr.saving import save, save_legacy, save_oci

__all__ = [
    "RefusingToClobberError",
    "catalog",
    "config",
    "copy",
    "copy_repository",
    "delete",
    "digest",
    "export",
    "get",
    "head",
    "list_tags",
    "manifest",
    "pull",
    "pull_layer",
    "push",
    "save",
    "save_legacy",
    "save_oci",
    "tag",
    "token",
    "upload",
]

# What only some callers need, and the command line would load each time.
_HOMES = {"export": "exporting", "save": "saving", "save_legacy": "saving", "save_oci": "saving"}

_NOT_THERE_YET = (403, 404)
_DEFAULT_JOBS = 4
_LIMITS = ("timeout", "cancel", "progress")


class RefusingToClobberError(Error, FileExistsError):
    """A tag is there and must not be changed (``crane.ErrRefusingToClobberExistingTag``)."""


def __getattr__(name: str) -> object:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'pyggcr.crane' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"pyggcr.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def _with_keychain(options: Options) -> Options:
    if options.get("auth") is None and options.get("keychain") is None:
        return {**options, "keychain": DEFAULT_KEYCHAIN}
    return options


def get(reference: str, **options: Unpack[Options]) -> remote.RemoteDescriptor:
    """What is under a name, whatever it is (``crane.Get``)."""
    return remote.get(reference, **_with_keychain(options))


def head(reference: str, **options: Unpack[Options]) -> v1.Descriptor:
    """The descriptor of what is under a name (``crane.Head``)."""
    return remote.head(reference, **_with_keychain(options))


def digest(reference: str, **options: Unpack[Options]) -> str:
    """The digest of a manifest; with ``platform``, of that image of an index (``crane.Digest``)."""
    if "platform" in options:
        found = get(reference, **options)
        if not found.descriptor.media_type.is_index():
            return str(found.descriptor.digest)
        with found.image() as image:
            return str(image.digest())
    try:
        return str(head(reference, **options).digest)
    except TransportError:
        # Some registries do not answer HEAD.
        return str(get(reference, **options).descriptor.digest)


def manifest(reference: str, **options: Unpack[Options]) -> bytes:
    """The manifest; with ``platform``, that of the image of an index (``crane.Manifest``)."""
    found = get(reference, **options)
    if "platform" in options and found.descriptor.media_type.is_index():
        with found.image() as image:
            return image.raw_manifest()
    return found.manifest


def config(reference: str, **options: Unpack[Options]) -> bytes:
    """The config file of an image (``crane.Config``)."""
    with pull(reference, **options) as image:
        return image.raw_config_file()


def pull(reference: str, **options: Unpack[Options]) -> v1.Image:
    """The image under a name (``crane.Pull``); ``save`` and ``save_oci`` write it down."""
    return remote.image(reference, **_with_keychain(options))


def pull_layer(reference: str, **options: Unpack[Options]) -> v1.Layer:
    """The blob ``repository@digest`` (``crane.PullLayer``)."""
    return remote.layer(reference, **_with_keychain(options))


def push(image: v1.Image, reference: str, **options: Unpack[Options]) -> None:
    """Upload an image (``crane.Push``)."""
    remote.write(reference, image, **_with_keychain(options))


def upload(layer: v1.Layer, repository: str, **options: Unpack[Options]) -> None:
    """Upload a layer (``crane.Upload``)."""
    remote.write_layer(repository, layer, **_with_keychain(options))


def list_tags(repository: str, **options: Unpack[Options]) -> list[str]:
    """The tags of a repository (``crane.ListTags``)."""
    return remote.list_tags(repository, **_with_keychain(options))


def catalog(registry: str, **options: Unpack[Options]) -> list[str]:
    """The repositories of a registry (``crane.Catalog``)."""
    return remote.catalog(registry, **_with_keychain(options))


def delete(reference: str, **options: Unpack[Options]) -> None:
    """Delete a manifest or a tag (``crane.Delete``)."""
    remote.delete(reference, **_with_keychain(options))


def tag(reference: str, tag: str, **options: Unpack[Options]) -> None:
    """Give what is under a name another tag in the same repository (``crane.Tag``).

    Raises:
        InvalidReferenceError: the tag is none; Go asks the registry to refuse it.
    """
    options = _with_keychain(options)
    insecure = options.get("insecure", False)
    parsed = name.parse_reference(reference, insecure=insecure)
    target = name.new_tag(f"{parsed.context()}:{tag}", insecure=insecure)
    remote.tag(target, remote.get(parsed, **options), **options)


def token(
    repository: str,
    *,
    actions: str = "pull",
    mounts: Sequence[str] = (),
    **options: Unpack[Options],
) -> Token:
    """A token of the registry for a repository (``crane auth token``).

    The Python engine asks for it, whichever is chosen: Go's library has no such function.

    Args:
        repository: what the token is for.
        actions: what it shall allow, ``pull`` or ``push,pull``.
        mounts: other repositories, of which blobs may be mounted.
        options: see ``pyggcr.remote``.

    Raises:
        Error: the registry wants no tokens.
    """
    with connected({**_with_keychain(options), "engine": "python"}) as connection:
        of = connection.repository(repository)
        scopes = [of.scope(actions), *(connection.repository(it).scope("pull") for it in mounts)]
        found: Token = connection.door.token(of, scopes, connection.options)
        return found


def copy(source: str, target: str, *, no_clobber: bool = False, **options: Unpack[Options]) -> None:
    """Copy an image or an index, digest and all; with ``platform``, one image (``crane.Copy``).

    Raises:
        RefusingToClobberError: ``no_clobber`` was given, and the target is a tag that is there.
    """
    connection, limits = _split(_with_keychain(options))
    puller, pusher = remote.Puller(**connection), remote.Pusher(**connection)
    insecure = options.get("insecure", False)
    parsed = name.parse_reference(target, insecure=insecure)
    if no_clobber and isinstance(parsed, name.Tag):
        _check_free(puller, parsed, limits)
    found = puller.get(source, **limits)
    if "platform" not in options:
        pusher.push(parsed, found, **limits)
        return
    with found.image() as image:
        pusher.push(parsed, image, **limits)


def _check_free(puller: remote.Puller, tag: name.Tag, limits: CallOptions) -> None:
    try:
        there = puller.head(tag, **limits)
    except TransportError as error:
        if error.status not in _NOT_THERE_YET:
            raise
    else:
        raise RefusingToClobberError(f"refusing to clobber existing tag {tag}@{there.digest}")


def copy_repository(
    source: str, target: str, *, no_clobber: bool = False, **options: Unpack[Options]
) -> list[str]:
    """Copy every tag of a repository, ``jobs`` at once (``crane.CopyRepository``).

    Args:
        source: a repository.
        target: another one.
        no_clobber: leave tags alone that the target has.
        options: see ``pyggcr.remote``.

    Returns:
        The tags that were copied.
    """
    from pyggcr._python.team import Team

    connection, limits = _split(_with_keychain(options))
    puller, pusher = remote.Puller(**connection), remote.Pusher(**connection)
    insecure = options.get("insecure", False)
    from_, to = (name.new_repository(it, insecure=insecure) for it in (source, target))
    skipped = _tags_of(puller, to, limits) if no_clobber else ()
    tags = [tag for tag in puller.list_tags(from_, **limits) if tag not in skipped]

    def push(tag: str, found: remote.RemoteDescriptor) -> None:
        pusher.push(to.tag(tag), found, **limits)

    indexes: dict[str, remote.RemoteDescriptor] = {}

    def push_or_keep(tag: str) -> None:
        found = puller.get(from_.tag(tag), **limits)
        if found.descriptor.media_type.is_index():
            indexes[tag] = found
        else:
            push(tag, found)

    # A registry may refuse an index while what it lists is written once more, under its tag: not
    # all write so that a manifest can be read meanwhile. So what an index lists comes before it.
    with Team(options.get("jobs", _DEFAULT_JOBS)) as team:
        for tag in tags:
            team.start(functools.partial(push_or_keep, tag))
        team.finish()
        nested = {tag: indexes.pop(tag) for tag in [*indexes] if _lists_indexes(indexes[tag])}
        for tag, found in indexes.items():
            team.start(functools.partial(push, tag, found))
        team.finish()
    for tag, found in nested.items():
        push(tag, found)
    return tags


def _lists_indexes(found: remote.RemoteDescriptor) -> bool:
    listed = v1.parse_index_manifest(found.manifest).manifests or ()
    return any(entry.media_type.is_index() for entry in listed)


def _tags_of(puller: remote.Puller, repository: name.Repository, limits: CallOptions) -> list[str]:
    try:
        return puller.list_tags(repository, **limits)
    except TransportError as error:
        # Many registries make a repository by the first push to it.
        if error.status not in _NOT_THERE_YET:
            raise
        return []


def _split(options: Options) -> tuple[ConnectionOptions, CallOptions]:
    """The options of a connection, and those of each call through it."""
    given: Mapping[str, object] = options
    connection = {key: value for key, value in given.items() if key not in _LIMITS}
    limits = {key: value for key, value in given.items() if key in _LIMITS}
    return cast(ConnectionOptions, connection), cast(CallOptions, limits)
