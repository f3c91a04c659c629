"""The functions behind the command ``crane``: pkg/crane.

They build on ``remote``, ``tarball``, ``layout`` and ``mutate``, and take the options of
``remote``. In contrast to ``remote``, the credentials of Docker and Podman are used by default, and
without ``platform`` an index stays an index.

>>> from pyggcr import random, registry
>>> with registry.serve() as server:
...     push(random.image(16, 2), f"{server.host}/team/app:1.0")
...     list_tags(f"{server.host}/team/app")
['1.0']
"""

from __future__ import annotations

from collections.abc import Sequence

from pyggcr import name, remote, v1
from pyggcr._gostd.strconv import quote
from pyggcr._layers.known_layers import NOT_WITH_GO, use_optional
from pyggcr._os.logs import Log
from pyggcr.crane.options import parsed_reference, parsed_repository, with_keychain
from pyggcr.crane.wrapping import wrapped
from pyggcr.engine import supplement
from pyggcr.errors import CancelledError, Error, UnsupportedOptionError
from pyggcr.remote.options import Options, connected

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from typing_extensions import Unpack

    from pyggcr._layers.layer_cache import LayerCache
    from pyggcr._values.transport import Token
    from pyggcr.crane.appending import append
    from pyggcr.crane.copying import RefusingToClobberError, copy, copy_repository
    from pyggcr.crane.exporting import export
    from pyggcr.crane.filemap import image, layer
    from pyggcr.crane.loading import load, load_tag
    from pyggcr.crane.saving import save, save_legacy, save_oci

__all__ = [
    "RefusingToClobberError",
    "append",
    "catalog",
    "config",
    "copy",
    "copy_repository",
    "delete",
    "digest",
    "export",
    "get",
    "head",
    "image",
    "layer",
    "list_tags",
    "load",
    "load_tag",
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
_log = Log(__name__)

_HOMES = {
    "RefusingToClobberError": "crane.copying",
    "append": "crane.appending",
    "copy": "crane.copying",
    "copy_repository": "crane.copying",
    "export": "crane.exporting",
    "image": "crane.filemap",
    "layer": "crane.filemap",
    "load": "crane.loading",
    "load_tag": "crane.loading",
    "save": "crane.saving",
    "save_legacy": "crane.saving",
    "save_oci": "crane.saving",
}


def __getattr__(name: str) -> object:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'pyggcr.crane' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"pyggcr.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def get(reference: str, **options: Unpack[Options]) -> remote.RemoteDescriptor:
    """Fetch the manifest that a reference points to, whatever its type (``crane.Get``).

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The manifest with its descriptor, which opens the image or index.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    return remote.get(parsed_reference(reference, options), **with_keychain(options))


def head(reference: str, **options: Unpack[Options]) -> v1.Descriptor:
    """Fetch media type, size and digest of a manifest by a HEAD request (``crane.Head``).

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The descriptor.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    return remote.head(reference, **with_keychain(options))


def digest(reference: str, **options: Unpack[Options]) -> str:
    """Fetch the digest of a manifest (``crane.Digest``).

    With the option ``platform`` it is that of the image for the platform. If the registry does not
    answer a HEAD request, the manifest is fetched, and a warning logged.

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        Such as ``sha256:…``.

    Raises:
        ImageNotFoundError: the index has no image for the platform.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    if "platform" in options:
        found = get(reference, **options)
        if not found.descriptor.media_type.is_index():
            return str(found.descriptor.digest)
        with found.image() as image:
            return str(image.digest())
    try:
        return str(head(reference, **options).digest)
    except CancelledError:
        raise
    except Error as error:
        # Some registries do not answer HEAD, or leave out what is asked for.
        _log.warning("HEAD request failed, falling back on GET: %s", str(error))
        return str(get(reference, **options).descriptor.digest)


def manifest(reference: str, **options: Unpack[Options]) -> bytes:
    """Fetch a manifest (``crane.Manifest``).

    With the option ``platform`` it is that of the image for the platform.

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The bytes of the manifest.

    Raises:
        ImageNotFoundError: the index has no image for the platform.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    found = get(reference, **options)
    if "platform" in options and found.descriptor.media_type.is_index():
        with found.image() as image:
            return image.raw_manifest()
    return found.manifest


def config(reference: str, **options: Unpack[Options]) -> bytes:
    """Fetch the config file of an image (``crane.Config``).

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The bytes of the config file.

    Raises:
        ImageNotFoundError: the index has no image for the platform.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    with pull(reference, **options) as image:
        return image.raw_config_file()


def pull(reference: str, **options: Unpack[Options]) -> v1.Image:
    """Open an image in a registry (``crane.Pull``).

    ``save`` and ``save_oci`` write it to an archive or a layout.

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The image; config and layers are fetched when they are asked for.

    Raises:
        ImageNotFoundError: the index has no image for the platform.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    return remote.image(parsed_reference(reference, options), **with_keychain(options))


def pull_layer(reference: str, **options: Unpack[Options]) -> v1.Layer:
    """Open a blob in a registry as a layer (``crane.PullLayer``).

    Args:
        reference: ``repository@digest``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The layer; its blob is fetched when it is read.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    return remote.layer(reference, **with_keychain(options))


def push(
    image: v1.Image,
    reference: str,
    *,
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
    **options: Unpack[Options],
) -> None:
    """Upload an image (``crane.Push``).

    Args:
        image: an image of either engine, or your own.
        reference: the target.
        layer_cache: a ``LayerCache``, or the path of its file (docs/layer-cache.md): layers that it
            knows are hashed, and compressed only if the registry lacks them; default: the one in
            force, if any.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Raises:
        StreamConsumedError: a layer over a stream was read before.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range; or there is a
            layer cache, and the image is one of the Go engine.
        LayerCacheError: others may write the file of the layer cache, or it named another blob than
            compressing gives.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the content cannot be read or sent; the subclass says why.
    """
    if layer_cache is not None and image.engine == "go":
        raise UnsupportedOptionError(NOT_WITH_GO)
    with use_optional(layer_cache):
        remote.write(parsed_reference(reference, options), image, **with_keychain(options))


def upload(layer: v1.Layer, repository: str, **options: Unpack[Options]) -> None:
    """Upload a layer (``crane.Upload``).

    Args:
        layer: a layer of either engine, or your own.
        repository: a repository, such as ``registry.example.com/team/app``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Raises:
        StreamConsumedError: a layer over a stream was read before.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the content cannot be read or sent; the subclass says why.
    """
    remote.write_layer(parsed_repository(repository, options), layer, **with_keychain(options))


def list_tags(repository: str, **options: Unpack[Options]) -> list[str]:
    """List the tags of a repository (``crane.ListTags``).

    Args:
        repository: a repository, such as ``registry.example.com/team/app``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The tags, in the registry's order.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    return remote.list_tags(parsed_repository(repository, options), **with_keychain(options))


def catalog(registry: str, **options: Unpack[Options]) -> list[str]:
    """List the repositories of a registry (``crane.Catalog``).

    Args:
        registry: such as ``registry.example.com``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        Their paths, in the registry's order.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable, for example because a digest or a size is
            wrong; the subclass says why.
    """
    return remote.catalog(registry, **with_keychain(options))


def delete(reference: str, **options: Unpack[Options]) -> None:
    """Delete a manifest or a tag (``crane.Delete``).

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    remote.delete(parsed_reference(reference, options), **with_keychain(options))


def tag(reference: str, tag: str, **options: Unpack[Options]) -> None:
    """Add a tag to a manifest, in the same repository (``crane.Tag``).

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        tag: the new tag, without the repository.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Raises:
        InvalidReferenceError: the reference or the tag is malformed; Go leaves it to the registry
            to refuse the tag.
        TransportError: the registry refused a request, or could not be reached.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the content cannot be read or sent; the subclass says why.
    """
    options = with_keychain(options)
    parsed = parsed_reference(reference, options)
    insecure = options.get("insecure", False)
    target = name.new_tag(f"{parsed.context()}:{tag}", insecure=insecure)
    with wrapped(f"fetching {quote(reference)}"):
        found = remote.get(parsed, **options)
    remote.tag(target, found, **options)


def token(
    repository: str,
    *,
    actions: str = "pull",
    mounts: Sequence[str] = (),
    **options: Unpack[Options],
) -> Token:
    """Request a token for a repository from its registry (``crane auth token``).

    One implementation serves both engines (``pyggcr.engine.supplement``).

    Args:
        repository: a repository, such as ``registry.example.com/team/app``.
        actions: what the token shall allow, ``pull`` or ``push,pull``; default ``pull``.
        mounts: further repositories, whose blobs may be mounted; default none.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The token.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry does not use tokens.
    """
    with connected({**with_keychain(options), "engine": "python"}) as to:
        to.refuse_hosts("crane.token")
        of = to.repository(repository)
        scopes = [of.scope(actions), *(to.repository(it).scope("pull") for it in mounts)]
        return supplement().registry_token(repository=of, scopes=scopes, options=to.options)
