"""Options and arguments: what they are called, which values they take, what they do."""

from __future__ import annotations

import math
import os
import re

from pyggcr.cli.reader.errors import BadValueError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol, TypeVar

    _Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

    class Decorator(Protocol):
        """What adds an option or an argument to a function."""

        def __call__(self, function: _Decorated, /) -> _Decorated: ...


__all__ = [
    "Argument",
    "Choice",
    "FloatRange",
    "IntRange",
    "Kind",
    "Option",
    "Parameter",
    "Path",
    "argument",
    "option",
    "parameters_of",
]

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")

# The attribute of a function that has its parameters, the last one first.
_PARAMETERS = "__parameters__"


class Kind:
    """The values that an option or argument takes: any text.

    Attributes:
        metavar: what help calls a value.
        limits: what help says of the values that are allowed.
    """

    metavar: str = "TEXT"
    limits: str = ""

    def convert(self, text: str) -> Any:
        """The value that a text stands for.

        Raises:
            BadValueError: it stands for none.
        """
        return text


class Choice(Kind):
    """One of a few words."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words: Sequence[str] = words
        self.metavar: str = f"[{'|'.join(words)}]"

    def convert(self, text: str) -> str:
        """The word."""
        if text not in self.words:
            words = ", ".join(map(repr, self.words))
            raise BadValueError(f"{text!r} is not one of {words}.")
        return text


class IntRange(Kind):
    """An integer that is not below ``min``."""

    metavar = "INTEGER"

    def __init__(self, min: int | None = None) -> None:  # noqa: A002
        self.min: int | None = min
        self.limits: str = "" if min is None else f"x>={min}"

    def convert(self, text: str) -> int:
        """The number."""
        if not _INTEGER.fullmatch(text):  # int() also takes 1_000 and the digits of other scripts
            raise BadValueError(f"{text!r} is not a valid integer.")
        value = int(text)
        if self.min is not None and value < self.min:
            raise BadValueError(f"{value} is not in the range {self.limits}.")
        return value


class FloatRange(Kind):
    """A number above ``above``."""

    metavar = "NUMBER"

    def __init__(self, above: float) -> None:
        self.above: float = above
        self.limits: str = f"x>{above:g}"

    def convert(self, text: str) -> float:
        """The number."""
        if not _NUMBER.fullmatch(text):  # float() also takes inf, nan and what int() takes
            raise BadValueError(f"{text!r} is not a valid number.")
        value = float(text)
        if not self.above < value < math.inf:
            raise BadValueError(f"{value} is not in the range {self.limits}.")
        return value


class Path(Kind):
    """A path, which need not exist, but if it does must be of the right kind."""

    def __init__(self, *, files: bool = True, folders: bool = True) -> None:
        self.files: bool = files
        self.folders: bool = folders
        self.metavar: str = "PATH" if files and folders else "FILE" if files else "FOLDER"

    def convert(self, text: str) -> str:
        """The path as it was given."""
        if text != "-" and not (self.files and self.folders):
            is_folder = os.path.isdir(text)  # noqa: PTH112  (pathlib takes a while to import)
            if is_folder and not self.folders:
                raise BadValueError(f"{text!r} is a folder.")
            if not self.files and not is_folder and os.path.exists(text):  # noqa: PTH110
                raise BadValueError(f"{text!r} is no folder.")
        return text


class Parameter:
    """An option or an argument of a command.

    Attributes:
        name: the keyword by which the function takes its value.
        kind: which values it takes.
        metavar: what help calls its value.
        repeats: whether it can be given more than once.
        required: whether it must be given.
        default: the value where it is not given.
        convert: makes the final value of what ``kind`` makes: of a tuple if it repeats.
    """

    __slots__ = ("convert", "default", "kind", "metavar", "name", "repeats", "required")

    def __init__(
        self,
        name: str,
        kind: Kind | type[int] | None,
        metavar: str | None,
        *,
        repeats: bool,
        required: bool,
        default: Any,
        convert: Callable[[Any], Any] | None,
    ) -> None:
        if kind is int or (kind is None and type(default) is int):
            kind = IntRange()
        self.name: str = name
        self.kind: Kind = kind if isinstance(kind, Kind) else Kind()
        self.metavar: str = metavar or self.kind.metavar
        self.repeats: bool = repeats
        self.required: bool = required
        self.default: Any = () if repeats else default
        self.convert: Callable[[Any], Any] | None = convert

    def shown(self) -> str:
        """The parameter as messages name it."""
        raise NotImplementedError

    def value(self, given: Sequence[Any]) -> Any:
        """The value, given all that was written for the parameter: texts, or whether a flag is set.

        Raises:
            UsageError: the parameter does not take such a value, or needs one.
        """
        try:
            value = self._converted(given)
            return value if self.convert is None else self.convert(value)
        except BadValueError as error:
            raise UsageError(f"Invalid value for {self.shown()}: {error}") from None

    def _converted(self, given: Sequence[Any]) -> Any:
        if not given:
            return self.default
        if not self.repeats:
            return self.kind.convert(given[-1])
        return tuple(self.kind.convert(text) for text in given)


class Option(Parameter):
    """An option.

    Attributes:
        names: all that it may be called, with their dashes.
        negations: what it is called to say no.
        is_flag: whether it takes no value.
        help: what it does.
        shows_default: whether help says what the default is.
        hidden: whether help leaves it out.
        action: what is done at once where it is given; nothing else is done then.
    """

    __slots__ = ("action", "help", "hidden", "is_flag", "names", "negations", "shows_default")

    def __init__(
        self,
        *names: str,
        help: str,  # noqa: A002
        type: Kind | type[int] | None = None,  # noqa: A002
        metavar: str | None = None,
        is_flag: bool = False,
        multiple: bool = False,
        required: bool = False,
        default: Any = None,
        show_default: bool = False,
        hidden: bool = False,
        convert: Callable[[Any], Any] | None = None,
        action: Callable[[], None] | None = None,
    ) -> None:
        """Describe an option.

        Args:
            names: with dashes what it is called, ``--yes/--no`` for a flag that can be denied;
                without dashes the keyword by which the function takes it (default: the first long
                name).
            help: what it does.
            type: which values it takes (default: any text, or integers if ``default`` is one).
            metavar: what help calls a value.
            is_flag: whether it takes no value, but is true or false.
            multiple: whether it can be given more than once.
            required: whether it must be given.
            default: the value where it is not given.
            show_default: whether help says what the default is.
            hidden: whether help leaves it out.
            convert: makes the final value; raises ``BadValueError``.
            action: what is done at once where it is given; nothing else is done then.
        """
        self.names: list[str] = []
        self.negations: list[str] = []
        keyword = ""
        for name in names:
            if not name.startswith("-"):
                keyword = name
                continue
            name, _, negation = name.partition("/")
            self.names.append(name)
            if negation:
                self.negations.append(negation)
        if not keyword:
            first = next((it for it in self.names if it.startswith("--")), self.names[0])
            keyword = first.lstrip("-").replace("-", "_")
        self.is_flag: bool = is_flag or bool(self.negations)
        self.help: str = help
        self.shows_default: bool = show_default
        self.hidden: bool = hidden
        self.action: Callable[[], None] | None = action
        super().__init__(
            keyword,
            type,
            metavar,
            repeats=multiple,
            required=required,
            default=False if is_flag and default is None else default,
            convert=convert,
        )

    def shown(self) -> str:
        """The option as messages name it."""
        return " / ".join(f"'{name}'" for name in self.names)

    def heading(self) -> str:
        """The option as help lists it: short names first, and what it takes."""
        names = ", ".join(sorted(self.names, key=lambda it: it.startswith("--")))
        if self.negations:
            names = f"{names} / {', '.join(self.negations)}"
        return names if self.is_flag else f"{names} {self.metavar}"

    def _converted(self, given: Sequence[Any]) -> Any:
        if self.is_flag:
            return given[-1] if given else self.default
        return super()._converted(given)

    def about(self) -> str:
        """What help says of the option, with its default and limits."""
        facts = []
        if self.shows_default and self.default not in (None, ()):
            facts.append(f"default: {self._default_text()}")
        if self.kind.limits:
            facts.append(self.kind.limits)
        if self.required:
            facts.append("required")
        return f"{self.help}  [{'; '.join(facts)}]" if facts else self.help

    def _default_text(self) -> str:
        if self.negations:
            return (self.names if self.default else self.negations)[0].lstrip("-")
        return str(self.default)


class Argument(Parameter):
    """An argument: what stands on a command line without a name."""

    __slots__ = ()

    def shown(self) -> str:
        """The argument as messages name it."""
        return f"'{self.metavar}'"


def option(*names: str, **description: Any) -> Decorator:
    """Give a command an option; takes what ``Option`` takes."""
    described = Option(*names, **description)
    return lambda function: _added(function, described)


def argument(
    name: str,
    *,
    metavar: str | None = None,
    type: Kind | None = None,  # noqa: A002
    nargs: int = 1,
    required: bool | None = None,
    default: str | None = None,
    convert: Callable[[Any], Any] | None = None,
) -> Decorator:
    """Give a command an argument.

    Args:
        name: the keyword by which the function takes it.
        metavar: what help calls it.
        type: which values it takes (default: any text).
        nargs: 1, or -1 for as many as there are.
        required: whether there must be one (default: yes, if it is one that has no default).
        default: the value where it is not given.
        convert: makes the final value; raises ``BadValueError``.
    """
    needed = nargs == 1 and default is None if required is None else required
    shown = name.upper() if needed else f"[{name.upper()}]"
    described = Argument(
        name,
        type,
        metavar or (f"{shown}..." if nargs != 1 else shown),
        repeats=nargs != 1,
        required=needed,
        default=default,
        convert=convert,
    )
    return lambda function: _added(function, described)


def _added(function: _Decorated, described: Parameter) -> _Decorated:
    # functools.wraps hands the list on to what wraps the function.
    vars(function).setdefault(_PARAMETERS, []).append(described)
    return function


def parameters_of(function: Callable[..., Any]) -> list[Parameter]:
    """The parameters that decorators gave to a function, in their order."""
    added: list[Parameter] = vars(function).get(_PARAMETERS, [])
    return added[::-1]
