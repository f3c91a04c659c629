"""Finds and runs commands as cobra v1.10.2 does: ``Command.ExecuteC`` and its texts.

What a command does is none of this module's business: ``run`` gets an ``Invocation``, and
``run`` alone imports more than the tree of commands.
"""

from __future__ import annotations

from pyggcr._gostd.strconv import quote
from pyggcr.cli.crane import streams
from pyggcr.cli.crane.commands import Command, Flag
from pyggcr.cli.crane.pflag import FlagError, FlagSet, HelpRequested
from pyggcr.cli.reader.suggestions import near

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "CommandError",
    "Invocation",
    "UnknownCommandError",
    "execute",
    "find",
    "flags_of",
    "help_flag",
    "help_text",
    "usage",
]

_NAME_PADDING = 11
# Types whose guessed names are other than themselves (``pflag.UnquoteUsage``).
_TYPE_NAMES = {"bool": "", "stringSlice": "strings"}
# Defaults that help does not show; a type that pflag does not know has one only if it is a word.
_SILENT_DEFAULTS = {
    "bool": ("", "false"),
    "int": ("0",),
    "string": ("",),
    "stringSlice": ("[]",),
}
_OTHER_SILENT_DEFAULTS = ("false", "<nil>", "", "0")


class CommandError(Exception):
    """A command failed; the text is what stands behind ``Error:``."""


class UnknownCommandError(CommandError):
    """There is no such command; its text ends with suggestions."""


class Invocation:
    """A command, its flags and its arguments, of one command line."""

    __slots__ = ("arguments", "called_as", "command", "flags")

    def __init__(self, command: Command, flags: FlagSet, called_as: str) -> None:
        self.command: Command = command
        self.flags: FlagSet = flags
        self.arguments: list[str] = flags.arguments
        self.called_as: str = called_as


def execute(root: Command, arguments: Sequence[str], run: Callable[[Invocation], None]) -> None:
    """Read a command line and run the command that it names; help goes to standard output.

    Raises:
        CommandError: the command line is wrong, or ``run`` raised it.
    """
    command, rest, called_as = find(root, arguments)
    flags = FlagSet([*flags_of(command), help_flag(command)])
    try:
        if command.parses_flags:
            _parse(flags, rest)
        else:
            flags.arguments = list(rest)
        if flags.value("help") or not command.runnable:
            raise HelpRequested
        _check_arguments(command, flags.arguments)
        _check_required(flags)
        _check_exclusive(flags)
        run(Invocation(command, flags, called_as))
    except HelpRequested:
        streams.write(help_text(command))
    except FlagError as error:
        raise CommandError(str(error)) from None


def _parse(flags: FlagSet, rest: Sequence[str]) -> None:
    flags.parse(rest)
    if flags.notes:
        streams.write_error("".join(flags.notes))


def flags_of(command: Command) -> list[Flag]:
    """The flags of a command in the order in which they take precedence, without ``--help``."""
    return [*command.flags, *command.persistent, *command.inherited()]


def help_flag(command: Command) -> Flag:
    """``--help`` of a command, which cobra adds to each."""
    return Flag(
        "help", f"help for {command.name}", "bool", shorthand="h", default="false", no_value="true"
    )


# Which command is meant.


def find(root: Command, arguments: Sequence[str]) -> tuple[Command, list[str], str]:
    """The command that is meant, its flags and arguments, and what it was called.

    Raises:
        UnknownCommandError: there is no such command.
    """
    command, rest, called_as = root, list(arguments), root.name
    while True:
        words = _without_flags(command, rest)
        below = command.find(words[0]) if words else None
        if below is None:
            break
        rest = _without_word(command, rest, words[0])
        command, called_as = below, words[0]
    if command.parent is None and words:
        text = f"unknown command {quote(words[0])} for {quote(command.path())}"
        raise UnknownCommandError(text + _suggestions(command, words[0]))
    return command, rest, called_as


def _without_flags(command: Command, arguments: Sequence[str]) -> list[str]:
    """The arguments that are neither flags nor values of flags (``stripFlags``)."""
    flags = FlagSet(flags_of(command))
    words = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            break
        if _takes_next(flags, argument):
            if len(rest) <= 1:
                break
            rest.pop(0)
        elif argument and not argument.startswith("-"):
            words.append(argument)
    return words


def _without_word(command: Command, arguments: list[str], word: str) -> list[str]:
    """The arguments without the first that is this word and no flag's value."""
    flags = FlagSet(flags_of(command))
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        if argument == "--":
            break
        if _takes_next(flags, argument):
            position += 1
        elif argument == word:
            return arguments[:position] + arguments[position + 1 :]
        position += 1
    return arguments


def _takes_next(flags: FlagSet, argument: str) -> bool:
    """Whether a flag's value is the next argument, as far as can be told without parsing."""
    if "=" in argument or not argument.startswith("-"):
        return False
    if argument.startswith("--"):
        flag = flags.flags.get(argument[2:])
    elif len(argument.encode("utf-8", "surrogateescape")) == 2:
        flag = flags.by_shorthand(argument[1:])
    else:
        return False
    return flag is None or not flag.no_value


def _suggestions(command: Command, typed: str) -> str:
    found = near(typed, [it.name for it in command.commands if it.available()])
    if not found:
        return ""
    return "\n\nDid you mean this?\n" + "".join(f"\t{name}\n" for name in found)


# What a command takes.


def _check_arguments(command: Command, arguments: Sequence[str]) -> None:
    rule, count = command.arguments, len(arguments)
    numbers = [int(word) for word in rule.split() if word.isdecimal()]
    if rule == "unknown command":
        if arguments:
            raise CommandError(f"unknown command {quote(arguments[0])} for {quote(command.path())}")
    elif rule.startswith("requires at least"):
        if count < numbers[0]:
            raise CommandError(f"{rule}, only received {count}")
    elif rule:
        most = numbers[-1]
        least = 0 if rule.startswith("accepts at most") else numbers[0]
        if not least <= count <= most:
            raise CommandError(f"{rule}, received {count}")


def _check_required(flags: FlagSet) -> None:
    missing = [it.name for it in flags.sorted() if it.required and not flags.changed(it.name)]
    if missing:
        names = '", "'.join(missing)
        raise CommandError(f'required flag(s) "{names}" not set')


def _check_exclusive(flags: FlagSet) -> None:
    for group in sorted({group for flag in flags.sorted() for group in flag.exclusive}):
        given = sorted(name for name in group.split() if flags.changed(name))
        if len(given) > 1:
            raise CommandError(
                f"if any flags in the group [{group}] are set none of the others can be; "
                f"[{' '.join(given)}] were all set"
            )


# Help.


def help_text(command: Command) -> str:
    """What ``--help`` prints."""
    about = (command.long or command.short).rstrip()
    head = f"{about}\n\n" if about else ""
    return head + usage(command) if command.runnable or command.commands else head


def usage(command: Command, *, has_help: bool = True) -> str:
    """How the command is used (``defaultUsageFunc``); ``--help`` is there once it was run."""
    return "".join(_usage(command, has_help)) + "\n"


def _usage(command: Command, has_help: bool) -> Iterator[str]:
    path, has_commands = command.path(), command.has_available_commands()
    yield "Usage:"
    if command.runnable:
        above = f"{command.parent.path()} " if command.parent else ""
        ending = "" if command.plain_use or "[flags]" in command.use else " [flags]"
        yield f"\n  {above}{command.use}{ending}"
    if has_commands:
        yield f"\n  {path} [command]"
    if command.aliases:
        yield f"\n\nAliases:\n  {', '.join((command.name, *command.aliases))}"
    if command.example:
        yield f"\n\nExamples:\n{command.example}"
    if has_commands:
        yield "\n\nAvailable Commands:"
        longest = max(len(it.name) for it in command.commands)
        width = max(_NAME_PADDING, longest)
        for it in command.commands:
            if it.available() or it.name == "help":
                yield f"\n  {it.name.ljust(width)} {it.short}"
    own = FlagSet([*command.flags, *command.persistent])
    if has_help:
        own.add(help_flag(command))
    yield f"\n\nFlags:\n{_flag_lines(own.sorted())}"
    inherited = FlagSet(it for it in command.inherited() if it.name not in own.flags).sorted()
    if inherited:
        yield f"\n\nGlobal Flags:\n{_flag_lines(inherited)}"
    if has_commands:
        yield f'\n\nUse "{path} [command] --help" for more information about a command.'


def _flag_lines(flags: Sequence[Flag]) -> str:
    shown = [(_flag_head(flag), _flag_usage(flag)) for flag in flags if not flag.hidden]
    width = max(len(head) for head, _ in shown)
    lines = (f"{head.ljust(width)}   {about}\n" for head, about in shown)
    return "".join(lines).rstrip()


def _flag_head(flag: Flag) -> str:
    short = f"  -{flag.shorthand}, " if flag.shorthand else "      "
    kind = _TYPE_NAMES.get(flag.type, flag.type)
    head = f"{short}--{flag.name} {kind}".rstrip()
    return head if flag.type == "bool" or not flag.no_value else f"{head}[={flag.no_value}]"


def _flag_usage(flag: Flag) -> str:
    if flag.default in _SILENT_DEFAULTS.get(flag.type, _OTHER_SILENT_DEFAULTS):
        return flag.usage
    default = flag.default_text()
    shown = quote(default) if flag.type == "string" else default
    return f"{flag.usage} (default {shown})"
