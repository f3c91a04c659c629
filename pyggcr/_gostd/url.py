# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""What Go's ``net/url`` takes for the host of a URL, as Go 1.26 and 1.27 read it.

Only the one question that pkg/name asks is answered here. Parsing whole URLs, escaping and the
texts of ``url.Error`` do not belong here: nobody sees them.
"""

from __future__ import annotations

import re

__all__ = ["is_host"]

# What ``url.Parse`` does not leave as it is in a host: the ASCII characters that ``encodeHost`` in
# net/url/encoding_table.go does not hold; "%", as what it escapes is decoded; "/", "?", "#", "@",
# which end or begin the host. (Said the other way round, this takes 2 ms to compile.)
_NOT_OF_HOST = re.compile("[\\x00-\\x20#%/?@\\\\^`{|}\\x7f]")
_OPTIONAL_PORT = re.compile(":[0-9]*|")


def is_host(text: str) -> bool:
    """Whether ``url.Parse("//" + text)`` succeeds with exactly ``text`` as its ``Host``.

    >>> is_host("example.com:5000"), is_host("[::1]:5000"), is_host("user@example.com")
    (True, True, False)
    """
    if _NOT_OF_HOST.search(text):
        return False
    bracket = text.rfind("[")
    if bracket > 0:
        return False
    if bracket == 0:
        address, closing, port = text[1:].rpartition("]")
        return bool(closing) and _is_optional_port(port) and _is_ipv6(address)
    _, colon, port = text.rpartition(":")
    return _is_optional_port(colon + port) if colon else True


def _is_optional_port(text: str) -> bool:
    return _OPTIONAL_PORT.fullmatch(text) is not None


def _is_ipv6(text: str) -> bool:
    """``netip.ParseAddr`` for an IPv6 address without a zone (a zone would need a "%")."""
    import ipaddress  # only here: addresses in brackets are rare, and importing takes a while

    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
