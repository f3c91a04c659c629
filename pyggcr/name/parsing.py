"""From text to the values of pkg/name: ``new_tag``, ``parse_reference`` and their like.

Each function takes the same options, as keywords: ``strict`` (nothing is filled in),
``insecure`` (plain HTTP), ``default_registry`` and ``default_tag`` (what is filled in, unchecked).
What is wrong with a text is an ``InvalidReferenceError`` with the text of Go's ``ErrBadName``.
"""

from __future__ import annotations

import contextlib

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.strconv import normalize
from pyggcr._gostd.url import is_host
from pyggcr.errors import InvalidReferenceError
from pyggcr.name.checks import check_digest, check_repository, check_tag
from pyggcr.name.values import DEFAULT_REGISTRY, Digest, Registry, Repository, Tag

__all__ = [
    "DEFAULT_REGISTRY",
    "DEFAULT_TAG",
    "new_digest",
    "new_insecure_registry",
    "new_registry",
    "new_repository",
    "new_tag",
    "parse_reference",
]

DEFAULT_TAG = "latest"
_DEFAULT_REGISTRY_ALIAS = "docker.io"  # upstream issue 68


@dataclass(frozen=True, slots=True)
class _Options:
    strict: bool
    insecure: bool
    default_registry: str
    default_tag: str


def new_registry(
    name: str,
    *,
    strict: bool = False,
    insecure: bool = False,
    default_registry: str = DEFAULT_REGISTRY,
    default_tag: str = DEFAULT_TAG,
) -> Registry:
    """Parse ``host`` or ``host:port`` (``name.NewRegistry``); empty means the default.

    >>> new_registry("localhost:5000").scheme()
    'http'

    Raises:
        InvalidReferenceError: the text is not a registry.
    """
    options = _Options(strict, insecure, default_registry, default_tag)
    return _registry(normalize(name), options)


def new_insecure_registry(
    name: str,
    *,
    strict: bool = False,
    default_registry: str = DEFAULT_REGISTRY,
    default_tag: str = DEFAULT_TAG,
) -> Registry:
    """``new_registry`` with ``insecure`` set (``name.NewInsecureRegistry``)."""
    return _registry(normalize(name), _Options(strict, True, default_registry, default_tag))


def new_repository(
    name: str,
    *,
    strict: bool = False,
    insecure: bool = False,
    default_registry: str = DEFAULT_REGISTRY,
    default_tag: str = DEFAULT_TAG,
) -> Repository:
    """Parse ``path`` or ``registry/path`` (``name.NewRepository``).

    >>> new_repository("ubuntu").name()
    'index.docker.io/library/ubuntu'

    Raises:
        InvalidReferenceError: the text is not a repository.
    """
    options = _Options(strict, insecure, default_registry, default_tag)
    return _repository(normalize(name), options)


def new_tag(
    name: str,
    *,
    strict: bool = False,
    insecure: bool = False,
    default_registry: str = DEFAULT_REGISTRY,
    default_tag: str = DEFAULT_TAG,
) -> Tag:
    """Parse ``repository`` or ``repository:tag`` (``name.NewTag``).

    >>> new_tag("registry.example.com:5000/app").name()
    'registry.example.com:5000/app:latest'

    Raises:
        InvalidReferenceError: the text is not a tag.
    """
    options = _Options(strict, insecure, default_registry, default_tag)
    return _tag(normalize(name), options)


def new_digest(
    name: str,
    *,
    strict: bool = False,
    insecure: bool = False,
    default_registry: str = DEFAULT_REGISTRY,
    default_tag: str = DEFAULT_TAG,
) -> Digest:
    """Parse ``repository@digest``; a tag before the ``@`` counts for nothing (``name.NewDigest``).

    Raises:
        InvalidReferenceError: the text is not a digest reference.
    """
    options = _Options(strict, insecure, default_registry, default_tag)
    return _digest(normalize(name), options)


def parse_reference(
    name: str,
    *,
    strict: bool = False,
    insecure: bool = False,
    default_registry: str = DEFAULT_REGISTRY,
    default_tag: str = DEFAULT_TAG,
) -> Tag | Digest:
    """Parse a tag or a digest reference; one with both is a digest (``name.ParseReference``).

    Raises:
        InvalidReferenceError: the text is neither; the text does not say what is wrong with it.
    """
    options = _Options(strict, insecure, default_registry, default_tag)
    text = normalize(name)
    if text.startswith(("http://", "https://")):
        raise InvalidReferenceError(
            f"image reference must not contain a URL scheme (http:// or https://): {text}; "
            "to connect to a registry over plain HTTP, use name.Insecure"
        )
    with contextlib.suppress(InvalidReferenceError):
        return _tag(text, options)
    with contextlib.suppress(InvalidReferenceError):
        return _digest(text, options)
    raise InvalidReferenceError(f"could not parse reference: {text}")


def _registry(text: str, options: _Options) -> Registry:
    if options.strict and not text:
        raise InvalidReferenceError(
            "strict validation requires the registry to be explicitly defined"
        )
    if not is_host(text):
        raise InvalidReferenceError(f"registries must be valid RFC 3986 URI authorities: {text}")
    host = text or options.default_registry
    if host == _DEFAULT_REGISTRY_ALIAS:
        host = DEFAULT_REGISTRY
    return Registry(host, options.insecure)


def _repository(text: str, options: _Options) -> Repository:
    if not text:
        raise InvalidReferenceError("a repository name must be specified")
    host, path = _split_host(text)
    check_repository(path)
    repository = Repository(_registry(host, options), path)
    if options.strict and repository.has_implicit_namespace():
        raise InvalidReferenceError(
            "strict validation requires the full repository path (missing 'library')"
        )
    return repository


def _split_host(text: str) -> tuple[str, str]:
    """The registry and the path; what could be a namespace is not taken for a registry."""
    first, slash, rest = text.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first):
        return first, rest
    return "", text


def _tag(text: str, options: _Options) -> Tag:
    base, tag = text, ""
    before, colon, after = text.rpartition(":")
    if colon and "/" not in after:  # else the colon is that of a port
        if not after:
            raise InvalidReferenceError(f"{text} must specify a tag name after the colon")
        base, tag = before, after
    if tag or options.strict:
        check_tag(tag)
    return Tag(_repository(base, options), tag or options.default_tag, text)


def _digest(text: str, options: _Options) -> Digest:
    parts = text.split("@")
    if len(parts) != 2:
        raise InvalidReferenceError(
            "a digest must contain exactly one '@' separator"
            f" (e.g. registry/repository@digest) saw: {text}"
        )
    base, digest = parts
    check_digest(digest)
    # What is wrong with the base, if anything, is told by parsing it as a repository.
    with contextlib.suppress(InvalidReferenceError):
        base = _tag(base, options).context().name()
    return Digest(_repository(base, options), digest, text)
