"""The stand-ins for typing do at run time what the package needs of the real ones."""

from __future__ import annotations

import pickle
import typing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pyggcr import _typing as ours
from pyggcr import limits
from pyggcr._gostd.tar.header import Time

PACKAGE = Path(ours.__file__).parent

# Their annotations are evaluated, as one of their functions is called ``annotations``.
WITH_TYPING = {"mutate.py", "_go/mutate.py", "_python/mutate/__init__.py"}


def test_the_package_imports_typing_for_type_checkers_only():
    with_typing = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(it.startswith(("import typing", "from typing ")) for it in lines_of(path))
    }
    assert with_typing == WITH_TYPING


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_every_name_is_one_of_typing():
    assert set(ours.__all__) <= set(typing.__all__)


def family(module: ModuleType) -> dict[str, Any]:
    """Classes as the package has them, made with either module."""
    number = module.TypeVar("number", int, float)

    class Readable(module.Protocol):
        def read(self) -> bytes:
            raise NotImplementedError

    class File(Readable, module.Protocol):
        name: str

    class Mine(File):
        def read(self) -> bytes:
            return b"read"

    class Box(module.Generic[number]):
        def __init__(self, value: Any) -> None:
            self.value = value

    class Numbers(Box[int]):
        pass

    class Limits(module.TypedDict, total=False):
        timeout: float

    class Options(Limits, total=False):
        jobs: int

    class Point(module.NamedTuple):
        x: int
        y: int = 2

        def total(self) -> int:
            """Both."""
            return self.x + self.y

        @property
        def swapped(self) -> tuple[int, int]:
            return self.y, self.x

    Literal, get_args = module.Literal, module.get_args  # noqa: N806
    letters = Literal["a", "b"]
    return {
        "protocols": (Mine().read(), Readable in Mine.__mro__),
        "generics": (Box[int](3).value, Numbers(4).value, Box(5).value),
        "keys": (list(Limits.__annotations__), list(Options.__annotations__)),
        "dictionaries": (Options(jobs=1, timeout=2.0), type(Limits()) is Limits),
        "tuples": (Point(1), Point(1, y=5), Point._fields, Point(3).total(), Point(1).swapped),
        "reprs": (repr(Point(1)), Point.__doc__, Point.total.__doc__, Point.__name__),
        "literals": (get_args(letters), get_args(Literal[letters, "c"]), get_args(Literal["d"])),
        "casts": module.cast("int", "text"),
    }


OURS, REAL = family(ours), family(typing)


@pytest.mark.parametrize("what", [it for it in OURS if it != "dictionaries"])
def test_they_do_as_the_real_ones(what: str):
    assert OURS[what] == REAL[what]


def test_a_typed_dictionary_is_a_dictionary():
    assert OURS["dictionaries"][0] == REAL["dictionaries"][0] == {"jobs": 1, "timeout": 2.0}
    assert set(limits.CallOptions.__annotations__) >= {"timeout", "cancel", "progress"}


def test_named_tuples_of_the_package_can_be_pickled():
    time = Time(1, 2)
    assert pickle.loads(pickle.dumps(time)) == time == (1, 2)
