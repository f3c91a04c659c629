"""The values of pkg/name: ``Registry``, ``Repository``, ``Tag`` and ``Digest``.

They are frozen, hashable and picklable. As in Go, the constructors check nothing; the functions of
``parsing`` do. Where Go embeds one struct in another, the outer class here has the inner value as a
field and forwards its methods.
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
    """A registry (``name.Registry``).

    Attributes:
        host: the host, with a port if one is needed, such as ``localhost:5000``.
        insecure: whether plain HTTP is allowed; default false.
    """

    host: str
    insecure: bool = False

    def __str__(self) -> str:
        return self.host

    def name(self) -> str:
        """Return the host (``Registry.Name``).

        Returns:
            The host, with its port.
        """
        return self.host

    def registry_str(self) -> str:
        """Return the host (``Registry.RegistryStr``).

        Returns:
            The host, with its port.
        """
        return self.host

    def scope(self, action: str) -> str:  # noqa: ARG002  (all values take it, as in Go)
        """Return the scope of a token for the catalog (``Registry.Scope``).

        Args:
            action: not used: access to the catalog has one scope.

        Returns:
            ``registry:catalog:*``.
        """
        return "registry:catalog:*"

    def scheme(self) -> str:
        """Return the URL scheme that requests to the registry begin with (``Registry.Scheme``).

        Returns:
            ``http`` for loopback and private addresses, ``.localhost``, and if ``insecure`` is set;
            ``https`` for all others.
        """
        return "http" if self.insecure or self._is_local() or self._is_private() else "https"

    def repo(self, *elements: str) -> Repository:
        """Return a repository of this registry, without checks (``Registry.Repo``).

        Args:
            elements: parts of the path, joined with slashes.

        Returns:
            The repository.

        Examples:
            >>> Registry("registry.example.com").repo("team", "app").name()
            'registry.example.com/team/app'
        """
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
    """A repository in a registry (``name.Repository``).

    Attributes:
        registry: the registry.
        path: the path as it was written, without ``library/`` where that was left out.
    """

    registry: Registry
    path: str

    def __str__(self) -> str:
        return self.name()

    def name(self) -> str:
        """Return the registry and the full path (``Repository.Name``).

        Returns:
            Such as ``index.docker.io/library/ubuntu``.
        """
        host = self.registry.name()
        return f"{host}/{self.repository_str()}" if host else self.repository_str()

    def registry_str(self) -> str:
        """Return the host of the registry (``Registry.RegistryStr``).

        Returns:
            The host, with its port.
        """
        return self.registry.registry_str()

    def repository_str(self) -> str:
        """Return the full path (``Repository.RepositoryStr``).

        Returns:
            The path; on Docker Hub it includes the namespace ``library/`` where that was left out.
        """
        if self.has_implicit_namespace():
            return f"{_DEFAULT_NAMESPACE}/{self.path}"
        return self.path

    def has_implicit_namespace(self) -> bool:
        """Tell whether the path leaves out Docker Hub's namespace ``library``.

        Returns:
            True for a path without a slash on Docker Hub.
        """
        return "/" not in self.path and self.registry_str() == DEFAULT_REGISTRY

    def scope(self, action: str) -> str:
        """Return the scope of a token that allows an action (``Repository.Scope``).

        Args:
            action: such as ``pull`` or ``push,pull``.

        Returns:
            Such as ``repository:library/ubuntu:pull``.
        """
        return f"repository:{self.repository_str()}:{action}"

    def scheme(self) -> str:
        """Return the URL scheme of the registry (``Registry.Scheme``).

        Returns:
            ``http`` or ``https``.
        """
        return self.registry.scheme()

    def tag(self, identifier: str) -> Tag:
        """Return a tag in this repository, without checks (``Repository.Tag``).

        Args:
            identifier: the tag, such as ``latest``.

        Returns:
            The tag.
        """
        return Tag(self, identifier, f"{self.name()}:{identifier}")

    def digest(self, identifier: str) -> Digest:
        """Return a digest reference in this repository, without checks (``Repository.Digest``).

        Args:
            identifier: the digest, such as ``sha256:…``.

        Returns:
            The digest reference.
        """
        return Digest(self, identifier, f"{self.name()}@{identifier}")


class Reference(abc.ABC):
    """A tag or a digest in a repository (``name.Reference``).

    ``str()`` gives the text that it was parsed from.
    """

    __slots__ = ()

    @abc.abstractmethod
    def context(self) -> Repository:
        """Return the repository (``Reference.Context``).

        Returns:
            The repository.
        """

    @abc.abstractmethod
    def identifier(self) -> str:
        """Return the tag or the digest (``Reference.Identifier``).

        Returns:
            Such as ``latest`` or ``sha256:…``.
        """

    @abc.abstractmethod
    def name(self) -> str:
        """Return the full name, with all defaults filled in (``Reference.Name``).

        Returns:
            Such as ``index.docker.io/library/ubuntu:latest``.
        """

    def registry_str(self) -> str:
        """Return the host of the registry (``Registry.RegistryStr``).

        Returns:
            The host, with its port.
        """
        return self.context().registry_str()

    def repository_str(self) -> str:
        """Return the full path of the repository (``Repository.RepositoryStr``).

        Returns:
            Such as ``library/ubuntu``.
        """
        return self.context().repository_str()

    def scope(self, action: str) -> str:
        """Return the scope of a token that allows an action (``Reference.Scope``).

        Args:
            action: such as ``pull`` or ``push,pull``.

        Returns:
            Such as ``repository:library/ubuntu:pull``.
        """
        return self.context().scope(action)

    def scheme(self) -> str:
        """Return the URL scheme of the registry (``Registry.Scheme``).

        Returns:
            ``http`` or ``https``.
        """
        return self.context().scheme()


@dataclass(frozen=True, slots=True)
class Tag(Reference):
    """A reference by tag (``name.Tag``).

    Attributes:
        repository: the repository.
        tag: the tag, such as ``latest``.
        original: the text that it was parsed from.
    """

    repository: Repository
    tag: str
    original: str

    def __str__(self) -> str:
        return self.original

    def context(self) -> Repository:
        """Return the repository (``Tag.Context``).

        Returns:
            The repository.
        """
        return self.repository

    def identifier(self) -> str:
        """Return the tag (``Tag.Identifier``).

        Returns:
            Such as ``latest``.
        """
        return self.tag

    def tag_str(self) -> str:
        """Return the tag (``Tag.TagStr``).

        Returns:
            Such as ``latest``.
        """
        return self.tag

    def name(self) -> str:
        """Return the registry, the full path and the tag (``Tag.Name``).

        Returns:
            Such as ``index.docker.io/library/ubuntu:latest``.
        """
        return f"{self.repository.name()}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Digest(Reference):
    """A reference by digest (``name.Digest``).

    Attributes:
        repository: the repository.
        digest: the digest, such as ``sha256:…``.
        original: the text that it was parsed from, which may also contain a tag.
    """

    repository: Repository
    digest: str
    original: str

    def __str__(self) -> str:
        return self.original

    def context(self) -> Repository:
        """Return the repository (``Digest.Context``).

        Returns:
            The repository.
        """
        return self.repository

    def identifier(self) -> str:
        """Return the digest (``Digest.Identifier``).

        Returns:
            Such as ``sha256:…``.
        """
        return self.digest

    def digest_str(self) -> str:
        """Return the digest (``Digest.DigestStr``).

        Returns:
            Such as ``sha256:…``.
        """
        return self.digest

    def name(self) -> str:
        """Return the registry, the full path and the digest (``Digest.Name``).

        Returns:
            Such as ``index.docker.io/library/ubuntu@sha256:…``.
        """
        return f"{self.repository.name()}@{self.digest}"
