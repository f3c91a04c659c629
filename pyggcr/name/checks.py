"""Check the characters and lengths of repositories, tags and digests.

Mirrors check.go of pkg/name, and ``Digest.Validate`` of opencontainers/go-digest, which pkg/name
calls. Texts are expected in the form that ``_gostd.strconv.normalize`` returns: one character is
one rune as Go counts them.
"""

from __future__ import annotations

import re

from pyggcr.errors import InvalidReferenceError

__all__ = ["check_digest", "check_repository", "check_tag"]

_REPOSITORY_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789_-./"
_TAG_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789_-.ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Not compiled here: most references are tags, and re remembers what it has compiled.
_DIGEST = "[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+"
_HEX = "[a-f0-9]*"
_HEX_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}

_BAD_FORMAT = "invalid checksum digest format"
_BAD_LENGTH = "invalid checksum digest length"
_UNSUPPORTED = "unsupported digest algorithm"


def check_repository(text: str) -> None:
    """Check that a text can be the path of a repository.

    Args:
        text: 1 to 255 characters out of ``a-z``, ``0-9``, ``_``, ``-``, ``.`` and ``/``.

    Raises:
        InvalidReferenceError: the text is empty or too long, or has another character.
    """
    _check_element("repository", text, _REPOSITORY_CHARS, 255)


def check_tag(text: str) -> None:
    """Check that a text can be a tag.

    Args:
        text: 1 to 128 characters out of ``a-z``, ``A-Z``, ``0-9``, ``_``, ``-`` and ``.``.

    Raises:
        InvalidReferenceError: the text is empty or too long, or has another character.
    """
    _check_element("tag", text, _TAG_CHARS, 128)


def _check_element(kind: str, text: str, allowed: str, longest: int) -> None:
    if not 1 <= len(text) <= longest:
        raise InvalidReferenceError(
            f"{kind} must be between 1 and {longest} characters in length: {text}"
        )
    if text.strip(allowed):
        raise InvalidReferenceError(f"{kind} can only contain the characters `{allowed}`: {text}")


def check_digest(text: str) -> None:
    """Check that a text is a digest of a known algorithm (``digest.Digest.Validate``).

    Args:
        text: ``algorithm:hex``, where the algorithm is ``sha256``, ``sha384`` or ``sha512``.

    Raises:
        InvalidReferenceError: the format or the length is wrong, or the algorithm is unknown.
    """
    if fault := _fault_of_digest(text):
        raise InvalidReferenceError(f"{fault}: {text}")


def _fault_of_digest(text: str) -> str:
    algorithm, _, encoded = text.partition(":")
    if not algorithm or not encoded:
        return _BAD_FORMAT
    length = _HEX_LENGTHS.get(algorithm)
    if length is None:
        return _UNSUPPORTED if re.fullmatch(_DIGEST, text) else _BAD_FORMAT
    if len(encoded.encode("utf-8", "surrogateescape")) != length:
        return _BAD_LENGTH
    return "" if re.fullmatch(_HEX, encoded) else _BAD_FORMAT
