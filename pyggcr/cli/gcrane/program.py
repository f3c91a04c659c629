"""Runs a command line of gcrane: crane's commands, some of them replaced, and one more."""

from __future__ import annotations

from pyggcr.cli.crane.commands import Command
from pyggcr.cli.crane.program import VERBS, Program
from pyggcr.cli.crane.table import ROOT
from pyggcr.cli.gcrane.table import OWN, SHORT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from pyggcr._values.authn import Keychain

__all__ = ["GCRANE", "main", "run"]


def _commands() -> Command:
    own = {it.name: it for it in OWN}
    shared = {it.name: it.copy() for it in ROOT.commands if it.name not in own}
    commands = sorted((own | shared).values(), key=lambda it: it.name)
    return Command("gcrane", short=SHORT, persistent=ROOT.persistent, commands=commands)


def _keychain() -> Keychain:
    from pyggcr.gcrane import KEYCHAIN

    return KEYCHAIN


GCRANE = Program(
    _commands(),
    {
        **VERBS,
        "copy": "gcrane.copying:copy",
        "gc": "gcrane.listing:untagged",
        "ls": "gcrane.listing:contents",
    },
    _keychain,
)
main: Callable[[Sequence[str]], NoReturn] = GCRANE.main
run: Callable[[Sequence[str]], int] = GCRANE.run
