"""Requests under per-host settings, for both engines: which host is asked, and how.

A ``RoutedClient`` has a client of the engine for each way to talk to a host, and ``RoutedRemote``
calls the engine's functions with the right one. The rules:

1. Without a rule, nothing changes.
2. Images are looked for at the mirrors first, in their order, and then where they belong; the last
   error is raised. Everything else goes where the names belong, and nothing is written to a mirror.
3. A host that the caller did not name, a mirror or another location, gets no credentials but those
   that the keychain has for that very host, and neither headers nor a client certificate of the
   caller.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from pyggcr import name
from pyggcr._dataclasses import replace
from pyggcr._values.hosts import Endpoint, Hosts
from pyggcr._values.remote import RemoteClient, Retry
from pyggcr.errors import CancelledError, ClosedError, Error, UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, cast

    from pyggcr._contract.remote import RemoteEngine
    from pyggcr._values.remote import RemoteOptions
else:
    from pyggcr._typing import cast

__all__ = ["RoutedClient", "routed"]

_READS = frozenset({"get", "head", "image", "index", "layer"})
_NAMES = ("reference", "repository", "registry", "tag")
_ONE_TRY = Retry(steps=1)  # a mirror that does not answer costs little


class RoutedClient(RemoteClient):
    """A client for each way to talk to a host; threads may share it."""

    def __init__(self, inner: RemoteEngine, options: RemoteOptions, hosts: Hosts) -> None:
        super().__init__(options)
        self.hosts = hosts
        self._inner = inner
        self._made: dict[tuple[str, bool, bool, bool], RemoteClient] = {}
        self._lock = threading.Lock()
        self._closed = False

    def client_for(self, endpoint: Endpoint, asked_host: str) -> RemoteClient:
        """Return the client for an endpoint.

        Args:
            endpoint: where to send requests.
            asked_host: the host that the caller named.

        Returns:
            The client, made for the first request.

        Raises:
            UnsupportedOptionError: the host has several client certificates, or one without a key.
            ClosedError: the client was closed.
        """
        foreign = endpoint.host != asked_host
        key = (endpoint.host, endpoint.insecure, endpoint.is_mirror, foreign)
        with self._lock:
            if self._closed:
                raise ClosedError("client already closed")
            if key not in self._made:
                with self._options(endpoint, foreign) as options:
                    self._made[key] = self._inner.client(options=options)
            return self._made[key]

    @contextlib.contextmanager
    def _options(self, endpoint: Endpoint, foreign: bool) -> Iterator[RemoteOptions]:
        given = self.options
        changed: dict[str, Any] = {"hosts": None, "insecure": given.insecure or endpoint.insecure}
        if foreign:
            changed.update(auth=None, headers={}, client_certificate=None, client_key=None)
        if endpoint.is_mirror:
            changed["retry"] = _ONE_TRY
        folder = _folder_of(self.hosts, endpoint.host)
        if folder is not None and (foreign or given.client_certificate is None):
            changed.update(_client_certificate(folder))
        authorities = sorted(folder.glob("*.crt")) if folder and not given.ca_file else []
        with tempfile.NamedTemporaryFile(suffix=".pem") as bundle:
            if authorities:
                bundle.write(b"\n".join(path.read_bytes() for path in authorities))
                bundle.flush()
                changed["ca_file"] = bundle.name  # the engines read it when they make a client
            yield replace(given, **changed)

    def close(self) -> None:
        """Close all clients and refuse further requests."""
        with self._lock:
            self._closed = True
            made, self._made = list(self._made.values()), {}
        for client in made:
            client.close()


def routed(inner: RemoteEngine) -> RemoteEngine:
    """Return the functions of an engine in a form that takes a ``RoutedClient``.

    Args:
        inner: the engine's functions.

    Returns:
        The functions, which choose a host for each call.
    """
    return cast("RemoteEngine", _RoutedRemote(inner))


class _RoutedRemote:
    def __init__(self, inner: RemoteEngine) -> None:
        self._inner = inner

    def __getattr__(self, function: str) -> Callable[..., Any]:
        inner = getattr(self._inner, function)

        def call(*, client: RoutedClient, **given: Any) -> Any:
            if "parts" in given:
                return _write_parts(inner, client, given)
            key = next(key for key in _NAMES if key in given)
            target = given[key]
            attempts = _attempts(client.hosts, target, reads=function in _READS)
            for endpoint in attempts:
                moved = _moved(target, endpoint)
                chosen = client.client_for(endpoint, _host_of(target))
                try:
                    return inner(**{**given, key: moved}, client=chosen)
                except CancelledError:
                    raise
                except Error:
                    if not endpoint.is_mirror:
                        raise
            raise AssertionError("the last attempt returns or raises")

        return call


def _attempts(hosts: Hosts, target: Any, *, reads: bool) -> Iterator[Endpoint]:
    text = _repository_name(target)
    rule = hosts.rule_for(text)
    if rule is not None and rule.blocked:
        raise UnsupportedOptionError(f"{text} is blocked by {rule.source or 'the hosts option'}")
    if reads:
        yield from hosts.mirrors(text, by_digest=isinstance(target, name.Digest))
    if isinstance(target, name.Registry) and rule is not None and rule.location:
        raise UnsupportedOptionError(
            f"{text} is at {rule.location}: ask for the repositories there"
        )
    yield hosts.endpoint(text)


def _write_parts(inner: Callable[..., Any], client: RoutedClient, given: dict[str, Any]) -> Any:
    """``multi_write``, whose parts are all of one registry."""
    moved, clients = {}, []
    for reference, part in given["parts"].items():
        (endpoint,) = _attempts(client.hosts, reference, reads=False)
        moved[_moved(reference, endpoint)] = part
        chosen = client.client_for(endpoint, _host_of(reference))
        if chosen not in clients:
            clients.append(chosen)
    if len(clients) > 1:
        raise UnsupportedOptionError("the hosts option sends the parts to different registries")
    if not clients:
        chosen = client.client_for(Endpoint(""), "")
    return inner(**{**given, "parts": moved}, client=chosen)


def _repository_name(target: Any) -> str:
    if isinstance(target, name.Tag | name.Digest):
        return target.context().name()
    return str(target.name())


def _host_of(target: Any) -> str:
    """The host that the caller named, as configurations write it."""
    from pyggcr._values.hosts import normalised

    return normalised(_repository_name(target)).partition("/")[0]


def _moved(target: Any, endpoint: Endpoint) -> Any:
    """The same name at an endpoint."""
    if isinstance(target, name.Registry):
        return name.new_registry(endpoint.name, insecure=endpoint.insecure or target.insecure)
    insecure = endpoint.insecure or _insecure(target)
    if isinstance(target, name.Digest):
        return name.new_digest(f"{endpoint.name}@{target.digest_str()}", insecure=insecure)
    if isinstance(target, name.Tag):
        return name.new_tag(f"{endpoint.name}:{target.tag_str()}", insecure=insecure)
    return name.new_repository(endpoint.name, insecure=insecure)


def _insecure(target: Any) -> bool:
    repository = target if isinstance(target, name.Repository) else target.context()
    return bool(repository.registry.insecure)


def _folder_of(hosts: Hosts, host: str) -> Path | None:
    """The first folder with certificates of a host."""
    if not host or "/" in host or host.startswith("."):
        return None
    return next((it for root in hosts.certificates if (it := Path(root, host)).is_dir()), None)


def _client_certificate(folder: Path) -> dict[str, str]:
    found = sorted(folder.glob("*.cert"))
    if len(found) > 1:
        raise UnsupportedOptionError(f"{folder} has several client certificates")
    for certificate in found:
        key = certificate.with_suffix(".key")
        if not key.exists():
            raise UnsupportedOptionError(f"{certificate} has no key {key.name} beside it")
        return {"client_certificate": str(certificate), "client_key": str(key)}
    return {}
