"""Rows of images in registries: a manifest and a config for each, two requests.

The doctor sees such an image as an OCI layout of its own. Without ``deep`` the
media types say how layers are compressed; with it, layers are read and hashed.
"""

from __future__ import annotations

import io
import threading

from pyggcr import limits, name, v1
from pyggcr._dataclasses import replace
from pyggcr._layers.documents import DOCUMENT_LIMIT, read_document
from pyggcr._layers.file_names import blob_name
from pyggcr._layers.index_walk import is_attestation
from pyggcr.audit.documents import (
    base_of,
    config_facts,
    row_finding,
    row_layers,
)
from pyggcr.audit.layers import hashed_of
from pyggcr.audit.problems import failed_row, problem_of
from pyggcr.audit.rows import Problem, Row
from pyggcr.audit.tasks import Item, LayerFacts, Reading
from pyggcr.doctor.contents import peek_at, read_contents
from pyggcr.doctor.diagnosis import check_contents
from pyggcr.doctor.layer_forms import form_as, form_by_type
from pyggcr.errors import ArchiveError, CancelledError, DeadlineExceededError, Error
from pyggcr.store.fetched_files import FetchedFiles
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyggcr import remote
    from pyggcr._layers.compression import Compression

__all__ = ["RepositoryReader"]

_MAX_DEPTH = 4  # of indexes in indexes
_MAX_IMAGES = 1000  # of one index
_KEPT = 64  # configs that are remembered, as many tags often have the same image


class RepositoryReader:
    """Reads images of one repository; threads may share it."""

    def __init__(
        self,
        puller: remote.Puller,
        repository: name.Repository,
        reading: Reading,
        when: str,
        facts: Mapping[str, LayerFacts] | None = None,
    ) -> None:
        self._puller = puller
        self._repository = repository
        self._reading = reading
        self._when = when
        self._facts = facts
        self._platform = v1.parse_platform(reading.platform) if reading.platform else None
        self._configs: dict[v1.Hash, bytes] = {}
        self._present: dict[v1.Hash, bool] = {}
        self._lock = threading.Lock()

    def read(self, identifier: str, known: dict[str, str]) -> Item:
        """Look at a tag or a digest; an error becomes a row.

        Args:
            identifier: the tag or digest.
            known: digests that were read before, by reference.

        Raises:
            CancelledError: the work was cancelled as a whole.
        """
        reference = self._reference(identifier)
        shown = reference.name()
        try:
            with limits.limit(timeout=self._reading.timeout):
                return self._read(reference, shown, known)
        except DeadlineExceededError as error:
            limits.current().check()  # the limit of all, not that of this image
            return Item(shown, "", (failed_row(shown, error, self._when),))
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the others are to be read all the same
            return Item(shown, "", (failed_row(shown, error, self._when),))

    def _reference(self, identifier: str) -> name.Reference:
        if ":" in identifier:
            return self._repository.digest(identifier)
        return self._repository.tag(identifier)

    def _read(self, reference: name.Reference, shown: str, known: dict[str, str]) -> Item:
        if shown in known:
            is_digest = isinstance(reference, name.Digest)
            digest = known[shown] if is_digest else self._resolved(reference)
            if digest in known.values():
                return Item(shown, digest, None)
        found = self._puller.get(reference)
        described = found.descriptor
        digest = str(described.digest)
        if known and digest in known.values():
            return Item(shown, digest, None)
        wants: dict[str, None] = {}
        rows = tuple(self._rows(shown, described, found.manifest, wants))
        if wants:
            return Item(shown, "", (), tuple(wants))
        failed = not rows or any(row.error is not None for row in rows)
        return Item(shown, "" if failed else digest, rows or (self._empty(shown, digest),))

    def _resolved(self, reference: name.Reference) -> str:
        """The digest by a HEAD request; empty if the registry does not tell."""
        try:
            return str(self._puller.head(reference).digest)
        except CancelledError:
            raise
        except Error:
            return ""  # the GET that follows says what is wrong

    def _empty(self, shown: str, digest: str) -> Row:
        wanted = f" for {self._reading.platform}" if self._reading.platform else ""
        problem = Problem("ImageNotFoundError", f"the index has no image{wanted}")
        return Row(shown, digest=digest, error=problem, when=self._when)

    def _rows(
        self,
        shown: str,
        described: v1.Descriptor,
        manifest: bytes,
        wants: dict[str, None],
        index: str = "",
        depth: int = 0,
    ) -> list[Row]:
        """The rows of an image, or of all images of an index; adds the layers to read first."""
        if not described.media_type.is_index():
            row = self._row(shown, described, manifest, wants, index)
            return [] if row is None else [row]
        children = v1.parse_index_manifest(manifest).manifests or []
        if depth >= _MAX_DEPTH or len(children) > _MAX_IMAGES:
            raise ArchiveError(
                f"the index {described.digest} has more than {_MAX_IMAGES} images, or is in "
                f"more than {_MAX_DEPTH} others"
            )
        rows: list[Row] = []
        for child in children:
            if is_attestation(child) or not self._is_wanted(child.platform):
                continue
            above = str(described.digest)
            try:
                found = self._puller.get(self._repository.digest(str(child.digest)))
                child = replace(child, media_type=found.descriptor.media_type)
                rows += self._rows(shown, child, found.manifest, wants, above, depth + 1)
            except CancelledError:
                raise
            except Error as error:
                row = failed_row(shown, error, self._when)
                platform = "" if child.platform is None else str(child.platform)
                rows.append(replace(row, digest=str(child.digest), index=above, platform=platform))
        return rows

    def _is_wanted(self, platform: v1.Platform | None) -> bool:
        """Whether an image is for the platform that is asked for, as far as an index tells."""
        return self._platform is None or platform is None or platform.satisfies(self._platform)

    def _row(
        self,
        shown: str,
        described: v1.Descriptor,
        raw: bytes,
        wants: dict[str, None],
        index: str,
    ) -> Row | None:
        """The row of one image; nothing if it is for another platform."""
        row = Row(
            shown,
            digest=str(described.digest),
            index=index,
            media_type=str(described.media_type),
            size=len(raw),
            when=self._when,
        )
        if described.media_type.is_schema1():
            problem = Problem("UnsupportedOptionError", "a manifest of Docker's schema 1")
            return replace(row, error=problem)
        manifest = v1.parse_manifest(raw)
        layers = manifest.layers or []
        row = replace(
            row,
            config_digest=str(manifest.config.digest),
            config_media_type=manifest.artifact_type or str(manifest.config.media_type),
            size=len(raw)
            + max(manifest.config.size, 0)
            + sum(max(layer.size, 0) for layer in layers),
            base=base_of(manifest.annotations or {}, described.annotations or {}),
            layers=row_layers(layers, ()),
        )
        if not manifest.config.media_type.is_config():
            return row  # an artifact: nothing for the doctor
        config = self._config(manifest.config.digest)
        parsed = v1.parse_config_file(config)
        row = config_facts(row, parsed, described.platform)
        own = parsed.platform() or described.platform
        if self._platform is not None and (own is None or not own.satisfies(self._platform)):
            return None
        row = replace(row, layers=row_layers(layers, parsed.rootfs.diff_ids or ()))
        if self._reading.deep and self._facts is None and layers:
            wants.update(dict.fromkeys(str(layer.digest) for layer in layers))
            return row
        return self._diagnosed(row, described, raw, config, manifest)

    def _config(self, digest: v1.Hash) -> bytes:
        """A config, which is checked against its digest."""
        with self._lock:
            kept = self._configs.get(digest)
        if kept is not None:
            return kept
        with self._open_blob(digest) as stream:
            data = read_document(stream, "config", DOCUMENT_LIMIT)
        with self._lock:
            if len(self._configs) >= _KEPT:
                self._configs.clear()
            self._configs[digest] = data
        return data

    def _open_blob(self, digest: v1.Hash) -> io.RawIOBase:
        return self._puller.layer(self._repository.digest(str(digest))).compressed()

    def _diagnosed(
        self,
        row: Row,
        described: v1.Descriptor,
        raw: bytes,
        config: bytes,
        manifest: v1.Manifest,
    ) -> Row:
        """The row with what the doctor says."""
        deep = self._reading.deep
        with _ImageFiles(described, raw, config, manifest, self._open_blob) as files:
            facts = self._known_layers(manifest) if deep else {}

            def peek(name: str, media_type: str) -> tuple[Compression, str]:
                if name in facts:
                    return facts[name].compression, form_as(facts[name].form, media_type)
                return peek_at(files, name, media_type)

            contents = read_contents(files, peek=peek if deep else form_by_type)
            hashed = {blob: hashed_of(it) for blob, it in facts.items()}
            checkup = check_contents(row.reference, files, contents, deep=deep, hashed=hashed)
        if deep:
            for image in contents.oci:
                compressions = [it or "" for it in image.compressions]
                diff_ids = image.diff_ids or ()
                row = replace(row, layers=row_layers(manifest.layers or [], diff_ids, compressions))
        return replace(
            row,
            findings=tuple(map(row_finding, checkup.findings)),
            error=problem_of(ArchiveError(checkup.reason)) if checkup.reason else None,
        )

    def _known_layers(self, manifest: v1.Manifest) -> dict[str, LayerFacts]:
        """The facts of layers that were read and are in this repository, by the blobs' names."""
        found = {}
        for layer in manifest.layers or ():
            facts = (self._facts or {}).get(str(layer.digest))
            if facts is not None and self._has(layer.digest, facts):
                found[blob_name(layer.digest)] = facts
        return found

    def _has(self, digest: v1.Hash, facts: LayerFacts) -> bool:
        """Whether this repository has a layer, which may have been read in another."""
        repository = self._repository.name()
        if facts.repository == repository:
            return True
        with self._lock:
            known = self._present.get(digest)
        if known is None:
            try:
                self._puller.layer(self._repository.digest(str(digest))).size()
                known = True
            except CancelledError:
                raise
            except Error:
                known = False  # reading it says what is wrong
            with self._lock:
                self._present[digest] = known
        return known


class _ImageFiles(FetchedFiles):
    """An image of a registry, of which manifest and config are read."""

    def __init__(
        self,
        described: v1.Descriptor,
        manifest: bytes,
        config: bytes,
        parsed: v1.Manifest,
        open_blob: Callable[[v1.Hash], io.RawIOBase],
    ) -> None:
        media_type = described.media_type
        listed = v1.Descriptor(
            media_type=media_type if media_type.is_image() else MediaType.OCI_MANIFEST_SCHEMA1,
            size=len(manifest),
            digest=described.digest,
        )
        super().__init__(listed, {described.digest: manifest, parsed.config.digest: config})
        self.list_blobs(parsed)
        self._fetch = open_blob

    def _open_blob(self, digest: v1.Hash) -> io.RawIOBase:
        return self._fetch(digest)
