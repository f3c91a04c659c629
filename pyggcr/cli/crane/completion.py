"""What shells ask for: ``crane completion SHELL`` and the hidden ``crane __complete``.

A port of cobra's completions.go, as far as crane's commands need it.
"""

from __future__ import annotations

import os

from pyggcr.cli.crane import cobra, streams
from pyggcr.cli.crane.commands import Command, Flag
from pyggcr.cli.crane.pflag import FlagError, FlagSet, HelpRequested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyggcr.cli.crane.session import Session

__all__ = ["answer", "script", "with_completions"]

COMPLETE, PLAIN = "__complete", "__completeNoDesc"
_DEBUG_FILE = "BASH_COMP_DEBUG_FILE"
_DESCRIPTIONS = "COMPLETION_DESCRIPTIONS"
_FALSE = ("0", "f", "F", "false", "FALSE", "False")

_DEFAULT, _NO_FILES = 0, 4
_DIRECTIVES = {_DEFAULT: "ShellCompDirectiveDefault", _NO_FILES: "ShellCompDirectiveNoFileComp"}

# Flags that may be given more than once are offered again.
_REPEATABLE = ("stringSlice", "stringToString")


class _CompletionError(Exception):
    """There is nothing to complete; cobra's text says why."""


def script(session: Session) -> None:
    """``crane completion SHELL``."""
    from pyggcr.cli.crane.scripts import SCRIPTS

    text = renamed(SCRIPTS[session.command.name], session.command.root().name)
    if session.flag("no-descriptions"):
        text = text.replace(f"{COMPLETE} ", f"{PLAIN} ")
    session.write(text)


def renamed(script: str, program: str) -> str:
    """One of crane's scripts for another program of the same commands, such as gcrane."""
    import re

    def named(found: re.Match[str]) -> str:
        return program.ljust(len(found[0])) if found[0].endswith(" ") else program

    # In the first line the name is padded.
    return re.sub("crane( {2,})?", named, script).replace("CRANE_", f"{program.upper()}_")


def with_completions(root: Command) -> Command:
    """The commands with ``__complete`` among them."""
    return Command(
        root.use,
        short=root.short,
        persistent=root.persistent,
        commands=[*(it.copy() for it in root.commands), _complete_command()],
    )


def _complete_command() -> Command:
    return Command(
        f"{COMPLETE} [command-line]",
        aliases=(PLAIN,),
        short="Request shell completion choices for the specified command-line",
        long=f"{COMPLETE} is a special command that is used by the shell completion logic\n"
        "to request completion choices for the specified command-line.",
        arguments="requires at least 1 arg(s)",
        hidden=True,
        plain_use=True,
        parses_flags=False,
    )


def answer(session: Session) -> None:
    """``crane __complete``: what the last argument can become, one a line, and a directive."""
    try:
        found, directive = _Completion(session.command.root(), session.arguments).find()
    except _CompletionError as error:
        _report(f"[Debug] [Error] {error}\n")
        found, directive = [], _DEFAULT
    plain = session.called_as == PLAIN or _wants_no_descriptions(session.command.root().name)
    for text in found:
        shown = text.partition("\t")[0] if plain else text
        session.write(f"{shown.partition(chr(10))[0].strip()}\n")
    session.write(f":{directive}\n")
    streams.write_error(f"Completion ended with directive: {_DIRECTIVES[directive]}\n")


def _wants_no_descriptions(program: str) -> bool:
    names = (f"{it}_{_DESCRIPTIONS}" for it in (program.upper(), "COBRA"))
    given = next(filter(None, map(os.environ.get, names)), "")
    return given in _FALSE


def _report(text: str) -> None:
    if path := os.environ.get(_DEBUG_FILE):
        try:
            with open(path, "a", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
                file.write(text)
        except OSError:
            pass
    streams.write_error(text)


class _Completion:
    """The last of some arguments, and what can be made of it (``getCompletions``)."""

    def __init__(self, root: Command, arguments: Sequence[str]) -> None:
        *before, self.typed = arguments
        try:
            self.command, self.before, _called_as = cobra.find(root, before)
        except cobra.UnknownCommandError:
            shown = " ".join(before)
            raise _CompletionError(f"unable to find a command for arguments: [{shown}]") from None
        self.flags = FlagSet([*cobra.flags_of(self.command), cobra.help_flag(self.command)])

    def find(self) -> tuple[list[str], int]:
        """The completions and the directive."""
        flag, failure = self._flag_of_value()
        ends_flags = self._parse_both()
        if failure is not None and not ends_flags:
            raise failure
        if self.flags.changed("help"):
            return [], _NO_FILES
        if ends_flags:
            flag = None
        elif flag is None and self.typed.startswith("-") and "=" not in self.typed:
            return self._flag_names(), _NO_FILES
        found: list[str] = []
        directive = _DEFAULT
        if flag is None:
            found, directive = self._command_names()
            found += self._required_names()
            found, directive = self._own(found, directive)
        return found, directive

    def _parse_both(self) -> bool:
        """Read the flags; whether ``--`` stands among them."""
        count = 0
        for arguments in ([*self.before, "--"], self.before):
            count, before = 0, count
            try:
                self.flags.parse(arguments)
            except (FlagError, HelpRequested) as error:
                if arguments is self.before:
                    shown = " ".join(self.before)
                    raise _CompletionError(
                        f"Error while parsing flags from args [{shown}]: {error}"
                    ) from None
            count = len(self.flags.arguments)
        return before > count

    def _flag_of_value(self) -> tuple[Flag | None, _CompletionError | None]:
        """The flag whose value is to be completed (``checkIfFlagCompletion``)."""
        name, typed, before = "", self.typed, self.before
        has_equals = False
        if typed.startswith("-"):
            head, equals, value = typed.partition("=")
            if not equals:
                return None, None
            name = head[2:] if head.startswith("--") else head[-1:]
            typed, has_equals = value, True
        if not name and before and _is_flag(before[-1]) and "=" not in before[-1]:
            last = before[-1]
            name = last[2:] if last.startswith("--") else last[-1:]
            before = before[:-1]
        if not name:
            self.typed, self.before = typed, before
            return None, None
        flag = self._find_flag(name)
        if flag is None:
            text = f"Subcommand '{self.command.name}' does not support flag '{name}'"
            return None, _CompletionError(text)
        self.typed = typed
        if not has_equals and flag.no_value:
            return None, None
        self.before = before
        return flag, None

    def _find_flag(self, name: str) -> Flag | None:
        if len(name.encode("utf-8", "surrogateescape")) == 1:
            return self.flags.by_shorthand(name)
        return self.flags.flags.get(name)

    def _all_flags(self) -> Iterator[Flag]:
        """Inherited flags by name, then the command's own."""
        inherited = {id(flag) for flag in self.command.inherited()}
        flags = self.flags.sorted()
        yield from (flag for flag in flags if id(flag) in inherited)
        yield from (flag for flag in flags if id(flag) not in inherited)

    def _flag_names(self) -> list[str]:
        required = self._required_names()
        if required:
            return required
        return [
            text
            for flag in self._all_flags()
            if not self.flags.changed(flag.name) or flag.type in _REPEATABLE
            for text in self._names_of(flag)
        ]

    def _required_names(self) -> list[str]:
        return [
            text
            for flag in self._all_flags()
            if flag.required and not self.flags.changed(flag.name)
            for text in self._names_of(flag)
        ]

    def _names_of(self, flag: Flag) -> Iterator[str]:
        if flag.hidden or flag.deprecated or self._is_excluded(flag):
            return
        names = [f"--{flag.name}"] + ([f"-{flag.shorthand}"] if flag.shorthand else [])
        for name in names:
            if name.startswith(self.typed):
                yield f"{name}\t{flag.usage}"

    def _is_excluded(self, flag: Flag) -> bool:
        """Whether a flag that was given excludes this one."""
        others = {name for group in flag.exclusive for name in group.split()} - {flag.name}
        return any(map(self.flags.changed, others))

    def _command_names(self) -> tuple[list[str], int]:
        own = {flag.name for flag in self.command.flags} | {"help"}
        if self.flags.arguments or any(map(self.flags.changed, own)):
            return [], _DEFAULT
        shown = [it for it in self.command.commands if it.available() or it.name == "help"]
        found = [f"{it.name}\t{it.short}" for it in shown if it.name.startswith(self.typed)]
        return found, _NO_FILES if shown else _DEFAULT

    def _own(self, found: list[str], directive: int) -> tuple[list[str], int]:
        """What the command itself has to say (``ValidArgsFunction``)."""
        if self.command.no_files:
            return found, _NO_FILES
        if self.command.path() != f"{self.command.root().name} help":
            return found, directive
        try:
            command, _rest, _ = cobra.find(self.command.root(), self.flags.arguments)
        except cobra.UnknownCommandError:
            return found, _NO_FILES
        shown = [it for it in command.commands if it.available() or it.name == "help"]
        names = [f"{it.name}\t{it.short}" for it in shown if it.name.startswith(self.typed)]
        return [*found, *names], _NO_FILES


def _is_flag(argument: str) -> bool:
    if argument.startswith("--"):
        return len(argument) > 2
    return len(argument) > 1 and argument.startswith("-")
