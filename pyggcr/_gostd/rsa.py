# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Signatures with an RSA key, as crypto/rsa and crypto/x509 make them for a JSON web token.

Python's standard library has no RSA. A signature is one exponentiation, for which whole numbers are
enough, so no further package is needed. The number is blinded, so that the time it takes says
nothing about the key, and checked before it is handed out, since a wrong one could give the key
away. Encryption, other padding and other keys do not belong here.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import base64
from pyggcr.errors import Error, JSONError

__all__ = ["PrivateKey", "parse_private_key"]

_PEM = re.compile(rb"-----BEGIN ([^\r\n]*)-----\r?\n(.*?)-----END \1-----", re.DOTALL)
_SEQUENCE = 0x30
_INTEGER = 0x02
_OCTETS = 0x04
_OID = 0x06
_RSA = bytes.fromhex("2a864886f70d010101")  # rsaEncryption, 1.2.840.113549.1.1.1
# DigestInfo of SHA-256, RFC 8017 section 9.2.
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
_SMALLEST = 1024  # bits; Go refuses smaller keys
_LARGEST = 16384  # bits; beyond, one signature takes a minute


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """A private key: modulus, public and private exponent, two primes, CRT exponents."""

    n: int
    e: int
    d: int
    p: int
    q: int

    def sign(self, data: bytes) -> bytes:
        """A signature of the data's SHA-256 (``rsa.SignPKCS1v15``).

        Raises:
            Error: the key is too small, too large or inconsistent.
        """
        bits = self.n.bit_length()
        if bits < _SMALLEST:
            raise Error(
                f"crypto/rsa: {bits}-bit keys are insecure "
                "(see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)"
            )
        if bits > _LARGEST:
            raise Error(f"crypto/rsa: {bits}-bit keys are too large")
        size = (bits + 7) // 8
        digest = _SHA256 + hashlib.sha256(data).digest()
        padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
        message = int.from_bytes(padded, "big")
        signature = self._power(message)
        if pow(signature, self.e, self.n) != message:
            raise Error("crypto/rsa: internal error")
        return signature.to_bytes(size, "big")

    def _power(self, message: int) -> int:
        """The message to the private exponent, blinded, by the Chinese remainder theorem."""
        try:
            blind = secrets.randbelow(self.n - 2) + 2
            undo = pow(blind, -1, self.n)
            inverse = pow(self.q, -1, self.p)
        except ValueError:
            raise Error("crypto/rsa: internal error") from None
        blinded = message * pow(blind, self.e, self.n) % self.n
        by_p = pow(blinded, self.d % (self.p - 1), self.p)
        by_q = pow(blinded, self.d % (self.q - 1), self.q)
        return (by_q + self.q * ((by_p - by_q) * inverse % self.p)) * undo % self.n


def parse_private_key(data: bytes) -> PrivateKey:
    """The key of a PEM or DER document, PKCS #1 or PKCS #8 (``internal.ParseKey`` of oauth2).

    Raises:
        Error: it is none.
    """
    if found := _PEM.search(data):
        lines = found[2].rpartition(b"\n\n")[2]  # behind headers, if there are any
        try:
            data = base64.decode(lines.replace(b" ", b""))
        except JSONError:
            data = b""
    try:
        return _parse(data)
    except (ValueError, IndexError):
        raise Error(
            "private key should be a PEM or plain PKCS1 or PKCS8; parse error: "
            "asn1: structure error: no RSA private key"
        ) from None


def _parse(der: bytes) -> PrivateKey:
    fields = list(_elements(_only(der)))
    kind, content = fields[1]
    if kind == _SEQUENCE:  # PKCS #8: version, algorithm, key
        if next(_elements(content)) != (_OID, _RSA):
            raise Error("private key is invalid")
        if fields[2][0] != _OCTETS:
            raise ValueError
        fields = list(_elements(_only(fields[2][1])))
    numbers = [_integer(it) for it in fields[:6]]
    version, n, e, d, p, q = numbers
    if version != 0 or min(e, d) < 2 or min(p, q) < 3 or p * q != n or n % 2 == 0:
        raise ValueError
    return PrivateKey(n, e, d, p, q)


def _only(der: bytes) -> bytes:
    (element,) = _elements(der)
    if element[0] != _SEQUENCE:
        raise ValueError
    return element[1]


def _integer(element: tuple[int, bytes]) -> int:
    if element[0] != _INTEGER:
        raise ValueError
    return int.from_bytes(element[1], "big", signed=True)


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and contents of DER elements that stand one after the other.

    Raises:
        ValueError: they are not complete.
    """
    position = 0
    while position < len(der):
        tag, size = der[position], der[position + 1]
        position += 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(der[position : position + count], "big")
            position += count
        end = position + size
        if end > len(der):
            raise ValueError
        yield tag, der[position:end]
        position = end
