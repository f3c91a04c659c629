"""Copy what is attached to manifests to another repository, as far as it is missing there.

``attached`` finds it; ``crane.copy``, ``copy_repository`` and ``sync`` copy it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr import name, remote, v1
from pyggcr._dataclasses import dataclass, field
from pyggcr._os.logs import Log
from pyggcr.crane.attached import Attached, Attachments, Target, put_referrer, subject_of
from pyggcr.errors import Error, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.remote.options import CallOptions

__all__ = ["NOT_THERE_YET", "AttachmentCopier", "RefusingToClobberError", "check_free"]

# How registries answer for a repository that the first push makes.
NOT_THERE_YET = (403, 404)

_log = Log(__name__)


class RefusingToClobberError(Error, FileExistsError):
    """A tag exists and must not be changed (``crane.ErrRefusingToClobberExistingTag``)."""


@dataclass(frozen=True, slots=True)
class AttachmentCopier:
    """Copies what is attached to manifests.

    Attributes:
        attachments: finds it.
        registry: the target registry.
        repository: the target repository.
        no_clobber: leave existing tags of digests alone.
    """

    attachments: Attachments
    registry: Target
    repository: name.Repository
    no_clobber: bool
    _listed: dict[v1.Hash, set[v1.Hash]] = field(default_factory=dict)

    def copy(self, described: v1.Descriptor, manifest: bytes) -> int:
        """Copy everything attached to a manifest, to what it lists, and to what is copied.

        Args:
            described: the descriptor of the manifest.
            manifest: its bytes.

        Returns:
            The number of manifests copied.

        Raises:
            TransportError: a registry refused a request, or could not be reached.
            Error: the content cannot be read or sent; the subclass says why.
        """
        return sum(map(self._copy, self.missing(described, manifest)))

    def missing(self, described: v1.Descriptor, manifest: bytes) -> Iterator[Attached]:
        """Find what ``copy`` would copy: what the target does not have yet.

        Args:
            described: the descriptor of the manifest.
            manifest: its bytes.

        Yields:
            Attached manifests.

        Raises:
            TransportError: a registry refused a request, or could not be reached.
            Error: there are unreasonably many.
        """
        for attached in self.attachments.of(described, manifest):
            if not (self._has_tag(attached) if attached.tag else self._lists(attached)):
                yield attached

    def _has_tag(self, attached: Attached) -> bool:
        try:
            there = self.registry.puller.head(
                self.repository.tag(attached.tag), **self.registry.limits
            )
        except TransportError as error:
            if error.status not in NOT_THERE_YET:
                raise
            return False
        return self.no_clobber or there.digest == attached.descriptor.digest

    def _lists(self, attached: Attached) -> bool:
        """Whether the target lists it as a referrer of its subject."""
        listed = self._listed.get(attached.subject)
        if listed is None:
            subject = self.repository.digest(str(attached.subject))
            with self.registry.puller.referrers(subject, **self.registry.limits) as index:
                listed = {entry.digest for entry in index.index_manifest().manifests or ()}
            self._listed[attached.subject] = listed
        return attached.descriptor.digest in listed

    def _copy(self, attached: Attached) -> bool:
        found = self.attachments.get(attached.descriptor.digest)
        reference = self.repository.digest(str(found.descriptor.digest))
        _log.info("Copying %s, which is attached to %s", reference, attached.subject)
        if attached.tag:
            tag = self.repository.tag(attached.tag)
            self.registry.pusher.push(tag, found, **self.registry.limits)
        elif subject_of(found) == attached.subject:
            subject = self.repository.digest(str(attached.subject))
            put_referrer(self.registry, subject, reference, found)
        else:
            _log.warning("%s does not refer to %s, as listed", reference, attached.subject)
            return False
        return True


def check_free(puller: remote.Puller, tag: name.Tag, given: CallOptions) -> None:
    """Check that a tag does not exist yet.

    Args:
        puller: reads from the registry.
        tag: the tag.
        given: the limits of the call.

    Raises:
        RefusingToClobberError: the tag exists.
        TransportError: the registry refused the request, or could not be reached.
        Error: the registry's answer is not acceptable; the subclass says why.
    """
    _log.info("Checking existing tag %s", tag)
    try:
        there = puller.head(tag, **given)
    except TransportError as error:
        if error.status not in NOT_THERE_YET:
            raise
    else:
        raise RefusingToClobberError(f"refusing to clobber existing tag {tag}@{there.digest}")
