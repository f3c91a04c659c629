"""The options of the commands that talk to registries: crane's, before or after the command.

Also, whether an argument names an archive or something in a registry, and the progress of a
transfer, which is shown on a terminal only.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pyggcr.cli.options import engine_option
from pyggcr.cli.registry_flags import FLAG_OPTIONS, FLAGS, RegistryFlags

if TYPE_CHECKING:
    from pyggcr._values.remote import ConnectionOptions

__all__ = ["RegistryChoice", "is_archive", "persistent_options", "registry_choice", "transfer"]

_ALL = "all"  # crane's word for: whatever platform
_VERBOSE = "verbose"
# The transports of pyggcr.store.transports, which is not imported for them, but that of registries.
_PLACES = ("docker-archive:", "docker-daemon:", "oci:", "oci-archive:")
_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True, slots=True)
class RegistryChoice(RegistryFlags):
    """How to talk to registries; ``None`` leaves a choice to the library."""

    engine: str | None

    def options(self) -> ConnectionOptions:
        """The keyword arguments for ``pyggcr.crane``."""
        from pyggcr import __version__

        flags = RegistryFlags.options(self)
        return {**flags, "engine": self.engine, "user_agent": f"pyggcr/{__version__}"}


def persistent_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command or the whole program the options that crane has everywhere."""
    verbose = click.option("--verbose", "-v", is_flag=True, help="Show requests to registries.")
    for option in (*FLAG_OPTIONS, verbose):
        command = option(command)
    return command


def registry_choice(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command these options and --engine, as one ``RegistryChoice``."""

    @persistent_options
    @engine_option
    @functools.wraps(command)
    def wrapper(*arguments: Any, engine: str | None, **rest: Any) -> int | None:
        given = {key: rest.pop(key) for key in (*FLAGS, _VERBOSE)}
        before = click.get_current_context().find_root().params
        chosen = {key: value or before.get(key, value) for key, value in given.items()}
        verbose = chosen.pop(_VERBOSE)
        if chosen["platform"] == _ALL:
            chosen["platform"] = None
        with _told_if(verbose):
            return command(*arguments, choice=RegistryChoice(**chosen, engine=engine), **rest)

    return wrapper


def _told_if(wanted: bool) -> contextlib.AbstractContextManager[None]:
    if not wanted:
        return contextlib.nullcontext()
    from pyggcr.cli.verbose import verbose

    return verbose()


def is_archive(argument: str) -> bool:
    """Whether an argument names a file: one that is there, or what can only be a path or place."""
    return (
        argument.startswith((".", "/", "~", *_PLACES))
        or argument.endswith(_SUFFIXES)
        or os.path.lexists(argument)
        or not _is_reference(argument)
    )


def _is_reference(argument: str) -> bool:
    from pyggcr import name
    from pyggcr.errors import InvalidReferenceError

    try:
        name.parse_reference(argument)
    except InvalidReferenceError:
        return False
    return True


@contextlib.contextmanager
def transfer(title: str, total: int | None = None) -> Iterator[None]:
    """Show how many bytes went by, of how many if that is known, on standard error if that is a
    terminal, and if no requests are shown there.
    """
    from pyggcr import limits
    from pyggcr._os import request_log

    if not sys.stderr.isatty() or request_log.enabled():
        yield
        return
    from pyggcr.cli.terminal import byte_counter

    with (
        byte_counter(title, total) as show,
        limits.limit(progress=lambda progress: show(progress.bytes_read)),
    ):
        yield
