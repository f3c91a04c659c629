"""``crane push PATH IMAGE``: an archive or an OCI layout into a registry."""

from __future__ import annotations

import os
import stat

from pyggcr.cli.crane.cobra import CommandError
from pyggcr.cli.crane.session import failing, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr.cli.crane.session import Session

__all__ = ["load_image", "push"]

_REFERENCES_MODE = 0o600


def push(session: Session) -> None:
    """``crane push``."""
    from pyggcr import remote

    path, target = session.arguments
    with load_image(path, whole=session.flag("index")) as content:
        reference = session.reference(target)
        remote.push(reference, content, **session.options())
        pushed = reference.context().digest(str(content.digest()))
    if references := session.flag("image-refs"):
        _write_references(references, str(pushed))
    session.write(f"{pushed}\n")


def load_image(path: str, *, whole: bool) -> v1.Image | v1.ImageIndex:
    """What a path holds: the image of an archive, or what a layout lists.

    Args:
        path: of an archive, or of the folder of a layout.
        whole: take the index of the layout, rather than the one thing that it lists.
    """
    from pyggcr import layout, tarball
    from pyggcr._os.file import path_error

    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116
    except (OSError, ValueError) as error:
        raise path_error("stat", path, error) from None
    if not is_folder:
        with failing(f"loading {path} as tarball"):
            return tarball.image_from_path(path)
    with failing(f"loading {path} as OCI layout"):
        index = layout.image_index_from_path(path)
    if whole:
        return index
    listed = index.index_manifest().manifests or []
    if len(listed) != 1:
        raise CommandError(f"layout contains {len(listed)} entries, consider --index")
    (entry,) = listed
    if entry.media_type.is_image():
        return index.image(entry.digest)
    if entry.media_type.is_index():
        return index.image_index(entry.digest)
    kind = quoted(entry.media_type)
    raise CommandError(f"layout contains non-image (mediaType: {kind}), consider --index")


def _write_references(path: str, text: str) -> None:
    from pyggcr._os.atomic_write import writable

    with failing(f"failed to write image refs to {path}"):
        mode = None if os.path.exists(path) else _REFERENCES_MODE  # noqa: PTH110
        with writable(path, mode=mode) as file:
            file.write(text.encode("utf-8", "surrogateescape"))
