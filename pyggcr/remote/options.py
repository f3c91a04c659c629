"""The keyword arguments that all doors to registries take, and what becomes of them.

``Options`` lists them; ``Connection`` holds what was chosen: an engine and a ``RemoteOptions``,
for one call or for many. Texts are parsed to references here.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from pyggcr import limits, name
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.engine import select
from pyggcr.v1.platform import Platform, parse_platform

if TYPE_CHECKING:
    from pyggcr.authn import Authenticator, Keychain

__all__ = ["CallOptions", "Connection", "ConnectionOptions", "Options", "connected"]


class ConnectionOptions(TypedDict, total=False):
    """How to talk to registries; see ``pyggcr.remote`` for what each one means."""

    auth: Authenticator | None
    keychain: Keychain | None
    platform: Platform | str
    user_agent: str
    jobs: int
    retry: Retry
    retry_statuses: tuple[int, ...]
    insecure: bool
    allow_nondistributable_artifacts: bool
    filter: Mapping[str, str]
    page_size: int
    referrers_tag_fallback: bool
    ca_file: str | os.PathLike[str] | None
    client_certificate: str | os.PathLike[str] | None
    client_key: str | os.PathLike[str] | None
    proxy: str | None
    engine: str | None


class CallOptions(TypedDict, total=False):
    """Limits on one call, as ``pyggcr.limits.limit`` takes them."""

    timeout: float | None
    cancel: limits.CancelToken | None
    progress: Callable[[limits.Progress], None] | None


class Options(ConnectionOptions, CallOptions, total=False):
    """All options of a function that does one thing."""


_T = TypeVar("_T")

_LIMITS = ("timeout", "cancel", "progress")
_PATHS = ("ca_file", "client_certificate", "client_key")


class Connection:
    """An engine's door to registries, with options that hold for all calls made through it.

    Engines keep connections and tokens for as long as it lives.
    """

    def __init__(self, options: ConnectionOptions) -> None:
        rest: dict[str, Any] = dict(options)
        self.engine = select(rest.pop("engine", None))
        if isinstance(platform := rest.get("platform"), str):
            rest["platform"] = parse_platform(platform)
        for key in _PATHS:
            if rest.get(key) is not None:
                rest[key] = os.fspath(rest[key])
        self.options = RemoteOptions(**rest)

    @property
    def door(self) -> Any:
        """The engine's module for registries."""
        return self.engine.remote

    def reference(self, reference: name.Reference | str) -> name.Reference:
        """A reference, parsed if it is a text."""
        if isinstance(reference, str):
            return name.parse_reference(reference, insecure=self.options.insecure)
        return _checked(reference, name.Reference)

    def digest(self, reference: name.Digest | str) -> name.Digest:
        """A reference by digest, parsed if it is a text."""
        if isinstance(reference, str):
            return name.new_digest(reference, insecure=self.options.insecure)
        return _checked(reference, name.Digest)

    def tag(self, tag: name.Tag | str) -> name.Tag:
        """A tag, parsed if it is a text."""
        if isinstance(tag, str):
            return name.new_tag(tag, insecure=self.options.insecure)
        return _checked(tag, name.Tag)

    def repository(self, repository: name.Repository | str) -> name.Repository:
        """A repository, parsed if it is a text."""
        if isinstance(repository, str):
            return name.new_repository(repository, insecure=self.options.insecure)
        return _checked(repository, name.Repository)

    def registry(self, registry: name.Registry | str) -> name.Registry:
        """A registry, parsed if it is a text."""
        if isinstance(registry, str):
            return name.new_registry(registry, insecure=self.options.insecure)
        return _checked(registry, name.Registry)


def _checked(given: _T, kind: type) -> _T:
    """What was given parsed, if it is that.

    Raises:
        TypeError: it is something else, which the engines would not tell in the user's words.
    """
    if not isinstance(given, kind):
        raise TypeError(f"expected a text or a {kind.__name__}, not {type(given).__name__}")
    return given


@contextlib.contextmanager
def connected(options: Options) -> Iterator[Connection]:
    """A connection for one call, and the limits that the call has."""
    rest: dict[str, Any] = dict(options)
    given = {key: rest.pop(key) for key in _LIMITS if key in rest}
    with limits.limit(**given):
        yield Connection(ConnectionOptions(**rest))  # type: ignore[typeddict-item]
