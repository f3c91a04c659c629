"""Parse registries, repositories, tags and digest references, as pkg/name does.

All functions take the same keywords: ``strict`` (nothing is filled in), ``insecure`` (plain HTTP),
``default_registry`` and ``default_tag`` (what is filled in). A text that cannot be parsed raises
``InvalidReferenceError`` with the message of Go's ``ErrBadName``.
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
    """Parse a registry, written ``host`` or ``host:port`` (``name.NewRegistry``).

    Args:
        name: the text; an empty one stands for ``default_registry``.
        strict: refuse a name that leaves anything out, instead of filling it in; default false
            (``name.StrictValidation``).
        insecure: allow plain HTTP to the registry; default false (``name.Insecure``).
        default_registry: the host to fill in where the text names none; default ``index.docker.io``
            (``name.WithDefaultRegistry``). It is not checked.
        default_tag: not used; all functions of this module take the same options.

    Returns:
        The registry.

    Raises:
        InvalidReferenceError: the text is not a registry.

    Examples:
        >>> new_registry("localhost:5000").scheme()
        'http'
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
    """Parse a registry that may be reached over plain HTTP (``name.NewInsecureRegistry``).

    The same as ``new_registry`` with ``insecure=True``.

    Args:
        name: ``host`` or ``host:port``; an empty text stands for ``default_registry``.
        strict: refuse a name that leaves anything out, instead of filling it in; default false
            (``name.StrictValidation``).
        default_registry: the host to fill in where the text names none; default ``index.docker.io``
            (``name.WithDefaultRegistry``). It is not checked.
        default_tag: not used; all functions of this module take the same options.

    Returns:
        The registry.

    Raises:
        InvalidReferenceError: the text is not a registry.

    Examples:
        >>> new_insecure_registry("registry.example.com").scheme()
        'http'
    """
    return _registry(normalize(name), _Options(strict, True, default_registry, default_tag))


def new_repository(
    name: str,
    *,
    strict: bool = False,
    insecure: bool = False,
    default_registry: str = DEFAULT_REGISTRY,
    default_tag: str = DEFAULT_TAG,
) -> Repository:
    """Parse a repository, written ``path`` or ``registry/path`` (``name.NewRepository``).

    Args:
        name: the text.
        strict: refuse a name that leaves anything out, instead of filling it in; default false
            (``name.StrictValidation``).
        insecure: allow plain HTTP to the registry; default false (``name.Insecure``).
        default_registry: the host to fill in where the text names none; default ``index.docker.io``
            (``name.WithDefaultRegistry``). It is not checked.
        default_tag: not used; all functions of this module take the same options.

    Returns:
        The repository.

    Raises:
        InvalidReferenceError: the text is not a repository.

    Examples:
        >>> new_repository("ubuntu").name()
        'index.docker.io/library/ubuntu'
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
    """Parse a tag, written ``repository`` or ``repository:tag`` (``name.NewTag``).

    Args:
        name: the text.
        strict: refuse a name that leaves anything out, instead of filling it in; default false
            (``name.StrictValidation``).
        insecure: allow plain HTTP to the registry; default false (``name.Insecure``).
        default_registry: the host to fill in where the text names none; default ``index.docker.io``
            (``name.WithDefaultRegistry``). It is not checked.
        default_tag: the tag to fill in where the text names none; default ``latest``
            (``name.WithDefaultTag``). It is not checked.

    Returns:
        The tag; its ``original`` is the text.

    Raises:
        InvalidReferenceError: the text is not a tag.

    Examples:
        >>> new_tag("registry.example.com:5000/app").name()
        'registry.example.com:5000/app:latest'
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
    """Parse a digest reference, written ``repository@digest`` (``name.NewDigest``).

    A tag before the ``@`` is ignored.

    Args:
        name: the text.
        strict: refuse a name that leaves anything out, instead of filling it in; default false
            (``name.StrictValidation``).
        insecure: allow plain HTTP to the registry; default false (``name.Insecure``).
        default_registry: the host to fill in where the text names none; default ``index.docker.io``
            (``name.WithDefaultRegistry``). It is not checked.
        default_tag: not used in the result; all functions of this module take the same options.

    Returns:
        The digest reference; its ``original`` is the text.

    Raises:
        InvalidReferenceError: the text is not a digest reference.

    Examples:
        >>> digest = "sha256:" + 64 * "a"
        >>> new_digest(f"ubuntu:24.04@{digest}").context().name()
        'index.docker.io/library/ubuntu'
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
    """Parse a tag or a digest reference (``name.ParseReference``).

    A text with both a tag and a digest is a digest reference.

    Args:
        name: the text.
        strict: refuse a name that leaves anything out, instead of filling it in; default false
            (``name.StrictValidation``).
        insecure: allow plain HTTP to the registry; default false (``name.Insecure``).
        default_registry: the host to fill in where the text names none; default ``index.docker.io``
            (``name.WithDefaultRegistry``). It is not checked.
        default_tag: the tag to fill in where the text names none; default ``latest``
            (``name.WithDefaultTag``). It is not checked.

    Returns:
        A ``Tag`` or a ``Digest``.

    Raises:
        InvalidReferenceError: the text is neither; the message does not say what is wrong with it.

    Examples:
        >>> parse_reference("ubuntu:24.04").identifier()
        '24.04'
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
