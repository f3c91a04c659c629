"""``pull``: the files of an artifact into a folder.

Nothing is written outside the folder, and nothing through a link. Every blob is compared with its
digest before the first file appears; then all appear.
"""

from __future__ import annotations

import os
from pathlib import Path

from pyggcr import limits, remote, v1
from pyggcr._dataclasses import dataclass
from pyggcr._os.staged_folder import StagedFolder
from pyggcr.artifact import words
from pyggcr.artifact.file import check_title
from pyggcr.artifact.listing import ListedFile, files_in, manifest_of
from pyggcr.artifact.unpacking import Bounded, unpack
from pyggcr.crane.options import parsed_reference, with_keychain
from pyggcr.errors import ArtifactError
from pyggcr.remote.options import ConnectionOptions, Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import cast

    from typing_extensions import Unpack

    from pyggcr import name
else:
    from pyggcr._typing import cast

__all__ = ["Pulled", "pull"]

_CHUNK = 1 << 18
_FILE_MODE = 0o666  # less the umask


@dataclass(frozen=True, slots=True)
class Pulled:
    """The result of ``pull``.

    Attributes:
        reference: the artifact, by its digest.
        paths: the files and folders that were written.
        skipped: layers without a title, which were not.
    """

    reference: name.Digest
    paths: tuple[Path, ...]
    skipped: tuple[v1.Descriptor, ...]


def pull(
    reference: str,
    folder: str | os.PathLike[str] = ".",
    *,
    overwrite: bool = True,
    **options: Unpack[Options],
) -> Pulled:
    """Write the files of an artifact to a folder.

    Args:
        reference: an artifact; with the option ``platform``, that of an index.
        folder: the folder, which is created if it does not exist; default the working folder.
        overwrite: replace existing files; default true. If false, they are an error, and nothing is
            written. What a packed folder does not contain stays.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        What was written.

    Raises:
        ArtifactError: the reference does not point to an artifact; or a name in it leads out of the
            folder; or a file is not what the manifest says.
        FileAccessError: the operating system refuses, or a link is in the way.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: the text is not a reference.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable; the subclass says why.

    Examples:
        >>> import tempfile
        >>> from pyggcr import artifact, registry
        >>> with registry.serve() as server, tempfile.TemporaryDirectory() as folder:
        ...     made = artifact.File("docs/hello.txt", "text/plain", content=b"hello")
        ...     _ = artifact.push(f"{server.host}/notes:1", [made])
        ...     _ = pull(f"{server.host}/notes:1", folder)
        ...     (Path(folder) / "docs" / "hello.txt").read_text()
        'hello'
    """
    given, rest = limits.split(with_keychain(options))
    parsed = parsed_reference(reference, options)
    with limits.limit(**given), remote.Puller(**cast(ConnectionOptions, rest)) as puller:
        found = puller.get(parsed)
        manifest = manifest_of(found, options)
        listed = files_in(manifest)
        titles = [check_title(file.title) for file in listed if file.title]
        if len({*titles}) != len(titles):
            raise ArtifactError("two files of the artifact have the same title")
        with StagedFolder(os.fspath(folder)) as staged:
            for file in listed:
                if file.title:
                    blob = parsed.context().digest(str(file.descriptor.digest))
                    _stage(staged, file, puller.layer(blob))
            staged.commit(overwrite=overwrite)
    return Pulled(
        parsed.context().digest(str(_digest_of(found, manifest))),
        tuple(Path(folder, *title) for title in titles),
        tuple(file.descriptor for file in listed if not file.title),
    )


def _digest_of(found: remote.RemoteDescriptor, manifest: v1.Manifest) -> v1.Hash:
    """The digest of the manifest, which an index may have led to."""
    import io

    if manifest.raw is None:
        return found.descriptor.digest
    return v1.sha256(io.BytesIO(manifest.raw))[0]


def _stage(staged: StagedFolder, file: ListedFile, layer: v1.Layer) -> None:
    path = check_title(file.title)
    with layer, layer.compressed() as stream, Bounded(stream, file.descriptor.size) as blob:
        if file.is_folder:
            wanted = (file.descriptor.annotations or {}).get(words.CONTENT_DIGEST, "")
            unpack(staged, path, blob, wanted)
        else:
            with staged.file(path, _FILE_MODE) as written:
                while piece := blob.read(_CHUNK):
                    written.write(piece)
