"""A certificate that a test server signs itself, as for ``registry.TLS`` (internal/httptest).

Python's library makes neither keys nor certificates, so here is as much ECDSA (on P-521, as in Go)
and DER as one needs. Integers of Python are not constant-time, which does not matter for a key that
lives an hour in a test.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import secrets
import time

from pyggcr._values.registry import ServerCertificate
from pyggcr.errors import UnsupportedOptionError

__all__ = ["server_certificate"]

# The curve P-521 (FIPS 186-4, D.1.2.5): y² = x³ - 3x + b modulo _P, and its point of order _ORDER.
_P = 2**521 - 1
_ORDER = int(
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
    "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    16,
)
_X = int(
    "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dba"
    "a14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
    16,
)
_Y = int(
    "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c"
    "97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
    16,
)
_BYTES = 66  # of a number below _P

# Object identifiers in DER.
_EC_KEY = bytes.fromhex("06072a8648ce3d0201")
_P521 = bytes.fromhex("06052b81040023")
_ECDSA_SHA512 = bytes.fromhex("06082a8648ce3d040304")
_COMMON_NAME = bytes.fromhex("0603550403")
_SERVER_AUTH = bytes.fromhex("06082b06010505070301")
_KEY_USAGE, _EXTENDED_USAGE = bytes.fromhex("0603551d0f"), bytes.fromhex("0603551d25")
_ALTERNATIVES, _CONSTRAINTS = bytes.fromhex("0603551d11"), bytes.fromhex("0603551d13")
_SUBJECT_KEY, _AUTHORITY_KEY = bytes.fromhex("0603551d0e"), bytes.fromhex("0603551d23")

_INTEGER, _BIT_STRING, _OCTETS, _UTF8, _TIME = 0x02, 0x03, 0x04, 0x0C, 0x18
_SEQUENCE, _SET = 0x30, 0x31
_TRUE = b"\x01\x01\xff"
_HOUR = 3600
_LOOPBACK = ("127.0.0.1", "::1")

_Point = tuple[int, int] | None


def server_certificate(domain: str) -> ServerCertificate:
    """Make a certificate for a domain and for loopback, valid for an hour."""
    key = secrets.randbelow(_ORDER - 1) + 1
    public = _point(_times(key, (_X, _Y)))
    signed = _to_be_signed(domain, public)
    signature = _sign(key, signed)
    certificate = _der(_SEQUENCE, signed, _der(_SEQUENCE, _ECDSA_SHA512), _bits(signature))
    private = _der(
        _SEQUENCE,
        _integer(1),
        _der(_OCTETS, key.to_bytes(_BYTES, "big")),
        _der(0xA0, _P521),
        _der(0xA1, _bits(public)),
    )
    return ServerCertificate(_pem("CERTIFICATE", certificate), _pem("EC PRIVATE KEY", private))


def _to_be_signed(domain: str, public: bytes) -> bytes:
    now = time.time()
    name = _der(_SEQUENCE, _der(_SET, _der(_SEQUENCE, _COMMON_NAME, _der(_UTF8, domain.encode()))))
    identifier = hashlib.sha1(public, usedforsecurity=False).digest()
    addresses = [_der(0x87, ipaddress.ip_address(it).packed) for it in _LOOPBACK]
    extensions = (
        _der(_SEQUENCE, _KEY_USAGE, _TRUE, _der(_OCTETS, b"\x03\x02\x02\xa4")),
        _der(_SEQUENCE, _EXTENDED_USAGE, _der(_OCTETS, _der(_SEQUENCE, _SERVER_AUTH))),
        _der(_SEQUENCE, _CONSTRAINTS, _TRUE, _der(_OCTETS, _der(_SEQUENCE, _TRUE))),
        _der(_SEQUENCE, _SUBJECT_KEY, _der(_OCTETS, _der(_OCTETS, identifier))),
        _der(_SEQUENCE, _AUTHORITY_KEY, _der(_OCTETS, _der(_SEQUENCE, _der(0x80, identifier)))),
        _der(
            _SEQUENCE,
            _ALTERNATIVES,
            _der(_OCTETS, _der(_SEQUENCE, _der(0x82, _host(domain)), *addresses)),
        ),
    )
    return _der(
        _SEQUENCE,
        _der(0xA0, _integer(2)),  # version 3
        _integer(1),
        _der(_SEQUENCE, _ECDSA_SHA512),
        name,
        _der(_SEQUENCE, _time(now - _HOUR), _time(now + _HOUR)),
        name,
        _der(_SEQUENCE, _der(_SEQUENCE, _EC_KEY, _P521), _bits(public)),
        _der(0xA3, _der(_SEQUENCE, *extensions)),
    )


def _host(domain: str) -> bytes:
    try:
        return domain.encode("idna")
    except UnicodeError as error:
        raise UnsupportedOptionError(f"{domain!r} is no domain: {error}") from None


def _sign(key: int, message: bytes) -> bytes:
    """ECDSA with SHA-512, whose digest is shorter than the order."""
    digest = int.from_bytes(hashlib.sha512(message).digest(), "big")
    once = secrets.randbelow(_ORDER - 1) + 1
    x, _ = _times(once, (_X, _Y))
    r = x % _ORDER
    s = pow(once, -1, _ORDER) * (digest + r * key) % _ORDER
    return _der(_SEQUENCE, _integer(r), _integer(s))


def _times(factor: int, point: tuple[int, int]) -> tuple[int, int]:
    found: _Point = None
    addend: _Point = point
    while factor:
        if factor & 1:
            found = _add(found, addend)
        addend = _add(addend, addend)
        factor >>= 1
    assert found is not None, "a factor below the order gives no point at infinity"
    return found


def _add(left: _Point, right: _Point) -> _Point:
    if left is None:
        return right
    if right is None:
        return left
    (x1, y1), (x2, y2) = left, right
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    if left == right:
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, _P) % _P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P) % _P
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _point(point: tuple[int, int]) -> bytes:
    return b"\x04" + b"".join(it.to_bytes(_BYTES, "big") for it in point)


def _der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    size = len(body)
    if size < 128:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _bits(content: bytes) -> bytes:
    return _der(_BIT_STRING, b"\0", content)


def _time(seconds: float) -> bytes:
    return _der(_TIME, time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds)).encode())


def _pem(label: str, content: bytes) -> bytes:
    text = base64.b64encode(content)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    edge = label.encode()
    return b"\n".join(
        [b"-----BEGIN " + edge + b"-----", *lines, b"-----END " + edge + b"-----", b""]
    )
