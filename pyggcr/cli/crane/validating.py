"""``crane validate``: whether an archive or a remote image keeps its promises."""

from __future__ import annotations

from pyggcr.cli.crane.session import failing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr.cli.crane.session import Session

__all__ = ["validate"]


def validate(session: Session) -> None:
    """``crane validate``: the archive first, then the remote image."""
    from pyggcr import remote, tarball

    if path := session.flag("tarball"):
        with failing(f"failed to read image {path}"):
            image = tarball.image_from_path(path)
        _check(session, path, image)
    if name := session.flag("remote"):
        with failing(f"failed to read image {name}"):
            found = remote.get(session.parsed(name), **session.options())
        content: v1.Image | v1.ImageIndex
        if found.descriptor.media_type.is_index() and session.platform is None:
            with failing("reading index"):
                content = found.image_index()
        else:
            with failing("reading image"):
                content = found.image()
        _check(session, name, content)


def _check(session: Session, name: str, content: v1.Image | v1.ImageIndex) -> None:
    from pyggcr import v1, validate
    from pyggcr.errors import ValidationError

    with content:
        try:
            if isinstance(content, v1.Image):
                validate.image(content, fast=session.flag("fast"))
            else:
                validate.index(content, fast=session.flag("fast"))
        except ValidationError as error:
            session.write(f"FAIL: {name}: {error}\n")
            raise
    session.write(f"PASS: {name}\n")
