"""The reader of command lines: what a command takes is said once, in decorators of its function.

``parameters`` has options and arguments, ``commands`` reads words by them and calls the function.
From the same description come help (``help_page``), man pages (``man_page``) and what shells offer
(``completion``), which are imported where they are wanted. ``tokens`` and ``suggestions`` serve
the drop-ins for crane, too; whose grammar is another.
"""

from __future__ import annotations

from pyggcr.cli.reader.commands import Command, Group, command, group, of_program
from pyggcr.cli.reader.errors import BadValueError, CommandError, UsageError
from pyggcr.cli.reader.parameters import (
    Argument,
    Choice,
    FloatRange,
    IntRange,
    Option,
    Path,
    argument,
    option,
)

__all__ = [
    "Argument",
    "BadValueError",
    "Choice",
    "Command",
    "CommandError",
    "FloatRange",
    "Group",
    "IntRange",
    "Option",
    "Path",
    "UsageError",
    "argument",
    "command",
    "group",
    "of_program",
    "option",
]
