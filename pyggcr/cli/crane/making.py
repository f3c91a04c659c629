"""Verbs that make images of others: append, flatten, mutate, rebase."""

from __future__ import annotations

from pyggcr.cli.crane import streams
from pyggcr.cli.crane.cobra import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.crane.session import Session

__all__ = ["append", "flatten", "mutate", "rebase"]


def append(session: Session) -> None:
    """``crane append``."""
    from pyggcr.crane.appending import append_and_push

    made = append_and_push(
        session.flag("new_layer"),
        new_tag=session.flag("new_tag"),
        base=session.flag("base"),
        output=session.flag("output"),
        oci_empty_base=session.flag("oci-empty-base"),
        annotate=session.flag("set-base-image-annotations"),
        log=streams.log,
        **session.options(),
    )
    if made is not None:
        session.write(f"{made}\n")


def flatten(session: Session) -> None:
    """``crane flatten``."""
    from pyggcr.crane.flattening import flatten_and_push

    made = flatten_and_push(
        session.arguments[0],
        tag=session.flag("tag"),
        command=session.command.root().name,
        log=streams.log,
        **session.options(),
    )
    session.write(f"{made}\n")


def mutate(session: Session) -> None:
    """``crane mutate``."""
    from pyggcr.crane.mutating import Changes, mutate_and_push

    changes = Changes(
        layers=session.flag("append"),
        annotations=session.flag("annotation"),
        labels=session.flag("label"),
        env=session.flag("env"),
        entrypoint=session.flag("entrypoint"),
        cmd=session.flag("cmd"),
        user=session.flag("user"),
        workdir=session.flag("workdir"),
        exposed_ports=session.flag("exposed-ports"),
        platform=session.flag("set-platform"),
    )
    made = mutate_and_push(
        session.arguments[0],
        changes,
        tag=session.flag("tag"),
        repository=session.flag("repo"),
        output=session.flag("output"),
        **session.options(),
    )
    if made is not None:
        session.write(f"{made}\n")


def rebase(session: Session) -> None:
    """``crane rebase``; ``--rebased`` and ``--tag`` are one variable, and so it is in crane."""
    from pyggcr.crane.rebasing import rebase_and_push

    original = session.flag("original")
    if original:
        raise CommandError("cannot use --original with positional argument")
    made = rebase_and_push(
        session.arguments[0],
        old_base=session.flag("old_base"),
        new_base=session.flag("new_base"),
        tag=session.last_flag("rebased", "tag"),
        platform_chosen=session.given("platform"),
        log=streams.log,
        debug=streams.log if session.verbose else None,
        **session.options(),
    )
    session.write(f"{made}\n")
