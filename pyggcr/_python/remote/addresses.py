"""Hosts of URLs: which are private, which are the same (internal/ipaddr, ``matchesHost``).

A registry must not be able to send a client with its credentials, or its data, to an address
inside the client's own network; DNS names are not looked up for that, as in Go.
"""

from __future__ import annotations

import ipaddress
import re

from pyggcr._gostd.strconv import quote
from pyggcr._python.remote.urls import parse
from pyggcr.errors import Error

__all__ = ["check_named", "is_private_or_link_local", "matches_host"]

_PORTS = {"http": "80", "https": "443"}

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# netip.Addr.IsPrivate: RFC 1918 and RFC 4193; Python's is_private has many more.
_PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
)
# A part of an address in the old notation of inet_aton, as strconv.ParseUint reads it with base 0.
_NUMBER = re.compile(
    r"0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|(?P<oct>0[0-7]+)|(?P<dec>[0-9]{1,20})"
)
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}


def is_private_or_link_local(host: str) -> bool:
    """Whether the host is an IP address that is not of the public internet (``IsPrivate…``)."""
    address = _parse(host)
    if address is None:
        return False
    return (
        address.is_loopback
        or address.is_link_local
        or _is_link_local_multicast(address)
        or any(address in network for network in _PRIVATE if network.version == address.version)
        or address.is_unspecified
    )


def check_named(what: str, url: str, *, insecure: bool, trusted: str = "") -> None:
    """Refuse a URL that a registry names if it leads inside, or goes without TLS.

    Args:
        what: what the URL is, for the errors.
        url: the URL.
        insecure: whether it may do without TLS.
        trusted: a host that may be inside: the registry itself.

    Raises:
        Error: it is refused.
    """
    try:
        parts = parse(url)
    except Error as error:
        raise Error(f"parsing {what} {quote(url)}: {error}") from None
    if parts.scheme == "http" and not insecure:
        raise Error(f'{what} scheme "http" not allowed for a secure registry; use https')
    if parts.scheme not in ("http", "https"):
        raise Error(
            f"{what} scheme {quote(parts.scheme)} not allowed; must be https "
            "(or http for insecure registries)"
        )
    host = parts.hostname or ""
    if not (trusted and parts.netloc == trusted) and is_private_or_link_local(host):
        raise Error(f"{what} host {quote(host)} is a private or link-local address")


def _is_link_local_multicast(address: _Address) -> bool:
    packed = address.packed
    if address.version == 4:
        return packed[:3] == b"\xe0\x00\x00"
    return packed[0] == 0xFF and packed[1] & 0x0F == 2


def _parse(host: str) -> _Address | None:
    host = host.partition("%")[0]  # the dialer ignores zones
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _parse_old_notation(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _parse_old_notation(host: str) -> ipaddress.IPv4Address | None:
    """``127.1``, ``0x7f.1``, ``2130706433``: what some resolvers take for addresses."""
    parts = host.split(".")
    if len(parts) > 4:
        return None
    numbers = [_number(part) for part in parts]
    value = 0
    for number in numbers[:-1]:
        if number is None or number > 0xFF:
            return None
        value = value << 8 | number
    last, bits = numbers[-1], 8 * (5 - len(parts))
    if last is None or last >= 1 << bits:
        return None
    return ipaddress.IPv4Address(value << bits | last)


def _number(text: str) -> int | None:
    match = _NUMBER.fullmatch(text)
    if match is None or match.lastgroup is None:
        return None
    return int(match[match.lastgroup], _BASES[match.lastgroup])


def matches_host(registry: str, host: str, scheme: str) -> bool:
    """Whether a request to ``host`` goes to the registry, default ports written or not."""
    return _canonical(host, scheme) == _canonical(registry, scheme)


def _canonical(host: str, scheme: str) -> str:
    default = _PORTS.get(scheme, "")
    if host.count(":") == 1 or (host.count(":") >= 2 and "]:" in host):
        name, _, port = host.rpartition(":")
        return f"{name.strip('[]')}:{port or default}"
    return f"{host}:{default}"
