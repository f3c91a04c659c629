"""Settings of hosts: mirrors, other locations, plain HTTP, certificates. Values only, no I/O.

``pyggcr.remote.hosts`` reads them from the files that people have, ``pyggcr.remote.routing`` uses
them. Names are those of containers-registries.conf(5).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from pyggcr._dataclasses import dataclass

__all__ = ["Endpoint", "HostRule", "Hosts", "Mirror"]

_HUB = "docker.io"
_HUBS = (_HUB, "index.docker.io", "registry-1.docker.io")


@dataclass(frozen=True, slots=True)
class Mirror:
    """Another place with the same images.

    Attributes:
        location: host, port and perhaps a path, such as ``mirror.example.com:5000/hub``.
        insecure: allow plain HTTP, and do not verify TLS certificates.
        pull: what may be read there: ``all``, ``digest-only`` or ``tag-only``.
    """

    location: str
    insecure: bool = False
    pull: str = "all"


@dataclass(frozen=True, slots=True)
class HostRule:
    """Settings for all names that begin with a prefix.

    Attributes:
        prefix: a host or a namespace, such as ``docker.io/library``; ``*.example.com`` stands for
            all hosts of a domain.
        location: what the prefix is replaced with; empty for the prefix itself.
        insecure: allow plain HTTP, and do not verify TLS certificates.
        blocked: refuse to talk about these names.
        mirrors: places that are asked first for images, in this order.
        source: the file that the rule is from.
    """

    prefix: str
    location: str = ""
    insecure: bool = False
    blocked: bool = False
    mirrors: tuple[Mirror, ...] = ()
    source: str = ""

    def rest_of(self, name: str) -> str | None:
        """What follows the prefix in a name; ``None`` if the name does not begin with it."""
        prefix = self.prefix
        if prefix.startswith("*."):
            host = name.partition("/")[0]
            return name[len(host) :] if host.endswith(prefix[1:]) else None
        if name == prefix or name.startswith(f"{prefix}/"):
            return name[len(prefix) :]
        return None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to find a name: its repository there, and how to talk to that host.

    Attributes:
        name: host and path.
        insecure: allow plain HTTP, and do not verify TLS certificates.
        is_mirror: whether it is a mirror.
    """

    name: str
    insecure: bool = False
    is_mirror: bool = False

    @property
    def host(self) -> str:
        """The host and its port."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Hosts:
    """All settings of hosts; of several rules for a name, the longest prefix counts.

    Attributes:
        rules: prefixes and what holds for them.
        insecure: hosts, or networks such as ``10.0.0.0/8``, that may use plain HTTP.
        certificates: folders with a folder for each host, such as ``/etc/docker/certs.d``.
    """

    rules: tuple[HostRule, ...] = ()
    insecure: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()

    def joined(self, other: Hosts) -> Hosts:
        """These settings, and others that count where these say nothing."""
        known = {rule.prefix for rule in self.rules}
        return Hosts(
            (*self.rules, *(rule for rule in other.rules if rule.prefix not in known)),
            (*self.insecure, *other.insecure),
            (*self.certificates, *other.certificates),
        )

    def rule_for(self, name: str) -> HostRule | None:
        """The rule for a name; ``None`` if there is none."""
        fitting = [rule for rule in self.rules if rule.rest_of(normalised(name)) is not None]
        return max(fitting, key=lambda rule: len(rule.prefix), default=None)

    def endpoint(self, name: str) -> Endpoint:
        """Where the images of a name are kept, mirrors aside."""
        rule = self.rule_for(name)
        where = normalised(name)
        if rule is not None and rule.location:
            where = rule.location + (rule.rest_of(where) or "")
        insecure = rule is not None and rule.insecure
        found = Endpoint(where, insecure)
        return Endpoint(where, insecure or self._is_insecure(found.host))

    def mirrors(self, name: str, *, by_digest: bool) -> Iterator[Endpoint]:
        """Where else to look for an image first."""
        rule = self.rule_for(name)
        if rule is None:
            return
        rest = rule.rest_of(normalised(name)) or ""
        for mirror in rule.mirrors:
            if mirror.pull == ("tag-only" if by_digest else "digest-only"):
                continue
            found = Endpoint(mirror.location + rest, mirror.insecure, True)
            insecure = mirror.insecure or self._is_insecure(found.host)
            yield Endpoint(found.name, insecure, True)

    def _is_insecure(self, host: str) -> bool:
        if host in self.insecure:
            return True
        try:
            address = ipaddress.ip_address(host.rpartition(":")[0] or host)
        except ValueError:
            return False
        return any(
            address in ipaddress.ip_network(it, strict=False) for it in self.insecure if "/" in it
        )


def normalised(name: str) -> str:
    """A name as configurations have it: Docker Hub is ``docker.io``."""
    host, slash, path = name.partition("/")
    return f"{_HUB if host in _HUBS else host}{slash}{path}"
