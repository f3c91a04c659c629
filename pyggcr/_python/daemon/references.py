"""Names of images as Docker reads them: github.com/distribution/reference, as far as tagging asks.

What ``pyggcr.name`` accepts as a tag is not always one to Docker, which then says why. Names with
digests are not here: nobody tags with them.
"""

from __future__ import annotations

import re

from pyggcr._gostd.strconv import quote
from pyggcr.errors import InvalidReferenceError

__all__ = ["check_source", "split_target"]

_DEFAULT_DOMAIN = "docker.io"
_LEGACY_DOMAIN = "index.docker.io"
_LOCALHOST = "localhost"
_OFFICIAL = "library/"
_DEFAULT_TAG = "latest"
_LONGEST = 255  # characters of a repository's name, without its domain

# regexp.go
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*"
_PATH = rf"{_COMPONENT}(?:/{_COMPONENT})*"
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[(?:[a-fA-F0-9:]+)\])(?::[0-9]+)?"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_REFERENCE = re.compile(rf"((?:{_DOMAIN}/)?{_PATH})(?::({_TAG}))?")
_NAME = re.compile(rf"(?:({_DOMAIN})/)?({_PATH})")
_IDENTIFIER = re.compile("[a-f0-9]{64}")
_DIGEST = re.compile("sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")


def check_source(text: str) -> None:
    """Refuse what is no image to Docker (``ParseAnyReference``).

    Raises:
        InvalidReferenceError: says why.
    """
    if not _IDENTIFIER.fullmatch(text) and not _DIGEST.fullmatch(text):
        _parse(text)


def split_target(text: str) -> tuple[str, str]:
    """Repository and tag of a new name (``ParseNormalizedNamed``, ``TagNameOnly``).

    Raises:
        InvalidReferenceError: says why it is none.
    """
    repository, tag = _parse(text)
    return repository, tag or _DEFAULT_TAG


def _parse(text: str) -> tuple[str, str]:
    """Repository with its domain, and tag."""
    if _IDENTIFIER.fullmatch(text):
        raise _refusal(
            text,
            f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings",
        )
    domain, remainder = _split_domain(text)
    remote = remainder.partition(":")[0]
    if remote.lower() != remote:
        raise _refusal(
            text, f"invalid reference format: repository name ({remote}) must be lowercase"
        )
    match = _REFERENCE.fullmatch(f"{domain}/{remainder}")
    if match is None:
        lower = _REFERENCE.fullmatch(f"{domain}/{remainder}".lower())
        raise _refusal(
            text, "repository name must be lowercase" if lower else "invalid reference format"
        )
    name = _NAME.fullmatch(match[1])
    if name is not None and len(name[2]) > _LONGEST:
        raise _refusal(text, f"repository name must not be more than {_LONGEST} characters")
    return match[1], match[2] or ""


def _refusal(text: str, reason: str) -> InvalidReferenceError:
    return InvalidReferenceError(
        f"error parsing reference: {quote(text)} is not a valid repository/tag: {reason}"
    )


def _split_domain(text: str) -> tuple[str, str]:
    """The domain, that of Docker Hub if none is named, and the rest (``splitDockerDomain``)."""
    first, slash, rest = text.partition("/")
    if not slash:
        return _DEFAULT_DOMAIN, _OFFICIAL + text
    if first == _LEGACY_DOMAIN:
        first = _DEFAULT_DOMAIN
    elif first != _LOCALHOST and first.lower() == first and not set(first) & set(".:"):
        first, rest = _DEFAULT_DOMAIN, text
    if first == _DEFAULT_DOMAIN and "/" not in rest:
        rest = _OFFICIAL + rest
    return first, rest
