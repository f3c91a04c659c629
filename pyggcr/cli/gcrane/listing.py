"""``gcrane ls`` and ``gcrane gc``: what repositories hold, and what has no tag.

Neither knows any of the root's flags but ``--verbose``.
"""

from __future__ import annotations

import functools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr.cli.crane.session import Session
    from pyggcr.errors import Error
    from pyggcr.google import Tags, WalkFunc

__all__ = ["contents", "untagged"]


def contents(session: Session) -> None:
    """``gcrane ls REPO``."""
    from pyggcr import google, name

    repository = name.new_repository(session.arguments[0])
    show = functools.partial(_show_json if session.flag("json") else _show, session)
    options = session.plain_options()
    if session.flag("recursive"):
        google.walk(repository, _raising(show), **options)
        return
    tags = google.list(repository, **options)
    if not session.flag("json"):
        if not tags.manifests and not tags.children:
            # A registry that is not Google's.
            for tag in tags.tags or ():
                session.write(f"{repository}:{tag}\n")
            return
        for child in tags.children or ():
            session.write(f"{repository}/{child}\n")
    show(repository, tags)


def _show(session: Session, repository: name.Repository, tags: Tags) -> None:
    for digest, manifest in (tags.manifests or {}).items():
        session.write(f"{repository}@{digest}\n")
        for tag in manifest.tags or ():
            session.write(f"{repository}:{tag}\n")


def _show_json(session: Session, _repository: name.Repository, tags: Tags) -> None:
    session.write(tags.to_json() + b"\n")


def untagged(session: Session) -> None:
    """``gcrane gc``."""
    from pyggcr import google, name

    repository = name.new_repository(session.arguments[0])
    show = functools.partial(_show_untagged, session)
    options = session.plain_options()
    if session.flag("recursive"):
        google.walk(repository, _raising(show), **options)
    else:
        show(repository, google.list(repository, **options))


def _show_untagged(session: Session, repository: name.Repository, tags: Tags) -> None:
    for digest, manifest in (tags.manifests or {}).items():
        if not manifest.tags:
            session.write(f"{repository}@{digest}\n")


def _raising(show: functools.partial[None]) -> WalkFunc:
    """For ``google.walk``: the first list that fails ends the walk."""

    def visit(repository: name.Repository, tags: Tags | None, error: Error | None) -> None:
        if tags is None:
            raise error or AssertionError("a list or an error")
        show(repository, tags)

    return visit
