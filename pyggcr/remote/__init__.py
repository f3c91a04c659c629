"""Images in registries: pkg/v1/remote.

The door for both engines. References are texts or parsed names. ``Puller`` and ``Pusher`` do many
things with one set of connections and tokens; the functions do one thing.

All functions, and the two classes, take these keyword arguments (Go's names in parentheses):

* ``auth`` (WithAuth): credentials, say ``authn.Basic("ann", "…")``; without, an anonymous user.
* ``keychain`` (WithAuthFromKeychain): finds credentials, say ``authn.DEFAULT_KEYCHAIN``.
* ``platform`` (WithPlatform): which image to take of an index; ``linux/amd64`` if not given.
* ``user_agent`` (WithUserAgent): put before ``go-containerregistry/…`` in that header.
* ``jobs`` (WithJobs): how many transfers run at once; 4.
* ``retry`` (WithRetryBackoff), ``retry_statuses`` (WithRetryStatusCodes): when and how often to
  try again: up to 3 times, after 1 and 3 seconds, what broke on the way or answered 408, 429,
  499, 500, 502, 503, 504 or 522.
* ``insecure`` (name.Insecure, crane's ``--insecure``): plain HTTP and unverified TLS will do.
  Loopback, ``.localhost`` and private addresses may speak HTTP anyway.
* ``allow_nondistributable_artifacts`` (WithNondistributable): push foreign layers too.
* ``filter`` (WithFilter): for ``referrers``, ``{"artifactType": …}``.
* ``page_size`` (WithPageSize): how many names to ask for at once; 1000.
* ``referrers_tag_fallback`` (WithReferrersTagFallback): keep referrers under a tag where the
  registry knows none; true.
* ``ca_file``, ``client_certificate``, ``client_key``, ``proxy`` (WithTransport): certificates to
  trust beside the system's, the client's own, and a proxy in place of the environment's.
* ``engine``: ``go`` or ``python``; ``None`` for the engine in force.
* ``timeout`` in seconds, ``cancel``, ``progress`` (WithContext, WithProgress): as in
  ``pyggcr.limits.limit``; of a class they are arguments of each method.

What they all raise:

* ``TransportError``: the registry refused, or could not be reached.
* ``InvalidReferenceError``: a text is not a reference.
* ``UnsupportedOptionError``: options contradict each other, or make no sense.
* ``TypeError``: a reference or an option is of another type.
* ``CancelledError``, ``DeadlineExceededError``: the call was stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from pyggcr import name, v1
from pyggcr._values.remote import RemoteDescriptor, Retry
from pyggcr.errors import Diagnostic
from pyggcr.limits import limit
from pyggcr.remote.options import (
    CallOptions,
    Connection,
    ConnectionOptions,
    Options,
    connected,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "Diagnostic",
    "Puller",
    "Pusher",
    "RemoteDescriptor",
    "Retry",
    "Source",
    "catalog",
    "check_push_permission",
    "delete",
    "get",
    "head",
    "image",
    "index",
    "layer",
    "list_tags",
    "multi_write",
    "push",
    "put",
    "referrers",
    "tag",
    "write",
    "write_index",
    "write_layer",
]

# What can be put under a name (``remote.Taggable``).
Source: TypeAlias = v1.Image | v1.ImageIndex | RemoteDescriptor
# What ``multi_write`` takes.
Part: TypeAlias = v1.Image | v1.ImageIndex | v1.Layer


def get(reference: name.Reference | str, **options: Unpack[Options]) -> RemoteDescriptor:
    """What a registry has under a name, manifest and all, whatever it is (``remote.Get``)."""
    with connected(options) as to:
        found: RemoteDescriptor = to.door.get(to.reference(reference), to.options)
        return found


def head(reference: name.Reference | str, **options: Unpack[Options]) -> v1.Descriptor:
    """Media type, size and digest of what is under a name, by a HEAD request (``remote.Head``).

    A refusal of a HEAD request has no details; ``get`` has.
    """
    with connected(options) as to:
        found: v1.Descriptor = to.door.head(to.reference(reference), to.options)
        return found


def image(reference: name.Reference | str, **options: Unpack[Options]) -> v1.Image:
    """The image under a name; of an index, that for ``platform`` (``remote.Image``).

    Its config and layers are fetched when they are asked for, and checked against their digests.

    Raises:
        ImageNotFoundError: the index has no image for the platform.
    """
    with connected(options) as to:
        found: v1.Image = to.door.image(to.reference(reference), to.options)
        return found


def index(reference: name.Reference | str, **options: Unpack[Options]) -> v1.ImageIndex:
    """The index under a name (``remote.Index``)."""
    with connected(options) as to:
        found: v1.ImageIndex = to.door.index(to.reference(reference), to.options)
        return found


def layer(reference: name.Digest | str, **options: Unpack[Options]) -> v1.Layer:
    """The blob ``repository@digest`` as a layer (``remote.Layer``); fetched when it is read."""
    with connected(options) as to:
        found: v1.Layer = to.door.layer(to.digest(reference), to.options)
        return found


def list_tags(repository: name.Repository | str, **options: Unpack[Options]) -> list[str]:
    """All tags of a repository, in the registry's order (``remote.List``)."""
    with connected(options) as to:
        found: list[str] = to.door.list_tags(to.repository(repository), to.options)
        return found


def catalog(registry: name.Registry | str, **options: Unpack[Options]) -> list[str]:
    """The paths of all repositories of a registry (``remote.Catalog``)."""
    with connected(options) as to:
        found: list[str] = to.door.catalog(to.registry(registry), to.options)
        return found


def referrers(reference: name.Digest | str, **options: Unpack[Options]) -> v1.ImageIndex:
    """An index of what refers to a manifest: signatures, attestations (``remote.Referrers``)."""
    with connected(options) as to:
        found: v1.ImageIndex = to.door.referrers(to.digest(reference), to.options)
        return found


def delete(reference: name.Reference | str, **options: Unpack[Options]) -> None:
    """Delete a manifest, or a tag where the registry can (``remote.Delete``)."""
    with connected(options) as to:
        to.door.delete(to.reference(reference), to.options)


def tag(tag: name.Tag | str, source: Source, **options: Unpack[Options]) -> None:
    """Put a tag on what the repository has already (``remote.Tag``)."""
    with connected(options) as to:
        to.door.tag(to.tag(tag), source, to.options)


def put(reference: name.Reference | str, source: Source, **options: Unpack[Options]) -> None:
    """Upload a manifest only; what it refers to must be there (``remote.Put``)."""
    with connected(options) as to:
        to.door.put(to.reference(reference), source, to.options)


def push(reference: name.Reference | str, source: Source, **options: Unpack[Options]) -> None:
    """Upload an image or an index with everything that belongs to it (``remote.Push``).

    Args:
        reference: the name it gets.
        source: an image or an index of either engine or of your own, or what ``get`` returned.
        options: see the module.
    """
    with connected(options) as to:
        to.door.push(to.reference(reference), source, to.options)


def write(reference: name.Reference | str, image: v1.Image, **options: Unpack[Options]) -> None:
    """Upload an image (``remote.Write``).

    Blobs that the registry has already are not sent, those of the same registry are mounted, and
    an uncompressed layer is compressed, hashed and sent in one go.
    """
    with connected(options) as to:
        to.door.write(to.reference(reference), image, to.options)


def write_index(
    reference: name.Reference | str, index: v1.ImageIndex, **options: Unpack[Options]
) -> None:
    """Upload an index and all images of it (``remote.WriteIndex``)."""
    with connected(options) as to:
        to.door.write_index(to.reference(reference), index, to.options)


def write_layer(
    repository: name.Repository | str, layer: v1.Layer, **options: Unpack[Options]
) -> None:
    """Upload a layer (``remote.WriteLayer``)."""
    with connected(options) as to:
        to.door.write_layer(to.repository(repository), layer, to.options)


def multi_write(
    parts: Mapping[name.Reference | str, Part] | Mapping[name.Reference, Part] | Mapping[str, Part],
    **options: Unpack[Options],
) -> None:
    """Upload many images, indexes and layers, what they share only once (``remote.MultiWrite``).

    Args:
        parts: what gets which name; all in one registry.
        options: see the module.
    """
    with connected(options) as to:
        to.door.multi_write(
            {to.reference(reference): part for reference, part in parts.items()}, to.options
        )


def check_push_permission(reference: name.Reference | str, **options: Unpack[Options]) -> None:
    """See whether one may push there, by an upload that is given up (``CheckPushPermission``)."""
    with connected(options) as to:
        to.door.check_push_permission(to.reference(reference), to.options)


class _Client:
    def __init__(self, **options: Unpack[ConnectionOptions]) -> None:
        self._to = Connection(options)

    @property
    def engine(self) -> str:
        """The engine that does the work."""
        return self._to.engine.name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} by {self.engine}>"


class Puller(_Client):
    """Reads from registries, with one set of connections and tokens (``remote.Puller``).

    Methods do what the functions of the same names do; they take ``timeout``, ``cancel`` and
    ``progress``.
    """

    def get(
        self, reference: name.Reference | str, **limits: Unpack[CallOptions]
    ) -> RemoteDescriptor:
        """See ``remote.get`` (``Puller.Get``)."""
        with limit(**limits):
            found: RemoteDescriptor = self._to.door.get(
                self._to.reference(reference), self._to.options
            )
            return found

    def head(self, reference: name.Reference | str, **limits: Unpack[CallOptions]) -> v1.Descriptor:
        """See ``remote.head`` (``Puller.Head``)."""
        with limit(**limits):
            found: v1.Descriptor = self._to.door.head(
                self._to.reference(reference), self._to.options
            )
            return found

    def image(self, reference: name.Reference | str, **limits: Unpack[CallOptions]) -> v1.Image:
        """See ``remote.image``."""
        with limit(**limits):
            found: v1.Image = self._to.door.image(self._to.reference(reference), self._to.options)
            return found

    def index(
        self, reference: name.Reference | str, **limits: Unpack[CallOptions]
    ) -> v1.ImageIndex:
        """See ``remote.index``."""
        with limit(**limits):
            found: v1.ImageIndex = self._to.door.index(
                self._to.reference(reference), self._to.options
            )
            return found

    def layer(self, reference: name.Digest | str, **limits: Unpack[CallOptions]) -> v1.Layer:
        """See ``remote.layer`` (``Puller.Layer``)."""
        with limit(**limits):
            found: v1.Layer = self._to.door.layer(self._to.digest(reference), self._to.options)
            return found

    def list_tags(
        self, repository: name.Repository | str, **limits: Unpack[CallOptions]
    ) -> list[str]:
        """See ``remote.list_tags`` (``Puller.List``)."""
        with limit(**limits):
            found: list[str] = self._to.door.list_tags(
                self._to.repository(repository), self._to.options
            )
            return found

    def catalog(self, registry: name.Registry | str, **limits: Unpack[CallOptions]) -> list[str]:
        """See ``remote.catalog`` (``Puller.Catalog``)."""
        with limit(**limits):
            found: list[str] = self._to.door.catalog(self._to.registry(registry), self._to.options)
            return found

    def referrers(
        self, reference: name.Digest | str, **limits: Unpack[CallOptions]
    ) -> v1.ImageIndex:
        """See ``remote.referrers``."""
        with limit(**limits):
            found: v1.ImageIndex = self._to.door.referrers(
                self._to.digest(reference), self._to.options
            )
            return found


class Pusher(_Client):
    """Writes to registries, with one set of connections and tokens (``remote.Pusher``).

    It remembers what it has sent. Methods do what the functions of the same names do; they take
    ``timeout``, ``cancel`` and ``progress``.
    """

    def put(
        self, reference: name.Reference | str, source: Source, **limits: Unpack[CallOptions]
    ) -> None:
        """See ``remote.put`` (``Pusher.Put``)."""
        with limit(**limits):
            self._to.door.put(self._to.reference(reference), source, self._to.options)

    def push(
        self, reference: name.Reference | str, source: Source, **limits: Unpack[CallOptions]
    ) -> None:
        """See ``remote.push`` (``Pusher.Push``)."""
        with limit(**limits):
            self._to.door.push(self._to.reference(reference), source, self._to.options)

    def upload(
        self, repository: name.Repository | str, layer: v1.Layer, **limits: Unpack[CallOptions]
    ) -> None:
        """See ``remote.write_layer`` (``Pusher.Upload``)."""
        with limit(**limits):
            self._to.door.write_layer(self._to.repository(repository), layer, self._to.options)

    def delete(self, reference: name.Reference | str, **limits: Unpack[CallOptions]) -> None:
        """See ``remote.delete`` (``Pusher.Delete``)."""
        with limit(**limits):
            self._to.door.delete(self._to.reference(reference), self._to.options)
