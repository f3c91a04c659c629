"""Every public name has a docstring that says what its caller has to know."""

from __future__ import annotations

import builtins
import inspect
import re
from typing import Any

import pytest
from support.public_names import Member, members, public_modules
from support.raised_errors import recorded

from pyggcr import errors

# Any call may end so, which pyggcr.errors and pyggcr.limits say: with limits in force, on the Go
# engine, or where no engine is.
ANYWHERE = {
    "CancelledError",
    "DeadlineExceededError",
    "EngineUnavailableError",
    "ForkedProcessError",
    "NativePanicError",
}

SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields|Example|Examples):$", re.MULTILINE)
ARGUMENT = re.compile(r"^    (\S[^:]*): \S", re.MULTILINE)
RAISED = re.compile(r"^    (\w+(?:, \w+)*): \S", re.MULTILINE)


def sections(docstring: str) -> dict[str, str]:
    """What stands below each heading of a docstring."""
    parts = SECTION.split(docstring)
    return {
        heading: re.split(r"^(?=\S)", text.strip("\n"), maxsplit=1, flags=re.MULTILINE)[0]
        for heading, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def problems_of(member: Member) -> list[str]:
    """What the docstring of a public name lacks."""
    docstring = inspect.cleandoc(member.function.__doc__ or "")
    found = sentence_problems(docstring)
    if not inspect.isclass(member.value):
        parts = sections(docstring)
        found += argument_problems(member, parts.get("Args", ""))
        found += result_problems(member, parts)
        found += error_problems(member, parts.get("Raises", ""))
    return found


def sentence_problems(docstring: str) -> list[str]:
    first = docstring.partition("\n\n")[0]
    if not first:
        return ["no docstring"]
    if not re.match(r"[A-Z]", first) or not first.endswith("."):
        return ["does not begin with a sentence"]
    return ["begins with several sentences"] if re.search(r"\. [A-Z]", first) else []


def argument_problems(member: Member, text: str) -> list[str]:
    if member.is_property:
        return []
    own = list(inspect.signature(member.function).parameters.values())
    if member.owner is not None and not isinstance(member.value, staticmethod):
        own = own[1:]
    wanted = {it.name for it in own}
    named = ARGUMENT.findall(text)
    found = [f"Args lacks {name}" for name in sorted(wanted - set(named))]
    return found + [f"Args has {name}" for name in named if name not in wanted]


def result_problems(member: Member, parts: dict[str, str]) -> list[str]:
    if member.is_property or "Returns" in parts or "Yields" in parts:
        return []
    returned = member.function.__annotations__.get("return", "None")
    return [] if returned in ("None", None, "NoReturn", "Iterator[None]") else ["no Returns"]


def error_problems(member: Member, text: str) -> list[str]:
    named = {name for names in RAISED.findall(text) for name in names.split(", ")}
    known = {name: error_class(name) for name in named}
    found = [f"Raises names {name}, no error" for name, kind in known.items() if kind is None]
    if text and not named:
        found.append("Raises names no class")
    bases = tuple(kind for kind in known.values() if kind is not None)
    seen = [it for it in recorded().get(member.key, ()) if it not in ANYWHERE]
    return found + [f"Raises lacks {it}" for it in seen if not issubclass(error_class(it), bases)]


def error_class(name: str) -> Any:
    """A class of errors by its name: one of ``pyggcr.errors``, of a public module, or built in."""
    for place in (errors, builtins):
        if isinstance(kind := getattr(place, name, None), type):
            return kind if issubclass(kind, BaseException) else None
    return next((it.value for it in OTHER_ERRORS if it.attribute == name), None)


OTHER_ERRORS = [
    member
    for module in public_modules()
    for member in members(module)
    if inspect.isclass(member.value) and issubclass(member.value, Exception)
]


@pytest.mark.parametrize("module", public_modules())
def test_docstrings_say_what_a_caller_has_to_know(module: str) -> None:
    found = [
        f"{member.key}: {problem}" for member in members(module) for problem in problems_of(member)
    ]

    assert found == []


class Wrong:
    def several(self, first: int, second: int) -> int:
        """a phrase

        Args:
            first, second: two numbers.

        Raises:
            NoSuchError: never.
        """

    def silent(self) -> None:
        """Raise what nobody is told of."""


def test_what_is_missing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    several = Member("m", Wrong, "several", Wrong.several)
    silent = Member("m", Wrong, "silent", Wrong.silent)
    monkeypatch.setattr(f"{__name__}.recorded", lambda: {silent.key: ["JSONError"]})

    assert problems_of(several) == [
        "does not begin with a sentence",
        "Args lacks first",
        "Args lacks second",
        "Args has first, second",
        "no Returns",
        "Raises names NoSuchError, no error",
    ]
    assert problems_of(silent) == ["Raises lacks JSONError"]
