"""Which scheme a registry speaks, and what it asks for: transport.Ping.

Hosts that may speak plain HTTP (loopback, ``.localhost``, private addresses, or if asked for) are
tried with TLS first and, when that fails or takes a while, without.
"""

from __future__ import annotations

import functools
import os
import threading
from urllib.parse import urlsplit

from pyggcr import limits
from pyggcr._dataclasses import dataclass, field
from pyggcr._layers.task_group import TaskGroup
from pyggcr._python.remote import challenge, error_parsing
from pyggcr._python.remote.redirects import follow
from pyggcr._python.remote.transport import Request
from pyggcr._values.transport import Challenge
from pyggcr.errors import CancelledError, Error, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr._python.remote.transport import Transport

__all__ = ["Greetings", "ping"]

_HEAD_START = 0.3  # seconds that TLS is tried alone (fallbackDelay)
_POLL = 0.05  # seconds between two looks at the limits


class Greetings:
    """What the registries of a client said to its greeting; threads may share it.

    Go greets a registry again for each repository and right. Here what it said is used again.
    Threads that come at once wait for the first of them, and share its failure: if each greeted it
    anew, a registry that does not answer would be waited for once for each of them. Later ones
    greet it again.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._changed = threading.Condition()
        self._said: dict[name.Registry, _Greeting] = {}

    def greet(self, registry: name.Registry) -> Challenge:
        """Ask the registry, unless it has answered before.

        Raises:
            TransportError: as ``ping``.
        """
        while True:
            with self._changed:
                greeting = self._said.get(registry)
                if greeting is None or greeting.is_lost():
                    greeting = self._said[registry] = _Greeting()
                    break
                while greeting.said is None and greeting.failure is None:
                    self._changed.wait(_POLL)
                    limits.current().check()
            if greeting.said is not None:
                return greeting.said
            # Who was told to stop has learnt nothing of the registry.
            failure = greeting.failure
            if isinstance(failure, Error) and not isinstance(failure, CancelledError):
                raise failure
        return self._ask(registry, greeting)

    def _ask(self, registry: name.Registry, greeting: _Greeting) -> Challenge:
        try:
            said = ping(registry, self.transport)
        except BaseException as error:
            with self._changed:
                greeting.failure = error
                self._said.pop(registry, None)
                self._changed.notify_all()
            raise
        with self._changed:
            greeting.said = said
            self._changed.notify_all()
        return said


@dataclass(slots=True)
class _Greeting:
    """What came of a greeting, if anything yet."""

    said: Challenge | None = None
    failure: BaseException | None = None
    process: int = field(default_factory=os.getpid)

    def is_lost(self) -> bool:
        """Whether a parent is at it, from which this process was forked."""
        return self.said is None and self.process != os.getpid()


def ping(registry: name.Registry, transport: Transport) -> Challenge:
    """Ask the registry (``Ping``).

    Raises:
        TransportError: it does not answer, or not as a registry.
    """
    if registry.scheme() == "https":
        return _ping(registry, transport, "https")
    return _ping_both(registry, transport)


def _ping_both(registry: name.Registry, transport: Transport) -> Challenge:
    greetings: list[Challenge] = []
    failures: dict[str, Error] = {}

    def attempt(scheme: str) -> None:
        try:
            greetings.append(_ping(registry, transport, scheme))
        except CancelledError:
            raise
        except Error as error:
            failures[scheme] = error

    with TaskGroup(2) as group:
        group.start(functools.partial(attempt, "https"))
        group.wait_until(lambda: bool(greetings or failures), _HEAD_START)
        if failures and not greetings:
            attempt("http")
        elif not greetings:
            group.start(functools.partial(attempt, "http"))
            group.wait_until(lambda: bool(greetings) or len(failures) == 2)
    if greetings:
        return greetings[0]
    both = TransportError(f"{failures['https']}; {failures['http']}")
    told = [it for it in failures.values() if isinstance(it, TransportError)]
    # An answer tells more than that there was none.
    for failure in sorted(told, key=lambda it: it.status == 0)[:1]:
        both.method, both.url = failure.method, failure.url
        both.status, both.diagnostics = failure.status, failure.diagnostics
    raise both


def _ping(registry: name.Registry, transport: Transport, scheme: str) -> Challenge:
    request = Request("GET", f"{scheme}://{registry.registry_str()}/v2/")
    response = follow(request, transport.round_trip)
    insecure = urlsplit(response.url).scheme == "http"
    error_parsing.check_status(response, 200, 401)
    response.drain()
    if response.status == 200:
        return Challenge(insecure=insecure)
    headers = response.headers("WWW-Authenticate")
    challenges = challenge.parse_challenges(headers)
    if not challenges:
        return Challenge(headers[0] if headers else "", insecure=insecure)
    picked = challenge.pick(challenges)
    return Challenge(picked.scheme, picked.parameters, insecure)
