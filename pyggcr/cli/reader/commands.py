"""Commands and groups of them: reads words, and calls the function that the words are for."""

from __future__ import annotations

import contextlib
import sys
from contextvars import ContextVar

from pyggcr.cli.reader.errors import UsageError
from pyggcr.cli.reader.parameters import Argument, Option, Parameter, parameters_of
from pyggcr.cli.reader.tokens import Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

__all__ = ["Command", "Group", "command", "group", "of_program"]

# What was given to the program before the command.
_of_program: ContextVar[Mapping[str, Any] | None] = ContextVar("of_program", default=None)


def of_program() -> Mapping[str, Any]:
    """The options that were given to the whole program, before the command."""
    return _of_program.get() or {}


class Command:
    """A command: a function, and what it takes.

    Attributes:
        name: what it is called.
        function: what it does; it returns the exit code, ``None`` for 0.
        about: what help says of it.
        parameters: its options and arguments, without ``--help``.
        takes_all: whether the function takes all words as they are, as ``words``.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., int | None] | None = None,
        parameters: Sequence[Parameter] = (),
        *,
        about: str = "",
        takes_all: bool = False,
    ) -> None:
        self.name: str = name
        self.function: Callable[..., int | None] | None = function
        self.parameters: list[Parameter] = list(parameters)
        self.about: str = about
        self.takes_all: bool = takes_all

    @property
    def options(self) -> list[Option]:
        """The options, ``--help`` the last."""
        options = [it for it in self.parameters if isinstance(it, Option)]
        if not self.takes_all:
            options.append(_HELP)
        return options

    @property
    def options_by_name(self) -> dict[str, Option]:
        """The options by all that they may be called, negations included."""
        found: dict[str, Option] = {}
        for option in self.options:
            for name in (*option.names, *option.negations):
                found.setdefault(name, option)
        return found

    @property
    def arguments(self) -> list[Argument]:
        """The arguments in their order."""
        return [it for it in self.parameters if isinstance(it, Argument)]

    def usage(self) -> str:
        """What follows the name of the command in a line of usage."""
        names = [it.metavar for it in self.arguments]
        return " ".join(names if self.takes_all else ["[OPTIONS]", *names])

    def help_text(self, path: str) -> str:
        """The page that ``--help`` prints, as wide as the terminal.

        Args:
            path: the program and the commands down to this one.
        """
        from pyggcr.cli.reader.help_page import page

        return page(self, path)

    def parse(self, words: Sequence[str], path: str = "") -> dict[str, Any]:
        """The values of all parameters, by the keywords of the function.

        Args:
            words: those after the name of the command.
            path: the program and the commands down to this one (default: this one's name).

        Raises:
            UsageError: the words make no sense.
            SystemExit: an option such as ``--version`` was all that was wanted.
        """
        values, rest = self._read(words, path or self.name)
        if rest:
            plural = "s" if len(rest) > 1 else ""
            raise UsageError(f"Got unexpected extra argument{plural} ({' '.join(rest)})")
        return values

    def invoke(self, words: Sequence[str], path: str) -> int | None:
        """Read words and call the function; returns the exit code.

        Args:
            words: those after the name of the command.
            path: the program and the commands down to this one.

        Raises:
            UsageError: the words make no sense.
            SystemExit: an option such as ``--version`` was all that was wanted.
        """
        assert self.function is not None
        try:
            if self.takes_all:
                return self.function(words=tuple(words))
            return self.function(**self.parse(words, path))
        except UsageError as error:
            error.path = error.path or path
            raise

    def _read(
        self, words: Sequence[str], path: str, *, stops: bool = False
    ) -> tuple[dict[str, Any], list[str]]:
        """The values of all parameters, and the words that are left."""
        tokens = _Given(self.options_by_name, stops=stops)
        tokens.read(words)
        for each in tokens.given:
            if each is _HELP:
                sys.stdout.write(self.help_text(path))
                raise SystemExit(0)
            if each.action is not None:
                each.action()
                raise SystemExit(0)
        given: dict[Parameter, Sequence[Any]] = dict(tokens.given.items())
        rest = tokens.arguments if stops else _distribute(self.arguments, tokens.arguments, given)
        for option in self.options:
            given.setdefault(option, ())
        values = {}
        for parameter, texts in given.items():
            if parameter.required and not texts:
                what = "option" if isinstance(parameter, Option) else "argument"
                raise UsageError(f"Missing {what} {parameter.shown()}.")
            if not isinstance(parameter, Option) or parameter.action is None:
                values[parameter.name] = parameter.value(texts)
        return values, rest


class Group(Command):
    """A command that has commands below it, and does nothing else."""

    def __init__(self, name: str, parameters: Sequence[Parameter] = (), *, about: str = "") -> None:
        super().__init__(name, None, parameters, about=about)
        self.commands: dict[str, Command] = {}

    def names(self) -> list[str]:
        """The names of the commands below, as help lists them."""
        return sorted(self.commands)

    def find(self, name: str) -> Command | None:
        """The command below with this name."""
        return self.commands.get(name)

    def below(self) -> Iterator[tuple[str, Command]]:
        """The commands below with their names, as help lists them."""
        for name in self.names():
            found = self.find(name)
            assert found is not None
            yield name, found

    def command(self, name: str | None = None) -> Callable[[Callable[..., int | None]], Command]:
        """Make a command below of a function (default: called as the function)."""

        def made(function: Callable[..., int | None]) -> Command:
            found = command(name)(function)
            self.commands[found.name] = found
            return found

        return made

    def usage(self) -> str:
        """What follows the name of the group in a line of usage."""
        return "[OPTIONS] COMMAND [ARGS]..."

    def invoke(self, words: Sequence[str], path: str) -> int | None:
        """Read words, and call the function of the command that they name."""
        if not words:
            sys.stdout.write(self.help_text(path))
            return 0
        try:
            values, rest = self._read(words, path, stops=True)
            if not rest:
                raise UsageError("Missing command.")
            below = self.find(rest[0])
            if below is None:
                raise UsageError(f"No such command '{rest[0]}'.{_meant(rest[0], self.names())}")
        except UsageError as error:
            error.path = error.path or path
            raise
        with _outermost(values):
            return below.invoke(rest[1:], f"{path} {below.name}")


@contextlib.contextmanager
def _outermost(values: Mapping[str, Any]) -> Iterator[None]:
    """Let ``of_program`` be these values, unless a group above this one has said so."""
    if _of_program.get() is not None:
        yield
        return
    token = _of_program.set(values)
    try:
        yield
    finally:
        _of_program.reset(token)


_HELP = Option("--help", "-h", is_flag=True, help="Show this page and exit", action=lambda: None)


class _Given(Tokens):
    """What was given for each option: texts or booleans; the options in the order they came in."""

    def __init__(self, names: Mapping[str, Option], *, stops: bool) -> None:
        super().__init__()
        self.stops_at_arguments = stops
        self.given: dict[Option, list[Any]] = {}
        self._names = names

    def find_long(self, name: str, word: str) -> Option:  # noqa: ARG002
        return self._find(f"--{name}")

    def find_short(self, letter: str, letters: bytes) -> Option:
        if letter.isascii():
            return self._find(f"-{letter}")
        raise UsageError(f"No such option '-{letters.decode('utf-8', 'surrogateescape')}'.")

    def _find(self, name: str) -> Option:
        option = self._names.get(name)
        if option is None:
            shown = [name for name, it in self._names.items() if not it.hidden]
            raise UsageError(f"No such option '{name}'.{_meant(name, shown)}")
        return option

    def needs_value(self, option: Option) -> bool:
        return not option.is_flag

    def lacks_value(self, name: str, letters: bytes) -> UsageError:
        shown = f"--{name}" if name else f"-{chr(letters[0])}"
        return UsageError(f"Option '{shown}' requires an argument.")

    def give(self, option: Option, value: str | None, written: str) -> None:
        if option.is_flag and value is not None:
            raise UsageError(f"Option '{written}' does not take a value.")
        given = written not in option.negations if option.is_flag else value
        self.given.setdefault(option, []).append(given)


def _meant(typed: str, names: Sequence[str]) -> str:
    """What to say of names that are like one that does not exist."""
    if len(typed.lstrip("-")) < 2:
        return ""
    from pyggcr.cli.reader.suggestions import near

    found = [f"'{it}'" for it in near(typed, names)]
    return f" Did you mean {' or '.join(found)}?" if found else ""


def _distribute(
    arguments: Sequence[Argument], words: Sequence[str], given: dict[Parameter, Sequence[Any]]
) -> list[str]:
    """Say which words each argument takes; returns those that are left.

    One that repeats takes what those after it leave.
    """
    rest = list(words)
    many = next((it for it in arguments if it.repeats), None)
    after = arguments[arguments.index(many) + 1 :] if many is not None else ()
    for argument in arguments[: len(arguments) - len(after)]:
        if argument is not many:
            given[argument] = [rest.pop(0)] if rest else []
    taken = {it: [rest.pop()] if rest else [] for it in reversed(after)}
    if many is not None:
        given[many], rest = rest, []
    for argument in after:
        given[argument] = taken[argument]
    return rest


def command(
    name: str | None = None, *, takes_all: bool = False
) -> Callable[[Callable[..., int | None]], Command]:
    """Make a command of a function, whose first docstring is its help.

    Args:
        name: what the command is called (default: as the function, with dashes).
        takes_all: whether the function takes all words as they are, as ``words``.
    """
    return lambda function: Command(
        name or _name_of(function),
        function,
        parameters_of(function),
        about=function.__doc__ or "",
        takes_all=takes_all,
    )


def group(name: str | None = None) -> Callable[[Callable[..., None]], Group]:
    """Make a group of a function that is never called: its docstring is the help."""
    return lambda function: Group(
        name or _name_of(function), parameters_of(function), about=function.__doc__ or ""
    )


def _name_of(function: Callable[..., Any]) -> str:
    return function.__name__.strip("_").replace("_", "-")
