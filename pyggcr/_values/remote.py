"""The values of pkg/v1/remote, such as ``RemoteOptions`` and ``RemoteDescriptor``.

Public modules pass them to an engine, or get them from it. Nothing here does I/O. Defaults are
Go's.
"""

from __future__ import annotations

import abc
import math
import os
from collections.abc import Callable, Iterator, Mapping

from pyggcr._dataclasses import dataclass, field
from pyggcr._os.closeable import Closeable
from pyggcr.errors import Error, UnsupportedOptionError
from pyggcr.limits import CallOptions
from pyggcr.v1.manifest import Descriptor
from pyggcr.v1.platform import Platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias, TypedDict

    from pyggcr._values.authn import Authenticator, Keychain
    from pyggcr._values.hosts import Hosts
    from pyggcr.name import Reference, Repository
    from pyggcr.v1.image import Image, ImageIndex, Layer

    # What can be uploaded under a reference (``remote.Taggable``).
    Taggable: TypeAlias = "Image | ImageIndex | Layer | RemoteDescriptor"
else:
    from pyggcr._typing import TypedDict

__all__ = [
    "DEFAULT_PLATFORM",
    "DEFAULT_RETRY_STATUSES",
    "GOOGLE_RETRIES",
    "PATH_OPTIONS",
    "ConnectionOptions",
    "GoogleOptions",
    "Options",
    "RemoteClient",
    "RemoteDescriptor",
    "RemoteOptions",
    "Retry",
]

DEFAULT_PLATFORM = Platform(os="linux", architecture="amd64")

# Request timeout, too many requests, server errors, nginx's "client closed request", Cloudflare's
# "connection timed out" (``defaultRetryStatusCodes``).
DEFAULT_RETRY_STATUSES = (408, 429, 500, 502, 503, 504, 499, 522)

_DEFAULT_JOBS = 4
# Amazon's registry refuses more: go-containerregistry issue 1091.
_DEFAULT_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Retry:
    """How many times to try, and how long to wait in between (``remote.Backoff``).

    Attributes:
        duration: seconds to wait after the first failure; default 1.
        factor: the factor between one pause and the next; default 3.
        jitter: up to this fraction is added to each pause at random; default 0.1.
        steps: the number of tries; default 3.

    Raises:
        UnsupportedOptionError: ``steps`` is below 1, or a time is not finite.
    """

    duration: float = 1.0
    factor: float = 3.0
    jitter: float = 0.1
    steps: int = 3

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise UnsupportedOptionError("retry needs one step at least")
        if not all(map(math.isfinite, (self.duration, self.factor, self.jitter))):
            raise UnsupportedOptionError("retry needs times that are finite")

    def waits(self) -> Iterator[float]:
        """Compute the pauses between tries (``wait.Backoff``).

        Yields:
            Seconds, one time fewer than there are tries.
        """
        import random

        duration = self.duration
        for _ in range(self.steps - 1):
            stretch = random.random() * self.jitter if self.jitter > 0 else 0.0  # noqa: S311
            yield duration * (1 + stretch)
            duration = duration * self.factor if self.factor else duration


# How pkg/v1/google tries again: more often, but never after an answer.
GOOGLE_RETRIES: Mapping[str, object] = {
    "retry": Retry(duration=0.1, factor=3.0, jitter=0.1, steps=5),
    "retry_statuses": (),
}


# Callers may give any path (``os.PathLike``).
FilePath: TypeAlias = str

# Those whose wrong values would be told late, and not in the user's words.
_MOST = (1 << 31) - 1  # jobs, or names on a page: what any Go takes for an int
_TYPES = {"platform": Platform, "jobs": int, "retry": Retry, "page_size": int}


@dataclass(frozen=True)
class RemoteOptions:
    """How to talk to registries: the options of pkg/v1/remote.

    Options are declared here: the keyword arguments of ``pyggcr.remote`` follow from the fields
    (see the end of this file), and the Go engine's client takes them by the same names.

    Attributes:
        auth: credentials, such as ``authn.Basic("ann", "…")``; default: those of the keychain
            (``WithAuth``).
        keychain: finds credentials, such as ``authn.DEFAULT_KEYCHAIN``; default: none, which means
            ``auth`` or an anonymous user (``WithAuthFromKeychain``).
        platform: the image to select from an index; default ``linux/amd64`` (``WithPlatform``).
        user_agent: a text to put before ``go-containerregistry/…`` in the header ``User-Agent``;
            default empty (``WithUserAgent``).
        headers: headers to send with each request, in place of those that it has, such as
            ``HttpHeaders`` of Docker's configuration; default none (``WithTransport``).
        jobs: the number of transfers at a time; default 4 (``WithJobs``).
        retry: how often and after which pauses to repeat a request that was interrupted or answered
            with one of ``retry_statuses``; default three tries with pauses of 1 and 3 seconds
            (``WithRetryBackoff``).
        retry_statuses: HTTP statuses after which a request is repeated; default 408, 429, 499, 500,
            502, 503, 504 and 522 (``WithRetryStatusCodes``).
        retry_predicate: a function that decides for an error, even one with a status of
            ``retry_statuses``, whether to repeat the request; default ``None``: after temporary
            errors (``WithRetryPredicate``). Its exceptions end the call.
        insecure: allow plain HTTP, and do not verify TLS certificates; default false
            (``name.Insecure``, ``crane --insecure``). Loopback, ``.localhost`` and private
            addresses may use plain HTTP anyway.
        allow_nondistributable_artifacts: push foreign layers too; default false
            (``WithNondistributable``).
        filter: query parameters of ``referrers``, such as ``{"artifactType": …}``; default none
            (``WithFilter``).
        page_size: the number of names to request at a time; default 1000; 0 lets the registry
            choose (``WithPageSize``).
        referrers_tag_fallback: keep referrers under a tag if a registry has no referrers API;
            default true (``WithReferrersTagFallback``).
        ca_file: a PEM file of certificates to trust in addition to the system's; default none
            (``WithTransport``).
        client_certificate: a PEM file with the client certificate, and perhaps its key; default
            none.
        client_key: a PEM file with the key of that certificate, if it is in a file of its own;
            default none.
        proxy: the URL of an HTTP proxy; default: the one of the environment; ``""`` for none.
        hosts: settings of hosts, such as mirrors: ``"system"`` for those of Podman and Docker, the
            paths of files, or a ``remote.hosts.Hosts``; default none (not in Go).

    Raises:
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option has another type.
    """

    auth: Authenticator | None = None
    keychain: Keychain | None = None
    platform: Platform = DEFAULT_PLATFORM
    user_agent: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    jobs: int = _DEFAULT_JOBS
    retry: Retry = Retry()
    retry_statuses: tuple[int, ...] = DEFAULT_RETRY_STATUSES
    retry_predicate: Callable[[Error], bool] | None = field(default=None, repr=False)
    insecure: bool = False
    allow_nondistributable_artifacts: bool = False
    filter: Mapping[str, str] = field(default_factory=dict)
    page_size: int = _DEFAULT_PAGE_SIZE
    referrers_tag_fallback: bool = True
    ca_file: FilePath | None = None
    client_certificate: FilePath | None = None
    client_key: FilePath | None = None
    # A proxy's URL may hold a password.
    proxy: str | None = field(default=None, repr=False)
    hosts: Hosts | None = None

    def __post_init__(self) -> None:
        for key, kind in _TYPES.items():
            if not isinstance(given := getattr(self, key), kind):
                raise TypeError(f"{key} takes {kind.__name__}, not {type(given).__name__}")
        if self.auth is not None and self.keychain is not None:
            raise UnsupportedOptionError(
                "provide an option for either authn.Authenticator or authn.Keychain, not both"
            )
        if self.retry_predicate is not None and not callable(self.retry_predicate):
            given = type(self.retry_predicate).__name__
            raise TypeError(f"retry_predicate takes a function, not {given}")
        if self.jobs <= 0:
            raise UnsupportedOptionError("jobs must be greater than zero")
        if max(self.jobs, self.page_size) > _MOST:
            raise UnsupportedOptionError(f"jobs and page_size must not be greater than {_MOST}")
        if self.client_key is not None and self.client_certificate is None:
            raise UnsupportedOptionError("client_key needs client_certificate")


class RemoteClient(Closeable, abc.ABC):
    """The owner of connections, tokens and caches, made by ``remote.client`` of an engine.

    Images that were fetched through a client can be read after it was closed.

    Attributes:
        options: how to talk to registries.
    """

    def __init__(self, options: RemoteOptions) -> None:
        self.options = options

    def look_ahead(
        self,
        target: Reference,  # noqa: ARG002
        origin: Repository,  # noqa: ARG002
    ) -> Callable[[], None] | None:
        """Prepare to push to a target what is being read elsewhere.

        Args:
            target: where to push.
            origin: where the image is read.

        Returns:
            What to call in another thread meanwhile, which never raises; none if there is nothing
            to be done, as on the Go engine.
        """
        return None

    @abc.abstractmethod
    def close(self) -> None:
        """Close idle connections and refuse further requests.

        Closing it again has no effect.
        """


class RemoteDescriptor(abc.ABC):
    """The manifest that a reference points to, not yet interpreted (``remote.Descriptor``).

    Attributes:
        descriptor: media type, size and digest of the manifest.
        manifest: the bytes of the manifest.
    """

    descriptor: Descriptor
    manifest: bytes

    def __repr__(self) -> str:
        return f"<RemoteDescriptor {self.descriptor.digest}>"

    @abc.abstractmethod
    def image(self) -> Image:
        """Open the image; of an index, that for the platform (``Descriptor.Image``).

        Returns:
            The image.

        Raises:
            ImageNotFoundError: the index has no image for the platform.
            UnsupportedOptionError: the manifest is one of Docker's schema 1.
            TransportError: the registry refused a request, or could not be reached.
            Error: the manifest cannot be used; the subclass says why.
        """

    @abc.abstractmethod
    def image_index(self) -> ImageIndex:
        """Open the index (``Descriptor.ImageIndex``).

        Returns:
            The index.

        Raises:
            UnsupportedOptionError: the manifest is an image's, or one of Docker's schema 1.
            Error: the manifest cannot be used; the subclass says why.
        """

    @abc.abstractmethod
    def schema1(self) -> Image:
        """Open the image of a Docker manifest of schema 1 (``Descriptor.Schema1``).

        It has layers, digest, size and manifest bytes, so it can be copied or read; what schema 1
        lacks, such as a config, raises ``UnsupportedOptionError``. The type of the manifest is not
        checked.

        Returns:
            The image.

        Raises:
            Error: the manifest cannot be used; the subclass says why.
        """

    def raw_manifest(self) -> bytes:
        """Return the bytes of the manifest (``Descriptor.RawManifest``).

        Returns:
            The document.
        """
        return self.manifest


# Generated by `python -m tools.generate` from RemoteOptions; do not edit what follows.


class ConnectionOptions(TypedDict, total=False):
    """How to talk to registries: the options of ``remote.Puller`` and ``remote.Pusher``.

    Attributes:
        auth: credentials, such as ``authn.Basic("ann", "…")``; default: those of the keychain
            (``WithAuth``).
        keychain: finds credentials, such as ``authn.DEFAULT_KEYCHAIN``; default: none, which means
            ``auth`` or an anonymous user (``WithAuthFromKeychain``).
        platform: the image to select from an index; default ``linux/amd64`` (``WithPlatform``).
        user_agent: a text to put before ``go-containerregistry/…`` in the header ``User-Agent``;
            default empty (``WithUserAgent``).
        headers: headers to send with each request, in place of those that it has, such as
            ``HttpHeaders`` of Docker's configuration; default none (``WithTransport``).
        jobs: the number of transfers at a time; default 4 (``WithJobs``).
        retry: how often and after which pauses to repeat a request that was interrupted or answered
            with one of ``retry_statuses``; default three tries with pauses of 1 and 3 seconds
            (``WithRetryBackoff``).
        retry_statuses: HTTP statuses after which a request is repeated; default 408, 429, 499, 500,
            502, 503, 504 and 522 (``WithRetryStatusCodes``).
        retry_predicate: a function that decides for an error, even one with a status of
            ``retry_statuses``, whether to repeat the request; default ``None``: after temporary
            errors (``WithRetryPredicate``). Its exceptions end the call.
        insecure: allow plain HTTP, and do not verify TLS certificates; default false
            (``name.Insecure``, ``crane --insecure``). Loopback, ``.localhost`` and private
            addresses may use plain HTTP anyway.
        allow_nondistributable_artifacts: push foreign layers too; default false
            (``WithNondistributable``).
        filter: query parameters of ``referrers``, such as ``{"artifactType": …}``; default none
            (``WithFilter``).
        page_size: the number of names to request at a time; default 1000; 0 lets the registry
            choose (``WithPageSize``).
        referrers_tag_fallback: keep referrers under a tag if a registry has no referrers API;
            default true (``WithReferrersTagFallback``).
        ca_file: a PEM file of certificates to trust in addition to the system's; default none
            (``WithTransport``).
        client_certificate: a PEM file with the client certificate, and perhaps its key; default
            none.
        client_key: a PEM file with the key of that certificate, if it is in a file of its own;
            default none.
        proxy: the URL of an HTTP proxy; default: the one of the environment; ``""`` for none.
        hosts: settings of hosts, such as mirrors: ``"system"`` for those of Podman and Docker, the
            paths of files, or a ``remote.hosts.Hosts``; default none (not in Go).
        engine: ``go`` or ``python``; default: the engine in force.
    """

    auth: Authenticator | None
    keychain: Keychain | None
    platform: Platform | str
    user_agent: str
    headers: Mapping[str, str]
    jobs: int
    retry: Retry
    retry_statuses: tuple[int, ...]
    retry_predicate: Callable[[Error], bool] | None
    insecure: bool
    allow_nondistributable_artifacts: bool
    filter: Mapping[str, str]
    page_size: int
    referrers_tag_fallback: bool
    ca_file: str | os.PathLike[str] | None
    client_certificate: str | os.PathLike[str] | None
    client_key: str | os.PathLike[str] | None
    proxy: str | None
    hosts: Hosts | str | None
    engine: str | None


# What takes a path.
PATH_OPTIONS = ("ca_file", "client_certificate", "client_key")


class Options(ConnectionOptions, CallOptions, total=False):
    """How a function talks to registries, and the limits of the call."""


class GoogleOptions(CallOptions, total=False):
    """How ``pyggcr.google`` talks to registries, and the limits of the call.

    Attributes:
        auth: credentials, such as ``authn.Basic("ann", "…")``; default: those of the keychain
            (``WithAuth``).
        keychain: finds credentials, such as ``authn.DEFAULT_KEYCHAIN``; default: none, which means
            ``auth`` or an anonymous user (``WithAuthFromKeychain``).
        user_agent: a text to put before ``go-containerregistry/…`` in the header ``User-Agent``;
            default empty (``WithUserAgent``).
        headers: headers to send with each request, in place of those that it has, such as
            ``HttpHeaders`` of Docker's configuration; default none (``WithTransport``).
        insecure: allow plain HTTP, and do not verify TLS certificates; default false
            (``name.Insecure``, ``crane --insecure``). Loopback, ``.localhost`` and private
            addresses may use plain HTTP anyway.
        ca_file: a PEM file of certificates to trust in addition to the system's; default none
            (``WithTransport``).
        client_certificate: a PEM file with the client certificate, and perhaps its key; default
            none.
        client_key: a PEM file with the key of that certificate, if it is in a file of its own;
            default none.
        proxy: the URL of an HTTP proxy; default: the one of the environment; ``""`` for none.
        engine: ``go`` or ``python``; default: the engine in force.
    """

    auth: Authenticator | None
    keychain: Keychain | None
    user_agent: str
    headers: Mapping[str, str]
    insecure: bool
    ca_file: str | os.PathLike[str] | None
    client_certificate: str | os.PathLike[str] | None
    client_key: str | os.PathLike[str] | None
    proxy: str | None
    engine: str | None
