"""The tree of commands: ``cobra.Command`` and ``pflag.Flag``, as far as crane and gcrane use them.

``table`` has the tree itself. What was given on a command line is in ``pflag.FlagSet``; a command
and its flags never change.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from pyggcr._dataclasses import dataclass

__all__ = ["PROCESSORS", "Command", "Flag"]

# The default of a flag: how many processors Go uses (``runtime.GOMAXPROCS(0)``).
PROCESSORS = "runtime.GOMAXPROCS(0)"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag; ``no_value`` is the value that it has when none is given, ``""`` if one must be."""

    name: str
    usage: str
    type: str
    shorthand: str = ""
    default: str = ""
    no_value: str = ""
    hidden: bool = False
    deprecated: str = ""
    required: bool = False
    exclusive: Sequence[str] = ()

    def default_text(self) -> str:
        """The default as help shows it."""
        return str(_processors()) if self.default == PROCESSORS else self.default


def _processors() -> int:
    """How many processors Go uses; a quota that a container has is not looked at."""
    given = os.environ.get("GOMAXPROCS", "")
    if given.isdecimal() and 0 < int(given) < 1 << 31:
        return int(given)
    from pyggcr._layers.worker_pool import processors

    return processors()


class Command:
    """A command and the commands below it, sorted by name."""

    __slots__ = (
        "aliases",
        "arguments",
        "commands",
        "example",
        "flags",
        "hidden",
        "long",
        "name",
        "no_files",
        "parent",
        "parses_flags",
        "persistent",
        "plain_use",
        "runnable",
        "short",
        "use",
    )

    def __init__(
        self,
        use: str,
        *,
        short: str = "",
        long: str = "",
        example: str = "",
        aliases: Sequence[str] = (),
        arguments: str = "",
        hidden: bool = False,
        runnable: bool = True,
        plain_use: bool = False,
        no_files: bool = False,
        parses_flags: bool = True,
        flags: Sequence[Flag] = (),
        persistent: Sequence[Flag] = (),
        commands: Sequence[Command] = (),
    ) -> None:
        """Take what crane's source says of a command.

        Args:
            use: the name, and what follows it.
            short: one line on what it does.
            long: more about it.
            example: command lines.
            aliases: other names.
            arguments: what cobra says of a wrong number of arguments, up to the comma; ``""`` if
                any number is right.
            hidden: whether help leaves it out.
            runnable: whether it does something, rather than only its subcommands.
            plain_use: the line of usage does not end with ``[flags]``.
            no_files: shells do not complete arguments with names of files.
            parses_flags: ``False`` for ``__complete``, whose arguments are another command line.
            flags: its own.
            persistent: those that subcommands have, too.
            commands: the commands below.
        """
        self.use: str = use
        self.name: str = use.partition(" ")[0]
        self.short: str = short
        self.long: str = long
        self.example: str = example
        self.aliases: Sequence[str] = aliases
        self.arguments: str = arguments
        self.hidden: bool = hidden
        self.runnable: bool = runnable
        self.plain_use: bool = plain_use
        self.no_files: bool = no_files
        self.parses_flags: bool = parses_flags
        self.flags: Sequence[Flag] = flags
        self.persistent: Sequence[Flag] = persistent
        self.commands: Sequence[Command] = commands
        self.parent: Command | None = None
        for command in commands:
            command.parent = self

    def copy(self) -> Command:
        """The same command and those below it, for another tree."""
        copied = Command.__new__(Command)
        for name in Command.__slots__:
            setattr(copied, name, getattr(self, name))
        copied.commands = [it.copy() for it in self.commands]
        for it in copied.commands:
            it.parent = copied
        return copied

    def path(self) -> str:
        """The names down to this command."""
        return f"{self.parent.path()} {self.name}" if self.parent else self.name

    def root(self) -> Command:
        """The topmost command."""
        return self.parent.root() if self.parent else self

    def find(self, name: str) -> Command | None:
        """The command below with this name or alias."""
        for command in self.commands:
            if name == command.name or name in command.aliases:
                return command
        return None

    def available(self) -> bool:
        """Whether help lists it (``IsAvailableCommand``)."""
        if self.hidden or (self.name == "help" and self.parent and not self.parent.parent):
            return False
        return self.runnable or self.has_available_commands()

    def has_available_commands(self) -> bool:
        """Whether help lists commands below."""
        return any(command.available() for command in self.commands)

    def inherited(self) -> list[Flag]:
        """The persistent flags of the commands above, the nearest first."""
        flags: list[Flag] = []
        above = self.parent
        while above:
            flags += above.persistent
            above = above.parent
        return flags
