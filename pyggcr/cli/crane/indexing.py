"""``crane index``: lists, filters and extends indexes; ``crane layout gc``."""

from __future__ import annotations

from pyggcr.cli.crane import streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.crane.session import Session

__all__ = ["append", "collect_garbage", "filter_platforms", "list_manifests"]


def list_manifests(session: Session) -> None:
    """``crane index list``."""
    from pyggcr.crane.indexing import list_index, table

    for line in table(list_index(session.arguments[0], **session.options())):
        session.write(f"{line}\n")


def filter_platforms(session: Session) -> None:
    """``crane index filter``, whose ``--platform`` hides that of all commands."""
    from pyggcr.crane.indexing import filter_index
    from pyggcr.v1.platform import parse_platform

    platforms = [parse_platform(it) for it in session.flag("platform")]
    tag = session.flag("tag")
    made = filter_index(session.arguments[0], platforms, tag=tag, **session.options())
    session.write(f"{made}\n")


def append(session: Session) -> None:
    """``crane index append``; arguments behind the first are manifests, too."""
    from pyggcr.crane.indexing import append_to_index

    base, *more = session.arguments or [""]
    made = append_to_index(
        base,
        [*session.flag("manifest"), *more],
        tag=session.flag("tag"),
        docker_empty_base=session.flag("docker-empty-base"),
        flatten=session.flag("flatten"),
        log=streams.log,
        **session.options(),
    )
    if made is not None:
        session.write(f"{made}\n")


def collect_garbage(session: Session) -> None:
    """``crane layout gc``."""
    from pyggcr.crane.collecting import collect_garbage

    for digest in collect_garbage(session.arguments[0]):
        streams.write_error(f"garbage collecting: {digest}\n")
