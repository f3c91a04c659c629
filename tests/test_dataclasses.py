"""Data classes of ours behave as those of the standard library: the same classes made by both."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from pyggcr import _dataclasses as ours
from pyggcr import v1

ROOT = Path(__file__).parent.parent


class Named(ABC):
    __slots__ = ()

    @abstractmethod
    def name(self) -> str: ...


def family(module: Any) -> SimpleNamespace:
    """One class of each kind that the package has, made by the ``dataclass`` of a module."""
    dataclass, field = module.dataclass, module.field

    @dataclass(frozen=True, slots=True, order=True)
    class Point:
        """A frozen value."""

        x: int
        y: int = 0

    @dataclass(slots=True)
    class Document:
        """A model that can be changed."""

        kind: ClassVar[str] = "document"
        title: str = ""
        parts: list[Any] = field(default_factory=list)
        raw: bytes | None = field(default=None, compare=False, repr=False)

    @dataclass(slots=True)
    class Signed(Document):
        """A model with more fields, one with another default."""

        key: str = "none"
        title: str = "signed"

    @dataclass(frozen=True)
    class Options:
        """No slots, so that weak references work; checked when made."""

        size: int = 1
        doubled: int = field(init=False, default=0)

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("negative")
            object.__setattr__(self, "doubled", 2 * self.size)

    @dataclass(frozen=True)
    class MoreOptions(Options):
        color: str = "red"

    @dataclass(frozen=True, slots=True, repr=False)
    class Secret:
        password: str

        def __repr__(self) -> str:
            return "Secret()"

    @dataclass(frozen=True, slots=True, eq=False)
    class Identity:
        value: int

    @dataclass(frozen=True, slots=True, init=False)
    class Parsed:
        text: str

        def __init__(self, number: int) -> None:
            object.__setattr__(self, "text", str(number))

    @dataclass(frozen=True, slots=True)
    class Tag(Named):
        tag: str

        def name(self) -> str:
            return self.tag

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    return SimpleNamespace(**{k: v for k, v in locals().items() if isinstance(v, type)})


FAMILIES = {"ours": family(ours), "standard": family(dataclasses)}
OURS, STANDARD = FAMILIES["ours"], FAMILIES["standard"]

MADE = {
    "positional": lambda it: it.Point(1, 2),
    "by name": lambda it: it.Point(y=2, x=1),
    "mixed": lambda it: it.Point(1, y=2),
    "default": lambda it: it.Point(1),
    "factory": lambda it: it.Document(),
    "all fields": lambda it: it.Document("a", [1], b"raw"),
    "inherited": lambda it: it.Signed(parts=[1], key="k"),
    "inherited in order": lambda it: it.Signed("title", [], b"", "k"),
    "after init": lambda it: it.Options(3),
    "after init, inherited": lambda it: it.MoreOptions(3, "blue"),
    "own repr": lambda it: it.Secret("x"),
    "own init": lambda it: it.Parsed(5),
    "abstract base": lambda it: it.Tag("v1"),
    "no field": lambda it: it.Empty(),
}

REFUSED = {
    "missing": lambda it: it.Point(),
    "missing beside another": lambda it: it.Point(y=1),
    "unknown": lambda it: it.Point(1, z=2),
    "too many": lambda it: it.Point(1, 2, 3),
    "given twice": lambda it: it.Point(1, x=1),
    "no argument": lambda it: it.Options(doubled=1),
    "too many for none": lambda it: it.Empty(1),
    "after init": lambda it: it.Options(-1),
    "assigned": lambda it: setattr(it.Point(1), "x", 2),
    "assigned, inherited": lambda it: setattr(it.MoreOptions(1), "size", 2),
    "deleted": lambda it: delattr(it.Point(1), "x"),
    "slots": lambda it: setattr(it.Document(), "z", 2),
    "unhashable": lambda it: hash(it.Document()),
    "compared": lambda it: it.Point(1) < it.Tag("a"),
    "replaced": lambda it: dataclasses.replace(it.Point(1), z=1),
    "replaced, no argument": lambda it: dataclasses.replace(it.Options(1), doubled=1),
}


def facts(value: Any) -> Any:
    """What can be seen of a value, apart from who made its class."""
    names = [field.name for field in dataclasses.fields(value)]
    return repr(value), {name: getattr(value, name) for name in names}, value.__match_args__


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_values_are_made_as_by_the_standard_library(make: Any) -> None:
    mine, theirs = make(OURS), make(STANDARD)

    assert facts(mine) == facts(theirs)
    assert mine == make(OURS)
    assert mine != theirs
    assert dataclasses.asdict(mine) == dataclasses.asdict(theirs) == ours.asdict(mine)
    assert dataclasses.is_dataclass(mine)
    assert type(mine).__hash__ is None or hash(mine) == hash(theirs) == hash(make(OURS))


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_what_the_standard_library_refuses_is_refused_in_the_same_words(make: Any) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011  (compared below)
        make(STANDARD)
    with pytest.raises(Exception) as mine:  # noqa: PT011
        make(OURS)

    assert mine.type is theirs.type
    assert str(mine.value) == str(theirs.value)


@pytest.mark.parametrize("it", FAMILIES.values(), ids=FAMILIES)
class TestBoth:
    """What is said once, of both."""

    def test_equality_is_by_compared_fields_of_the_same_class(self, it: Any) -> None:
        assert it.Document(raw=b"1") == it.Document(raw=b"2")
        assert it.Document() != it.Document("other")
        assert it.Document() != it.Signed("")
        assert it.Identity(1) != it.Identity(1)
        assert it.Point(1) != (1, 0)

    def test_order(self, it: Any) -> None:
        assert it.Point(1, 2) < it.Point(2, 0) > it.Point(1, 9)
        assert it.Point(1) <= it.Point(1) >= it.Point(1)
        assert sorted([it.Point(2), it.Point(1)]) == [it.Point(1), it.Point(2)]

    def test_each_instance_has_its_own_list(self, it: Any) -> None:
        assert it.Document().parts is not it.Document().parts

    def test_models_can_be_changed(self, it: Any) -> None:
        document = it.Document()
        document.title = "new"
        assert document == it.Document("new")
        assert it.Document.kind == document.kind == "document"

    def test_slots(self, it: Any) -> None:
        assert it.Point.__slots__ == ("x", "y")
        assert OURS.Signed.__slots__ == ("key",)  # Python 3.10 repeats those of the base
        assert not hasattr(it.Signed(), "__dict__")
        assert vars(it.Options(2)) == {"size": 2, "doubled": 4}

    def test_a_standard_subclass_adds_fields(self, it: Any) -> None:
        @dataclasses.dataclass(frozen=True)
        class Sub(it.Point):
            z: int = 3

        assert dataclasses.asdict(ours.replace(Sub(1), y=2)) == {"x": 1, "y": 2, "z": 3}
        assert ours.asdict(Sub(1)) == {"x": 1, "y": 0, "z": 3}
        assert [field.name for field in ours.fields(Sub(1))] == ["x", "y", "z"]
        assert Sub(1).__class__.__name__ in repr(Sub(1))

    def test_copies(self, it: Any) -> None:
        for make in MADE.values():
            value = make(it)
            assert copy.copy(value) == copy.deepcopy(value) == value
        document = it.Document(parts=[1])
        assert copy.deepcopy(document).parts is not document.parts

    def test_replace(self, it: Any) -> None:
        for replace in (dataclasses.replace, ours.replace):
            assert replace(it.Point(1, 2), y=5) == it.Point(1, 5)
            assert replace(it.Document("a", raw=b"1"), title="b").raw == b"1"
            assert replace(it.MoreOptions(1), size=4).doubled == 8

    def test_a_value_that_holds_itself_has_a_repr(self, it: Any) -> None:
        document = it.Document()
        document.parts.append(document)
        assert repr(document).endswith("Document(title='', parts=[...])")

    def test_match(self, it: Any) -> None:
        match it.Point(1, 2):
            case it.Point(x, y):
                assert (x, y) == (1, 2)

    def test_signature(self, it: Any) -> None:
        assert str(inspect.signature(it.Point)) == "(x: 'int', y: 'int' = 0) -> None"
        assert str(inspect.signature(it.Parsed)) == "(number: 'int') -> 'None'"

    def test_a_mutable_default_is_refused(self, it: Any) -> None:
        dataclass = (ours if it is OURS else dataclasses).dataclass

        with pytest.raises(ValueError, match="mutable default <class 'list'> for field items"):

            @dataclass
            class Bad:
                items: list[int] = []  # noqa: RUF012


def test_fields() -> None:
    (x, y) = ours.fields(OURS.Point(1))

    assert (x.name, x.type, y.default) == ("x", "int", 0)
    assert [field.name for field in dataclasses.fields(OURS.Signed)] == [
        field.name for field in dataclasses.fields(STANDARD.Signed)
    ]


def test_what_is_no_field_cannot_be_set_either() -> None:
    # The standard library of Python 3.11 trips over its own super() here, with a TypeError.
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'z'"):
        OURS.Point(1).z = 2


def test_a_plain_subclass_may_have_attributes_of_its_own() -> None:
    class Sub(OURS.Point):
        pass

    sub = Sub(1)
    sub.note = "mine"

    assert sub.note == "mine"
    with pytest.raises(dataclasses.FrozenInstanceError):
        sub.x = 2
    del sub.note
    assert not hasattr(sub, "note")


def test_the_signature_of_a_subclass_is_its_own() -> None:
    class Sub(OURS.Point):
        def __init__(self, text: str) -> None:
            super().__init__(len(text))

    assert list(inspect.signature(Sub).parameters) == ["text"]
    assert not hasattr(OURS.Point(1), "__signature__")


@pytest.mark.parametrize(
    "value",
    [
        v1.new_hash("sha256:" + 64 * "a"),
        v1.Platform(os="linux", os_features=["a"]),
        v1.Descriptor(size=3, annotations={"a": "b"}),
        v1.ConfigFile(rootfs=v1.RootFS("layers", [v1.Hash("sha256", "0")])),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_values_of_the_package_can_be_pickled(value: Any, protocol: int) -> None:
    copied = pickle.loads(pickle.dumps(value, protocol))

    assert copied == value
    assert repr(copied) == repr(value)


def test_dataclasses_is_not_imported_before_it_is_asked() -> None:
    code = (
        "import sys; from pyggcr import v1; h = v1.Hash('sha256', hex='0'); hash(h), repr(h);"
        "assert 'dataclasses' not in sys.modules; import dataclasses;"
        "print([it.name for it in dataclasses.fields(h)])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "['algorithm', 'hex']\n"


def test_the_package_makes_all_its_data_classes_here() -> None:
    importers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "pyggcr").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.lstrip().startswith(("import dataclasses", "from dataclasses import"))
    }

    assert importers == {"pyggcr/_dataclasses.py"}
