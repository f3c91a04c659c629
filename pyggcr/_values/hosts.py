"""Settings of hosts: mirrors, other locations, plain HTTP, certificates.

``pyggcr.remote.hosts`` reads them from files, ``pyggcr.remote.routing`` uses them. Names are those
of containers-registries.conf(5). Nothing here does I/O.
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
    """Another location of the same images.

    Attributes:
        location: host, port and perhaps a path, such as ``mirror.example.com:5000/hub``.
        insecure: allow plain HTTP, and do not verify TLS certificates; default false.
        pull: what may be read there: ``all`` (default), ``digest-only`` or ``tag-only``.
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
        location: what the prefix is replaced with; empty to keep the prefix.
        insecure: allow plain HTTP, and do not verify TLS certificates; default false.
        blocked: refuse all requests for these names; default false.
        mirrors: mirrors to ask first for images, in this order.
        source: the file that the rule comes from.
    """

    prefix: str
    location: str = ""
    insecure: bool = False
    blocked: bool = False
    mirrors: tuple[Mirror, ...] = ()
    source: str = ""

    def rest_of(self, name: str) -> str | None:
        """Return the part of a name after the prefix.

        Args:
            name: host and path, such as ``docker.io/library/ubuntu``.

        Returns:
            The rest; ``None`` if the name does not begin with the prefix.
        """
        prefix = self.prefix
        if prefix.startswith("*."):
            host = name.partition("/")[0]
            return name[len(host) :] if host.endswith(prefix[1:]) else None
        if name == prefix or name.startswith(f"{prefix}/"):
            return name[len(prefix) :]
        return None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The repository of a name at a host, and how to talk to that host.

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
    """All settings of hosts; of several rules for a name, the longest prefix wins.

    Attributes:
        rules: settings by prefix.
        insecure: hosts, or networks such as ``10.0.0.0/8``, that may use plain HTTP.
        certificates: folders that contain a folder for each host, such as ``/etc/docker/certs.d``.

    Examples:
        >>> hosts = Hosts((HostRule("docker.io", mirrors=(Mirror("mirror.example.com/hub"),)),))
        >>> [it.name for it in hosts.mirrors("docker.io/library/ubuntu", by_digest=True)]
        ['mirror.example.com/hub/library/ubuntu']
    """

    rules: tuple[HostRule, ...] = ()
    insecure: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()

    def joined(self, other: Hosts) -> Hosts:
        """Combine these settings with others, which apply where these have none.

        Args:
            other: the settings of lower priority.

        Returns:
            The combined settings.
        """
        known = {rule.prefix for rule in self.rules}
        return Hosts(
            (*self.rules, *(rule for rule in other.rules if rule.prefix not in known)),
            (*self.insecure, *other.insecure),
            (*self.certificates, *other.certificates),
        )

    def rule_for(self, name: str) -> HostRule | None:
        """Find the rule for a name.

        Args:
            name: host and path, such as ``docker.io/library/ubuntu``.

        Returns:
            The rule with the longest prefix; ``None`` if none applies.
        """
        fitting = [rule for rule in self.rules if rule.rest_of(normalised(name)) is not None]
        return max(fitting, key=lambda rule: len(rule.prefix), default=None)

    def endpoint(self, name: str) -> Endpoint:
        """Return where the images of a name are, apart from mirrors.

        Args:
            name: host and path, such as ``docker.io/library/ubuntu``.

        Returns:
            The repository there, and how to talk to that host.
        """
        rule = self.rule_for(name)
        where = normalised(name)
        if rule is not None and rule.location:
            where = rule.location + (rule.rest_of(where) or "")
        insecure = rule is not None and rule.insecure
        found = Endpoint(where, insecure)
        return Endpoint(where, insecure or self._is_insecure(found.host))

    def mirrors(self, name: str, *, by_digest: bool) -> Iterator[Endpoint]:
        """Return the mirrors to ask first for an image.

        Args:
            name: host and path, such as ``docker.io/library/ubuntu``.
            by_digest: whether the image is asked for by its digest; a mirror may be for digests or
                tags only.

        Yields:
            The repository at each mirror, and how to talk to that host.
        """
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
