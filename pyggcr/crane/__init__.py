"""What the command ``crane`` does, as functions: pkg/crane.

On top of ``remote``, ``tarball``, ``layout`` and ``mutate``, with the options of ``remote``. Unlike
in ``remote``, credentials come from Docker's and Podman's configuration unless others are given,
and without ``platform`` an index stays an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyggcr import name, remote, v1
from pyggcr._gostd.strconv import quote
from pyggcr.crane.options import parsed_reference, parsed_repository, with_keychain
from pyggcr.crane.wrapping import wrapped
from pyggcr.engine import supplement
from pyggcr.errors import CancelledError, Error
from pyggcr.remote.options import Options, connected

if TYPE_CHECKING:
    from typing_extensions import Unpack

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
    """What is under a name, whatever it is (``crane.Get``)."""
    return remote.get(parsed_reference(reference, options), **with_keychain(options))


def head(reference: str, **options: Unpack[Options]) -> v1.Descriptor:
    """The descriptor of what is under a name (``crane.Head``)."""
    return remote.head(reference, **with_keychain(options))


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
    except CancelledError:
        raise
    except Error as error:
        # Some registries do not answer HEAD, or leave out what is asked for.
        import logging

        logger = logging.getLogger(__name__)
        logger.warning("HEAD request failed, falling back on GET: %s", str(error))
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
    return remote.image(parsed_reference(reference, options), **with_keychain(options))


def pull_layer(reference: str, **options: Unpack[Options]) -> v1.Layer:
    """The blob ``repository@digest`` (``crane.PullLayer``)."""
    return remote.layer(reference, **with_keychain(options))


def push(image: v1.Image, reference: str, **options: Unpack[Options]) -> None:
    """Upload an image (``crane.Push``)."""
    remote.write(parsed_reference(reference, options), image, **with_keychain(options))


def upload(layer: v1.Layer, repository: str, **options: Unpack[Options]) -> None:
    """Upload a layer (``crane.Upload``)."""
    remote.write_layer(parsed_repository(repository, options), layer, **with_keychain(options))


def list_tags(repository: str, **options: Unpack[Options]) -> list[str]:
    """The tags of a repository (``crane.ListTags``)."""
    return remote.list_tags(parsed_repository(repository, options), **with_keychain(options))


def catalog(registry: str, **options: Unpack[Options]) -> list[str]:
    """The repositories of a registry (``crane.Catalog``)."""
    return remote.catalog(registry, **with_keychain(options))


def delete(reference: str, **options: Unpack[Options]) -> None:
    """Delete a manifest or a tag (``crane.Delete``)."""
    remote.delete(parsed_reference(reference, options), **with_keychain(options))


def tag(reference: str, tag: str, **options: Unpack[Options]) -> None:
    """Give what is under a name another tag in the same repository (``crane.Tag``).

    Raises:
        InvalidReferenceError: the tag is none; Go asks the registry to refuse it.
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
    """A token of the registry for a repository (``crane auth token``).

    One implementation serves both engines (``pyggcr.engine.supplement``).

    Args:
        repository: what the token is for.
        actions: what it shall allow, ``pull`` or ``push,pull``.
        mounts: other repositories, of which blobs may be mounted.
        options: see ``pyggcr.remote``.

    Raises:
        Error: the registry wants no tokens.
    """
    with connected({**with_keychain(options), "engine": "python"}) as to:
        to.refuse_hosts("crane.token")
        of = to.repository(repository)
        scopes = [of.scope(actions), *(to.repository(it).scope("pull") for it in mounts)]
        return supplement().registry_token(repository=of, scopes=scopes, options=to.options)
