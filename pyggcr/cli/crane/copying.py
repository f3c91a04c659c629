"""Verbs that change what a registry has under a name: copy, delete, tag."""

from __future__ import annotations

from pyggcr.cli.crane.session import failing, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.crane.session import Session

__all__ = ["copy", "delete", "tag"]

_DEFAULT_JOBS = 4
_MOST_JOBS = (1 << 31) - 1


def copy(session: Session) -> None:
    """``crane copy SRC DST``."""
    from pyggcr import crane

    jobs = session.flag("jobs")
    options = session.options(jobs=min(jobs, _MOST_JOBS) if jobs > 0 else _DEFAULT_JOBS)
    source, target = session.arguments
    no_clobber = session.flag("no-clobber")
    if not session.flag("all-tags"):
        crane.copy(source, target, no_clobber=no_clobber, **options)
        return
    options.pop("platform", None)  # as crane has it: indexes are copied whole
    crane.copy_repository(source, target, no_clobber=no_clobber, **options)


def delete(session: Session) -> None:
    """``crane delete IMAGE``."""
    from pyggcr import remote

    reference = session.parsed(session.arguments[0])
    remote.delete(reference, **session.options())


def tag(session: Session) -> None:
    """``crane tag IMG TAG``; a tag that is none is the registry's to refuse."""
    from pyggcr import remote

    image, wanted = session.arguments
    reference = session.parsed(image)
    options = session.options()
    with failing(f"fetching {quoted(image)}"):
        found = remote.get(reference, **options)
    remote.tag(reference.context().tag(wanted), found, **options)
