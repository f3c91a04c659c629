"""The values of pkg/name: ``Registry``, ``Repository``, ``Tag`` and ``Digest``.

They are frozen, hashable and picklable. As in Go nothing is checked on construction: ``parsing``
checks. Where Go embeds one struct in another, the outer value here has the inner one as a field
and answers for it.
"""

from __future__ import annotations

import abc
import re

from pyggcr._dataclasses import dataclass
from pyggcr._gostd import path

__all__ = ["DEFAULT_REGISTRY", "Digest", "Reference", "Registry", "Repository", "Tag"]

# Docker Hub, where official images live in a namespace that their names leave out.
DEFAULT_REGISTRY = "index.docker.io"
_DEFAULT_NAMESPACE = "library"

# Hosts that speak plain HTTP: loopback in its spellings (the first two end in an optional port).
_LOCALHOST = re.compile(r"(?s:.*)\.localhost(?::[0-9]{1,5})?")
_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?|::1")

# The address blocks of RFC 1918: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16.
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PRIVATE = re.compile(
    rf"(?:10\.{_OCTET}|172\.(?:1[6-9]|2[0-9]|3[01])|192\.168)\.{_OCTET}\.{_OCTET}"
)


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry (``name.Registry``): ``host`` with perhaps a port; ``insecure`` asks for HTTP."""

    host: str
    insecure: bool = False

    def __str__(self) -> str:
        return self.host

    def name(self) -> str:
        """The host (``Registry.Name``)."""
        return self.host

    def registry_str(self) -> str:
        """The host (``Registry.RegistryStr``)."""
        return self.host

    def scope(self, action: str) -> str:  # noqa: ARG002  (all values take it, as in Go)
        """The scope that access to the catalog needs, whatever the action (``Registry.Scope``)."""
        return "registry:catalog:*"

    def scheme(self) -> str:
        """``http`` for local and private hosts, or if insecure; else ``https`` (``Scheme``)."""
        return "http" if self.insecure or self._is_local() or self._is_private() else "https"

    def repo(self, *elements: str) -> Repository:
        """The repository whose path these elements make, unchecked (``Registry.Repo``)."""
        return Repository(self, path.join(*elements))

    def _is_local(self) -> bool:
        return (
            self.host.startswith("localhost:")
            or _LOCALHOST.fullmatch(self.host) is not None
            or _LOOPBACK.fullmatch(self.host) is not None
        )

    def _is_private(self) -> bool:
        return _PRIVATE.fullmatch(self.host.partition(":")[0]) is not None


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository in a registry (``name.Repository``); ``path`` is as it was written."""

    registry: Registry
    path: str

    def __str__(self) -> str:
        return self.name()

    def name(self) -> str:
        """Registry and full path (``Repository.Name``)."""
        host = self.registry.name()
        return f"{host}/{self.repository_str()}" if host else self.repository_str()

    def registry_str(self) -> str:
        """The registry's host (``Registry.RegistryStr``)."""
        return self.registry.registry_str()

    def repository_str(self) -> str:
        """The full path: Docker Hub's with ``library/`` if need be (``RepositoryStr``)."""
        if self.has_implicit_namespace():
            return f"{_DEFAULT_NAMESPACE}/{self.path}"
        return self.path

    def has_implicit_namespace(self) -> bool:
        """Whether the path leaves out Docker Hub's namespace ``library``."""
        return "/" not in self.path and self.registry_str() == DEFAULT_REGISTRY

    def scope(self, action: str) -> str:
        """The scope that an action such as ``pull`` needs (``Repository.Scope``)."""
        return f"repository:{self.repository_str()}:{action}"

    def scheme(self) -> str:
        """The registry's scheme (``Registry.Scheme``)."""
        return self.registry.scheme()

    def tag(self, identifier: str) -> Tag:
        """A tag in this repository, unchecked (``Repository.Tag``)."""
        return Tag(self, identifier, f"{self.name()}:{identifier}")

    def digest(self, identifier: str) -> Digest:
        """A digest in this repository, unchecked (``Repository.Digest``)."""
        return Digest(self, identifier, f"{self.name()}@{identifier}")


class Reference(abc.ABC):
    """A tag or a digest in a repository (``name.Reference``); ``str()`` gives the text parsed."""

    __slots__ = ()

    @abc.abstractmethod
    def context(self) -> Repository:
        """The repository (``Reference.Context``)."""

    @abc.abstractmethod
    def identifier(self) -> str:
        """The tag or the digest (``Reference.Identifier``)."""

    @abc.abstractmethod
    def name(self) -> str:
        """The whole name, nothing left out (``Reference.Name``)."""

    def registry_str(self) -> str:
        """The registry's host (``Registry.RegistryStr``)."""
        return self.context().registry_str()

    def repository_str(self) -> str:
        """The repository's full path (``Repository.RepositoryStr``)."""
        return self.context().repository_str()

    def scope(self, action: str) -> str:
        """The scope that an action such as ``pull`` needs (``Reference.Scope``)."""
        return self.context().scope(action)

    def scheme(self) -> str:
        """The registry's scheme (``Registry.Scheme``)."""
        return self.context().scheme()


@dataclass(frozen=True, slots=True)
class Tag(Reference):
    """A reference by tag (``name.Tag``); ``original`` is the text it was parsed from."""

    repository: Repository
    tag: str
    original: str

    def __str__(self) -> str:
        return self.original

    def context(self) -> Repository:
        """The repository (``Tag.Context``)."""
        return self.repository

    def identifier(self) -> str:
        """The tag (``Tag.Identifier``)."""
        return self.tag

    def tag_str(self) -> str:
        """The tag (``Tag.TagStr``)."""
        return self.tag

    def name(self) -> str:
        """Registry, full path and tag (``Tag.Name``)."""
        return f"{self.repository.name()}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Digest(Reference):
    """A reference by digest (``name.Digest``); ``original`` may hold a tag too."""

    repository: Repository
    digest: str
    original: str

    def __str__(self) -> str:
        return self.original

    def context(self) -> Repository:
        """The repository (``Digest.Context``)."""
        return self.repository

    def identifier(self) -> str:
        """The digest (``Digest.Identifier``)."""
        return self.digest

    def digest_str(self) -> str:
        """The digest (``Digest.DigestStr``)."""
        return self.digest

    def name(self) -> str:
        """Registry, full path and digest (``Digest.Name``)."""
        return f"{self.repository.name()}@{self.digest}"
