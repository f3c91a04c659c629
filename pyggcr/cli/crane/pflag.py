"""Reads flags as pflag v1.0.10 does: ``FlagSet.Parse``, and the values of flags.

Flags may stand before and after arguments; ``--flag=value``, ``-f value``, ``-fvalue``,
``-f=value`` and combined shorthands are read, and ``--`` ends the flags. Shorthands are bytes, as
in Go.
"""

from __future__ import annotations

from pyggcr._gostd.strconv import quote
from pyggcr.cli.reader.tokens import Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from pyggcr.cli.crane.commands import Flag

__all__ = ["FlagError", "FlagSet", "HelpRequested"]


class FlagError(Exception):
    """Flags that cannot be read; the text is pflag's."""


class HelpRequested(Exception):  # noqa: N818  (pflag's ErrHelp is no failure)
    """Help was asked for (``pflag.ErrHelp``)."""


class FlagSet(Tokens):
    """The flags of one run of a command and what was given for them; the first of a name counts."""

    def __init__(self, flags: Iterable[Flag]) -> None:
        super().__init__()
        self.flags: dict[str, Flag] = {}
        self.notes: list[str] = []  # what pflag says of deprecated flags
        self._values: dict[str, Any] = {}
        self._shorthands: dict[str, Flag] = {}
        for flag in flags:
            self.add(flag)

    def add(self, flag: Flag) -> None:
        """Add a flag, unless there is one of that name."""
        if flag.name not in self.flags:
            self.flags[flag.name] = flag
            if flag.shorthand:
                self._shorthands[flag.shorthand] = flag

    def by_shorthand(self, letter: str) -> Flag | None:
        """The flag with this shorthand."""
        return self._shorthands.get(letter)

    def sorted(self) -> list[Flag]:
        """All flags by name."""
        return [self.flags[name] for name in sorted(self.flags)]

    def changed(self, name: str) -> bool:
        """Whether the flag was given."""
        return name in self._values

    def value(self, name: str) -> Any:
        """What was given for a flag, or its default."""
        if name in self._values:
            return self._values[name]
        flag = self.flags[name]
        if flag.type == "bool":
            return flag.default == "true"
        if flag.type == "int":
            return int(flag.default_text())
        return flag.default if flag.type == "string" else _KINDS[flag.type][1]

    def last_of(self, *names: str) -> Any:
        """The value of that of these flags that was given last, for flags of one variable."""
        given = [name for name in self._values if name in names]
        return self.value(given[-1] if given else names[0])

    def parse(self, arguments: Sequence[str]) -> None:
        """Read flags and arguments; ``arguments`` of this object are then those without flags.

        Raises:
            FlagError: a flag is unknown, lacks its value, or has a wrong one.
            HelpRequested: ``-h`` or ``--help`` was given, and no flag is called so.
        """
        self.read(arguments)

    def find_long(self, name: str, word: str) -> Flag:
        """The flag with this name; else pflag's error."""
        if word[2:3] in ("-", "="):
            raise FlagError(f"bad flag syntax: {word}")
        flag = self.flags.get(name)
        if flag is None:
            if name == "help":
                raise HelpRequested
            raise FlagError(f"unknown flag: --{name}")
        return flag

    def read_letter(self, letters: bytes, rest: list[str]) -> bytes:
        """Read a shorthand; flags that are for Go's own tests are left alone."""
        return b"" if letters.startswith(b"test.") else super().read_letter(letters, rest)

    def find_short(self, letter: str, letters: bytes) -> Flag:
        """The flag with this shorthand; else pflag's error."""
        flag = self._shorthands.get(letter)
        if flag is None:
            if letter == "h":
                raise HelpRequested
            # Go takes the first byte of the letter's own UTF-8.
            first, shown = chr(letter.encode()[0]), letters.decode("utf-8", "surrogateescape")
            raise FlagError(f"unknown shorthand flag: {_quoted(first)} in -{shown}")
        return flag

    def needs_value(self, flag: Flag) -> bool:
        """Whether a flag cannot stand without a value."""
        return not flag.no_value

    def lacks_value(self, name: str, letters: bytes) -> FlagError:
        """pflag's error of a flag without its value."""
        if name:
            return FlagError(f"flag needs an argument: --{name}")
        shown = letters.decode("utf-8", "surrogateescape")
        return FlagError(f"flag needs an argument: {_quoted(chr(letters[0]))} in -{shown}")

    def give(self, flag: Flag, value: str | None, _written: str) -> None:
        """Set a flag."""
        self._set(flag, flag.no_value if value is None else value)

    def _set(self, flag: Flag, value: str) -> None:
        read, _default = _KINDS[flag.type]
        try:
            self._values[flag.name] = read(value, self._values.pop(flag.name, None))
        except ValueError as error:
            name = f"-{flag.shorthand}, --{flag.name}" if flag.shorthand else f"--{flag.name}"
            raise FlagError(
                f"invalid argument {quote(value)} for {quote(name)} flag: {error}"
            ) from None
        if flag.deprecated:
            self.notes.append(f"Flag --{flag.name} has been deprecated, {flag.deprecated}\n")


def _quoted(letter: str) -> str:
    """A character as ``%q`` prints it."""
    if letter == "'":
        return r"'\''"
    inner = quote(letter)[1:-1]
    return f"'{inner}'" if letter != '"' else "'\"'"


_INTEGER = r"0[xX](_?[0-9a-fA-F])+|0[oO](_?[0-7])+|0[bB](_?[01])+|[0-9](_?[0-9])*"
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")


def _bool(text: str, _before: object) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f"strconv.ParseBool: parsing {quote(text)}: invalid syntax")


def _int(text: str, _before: object) -> int:
    import re

    failure = f"strconv.ParseInt: parsing {quote(text)}"
    # A leading 0 alone makes a number octal in Go; Python wants 0o.
    sign, digits = re.fullmatch(r"([+-]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    octal = re.sub(r"^0(?=[0-7_])", "0o", digits)
    if not re.fullmatch(_INTEGER, octal):
        raise ValueError(f"{failure}: invalid syntax")
    try:
        value = int(sign + octal, 0)
    except ValueError:
        raise ValueError(f"{failure}: invalid syntax") from None
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"{failure}: value out of range")
    return value


def _string(text: str, _before: object) -> str:
    return text


def _strings(text: str, before: list[str] | None) -> list[str]:
    from pyggcr._gostd.csv import read_record

    return [*(before or ()), *(read_record(text) if text else ())]


def _pairs(text: str, before: dict[str, str] | None) -> dict[str, str]:
    """``a=1,b=2``; with one ``=`` in it a text is one pair, commas and all."""
    from pyggcr._gostd.csv import read_record

    if "=" not in text:
        raise ValueError(f"{text} must be formatted as key=value")
    parts = [text.strip('"')] if text.count("=") == 1 else read_record(text)
    pairs = dict(before or {})
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"{part} must be formatted as key=value")
        pairs[key] = value
    return pairs


def _assignments(text: str, before: list[tuple[str, str]] | None) -> list[tuple[str, str]]:
    """crane's ``keyToValue``: pairs in their order."""
    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text} must be formatted as key=value")
    return [*(before or ()), (key, value)]


def _platform(text: str, _before: object) -> str | None:
    """crane's ``platformValue``; ``None`` stands for all."""
    if text == "all":
        return None
    _parse_platform(text)
    return text


def _platforms(text: str, before: list[str] | None) -> list[str]:
    """crane's ``platformsValue``, which panics where it gets ``all``."""
    if text == "all":
        raise ValueError("name the platforms to keep")
    _parse_platform(text)
    return [*(before or ()), text]


def _parse_platform(text: str) -> None:
    from pyggcr.errors import InvalidPlatformError
    from pyggcr.v1.platform import parse_platform

    try:
        parse_platform(text)
    except InvalidPlatformError as error:
        raise ValueError(error.message) from None


# How the value of each type of flag is read, given those that came before; and what it is where
# the flag is not given.
_KINDS: dict[str, tuple[Callable[[str, Any], Any], Any]] = {
    "bool": (_bool, False),
    "int": (_int, 0),
    "string": (_string, ""),
    "stringSlice": (_strings, []),
    "stringToString": (_pairs, {}),
    "keyToValue": (_assignments, []),
    "platform": (_platform, None),
    "platform(s)": (_platforms, []),
}
