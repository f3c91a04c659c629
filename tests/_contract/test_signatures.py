"""Both engines offer what ``pyggcr._contract`` states: names, kinds and defaults of parameters."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest
from support.contracts import differences, methods_of

from pyggcr import _contract
from pyggcr.engine import Engine, supplement

PACKAGES = sorted(it.name for it in pkgutil.iter_modules(_contract.__path__))
OF_ENGINES = [name for name in PACKAGES if name != "supplement"]


def protocol_of(package: str) -> type:
    """The Protocol of a package: ``TarballEngine`` of ``tarball``."""
    module = importlib.import_module(f"pyggcr._contract.{package}")
    name = "Supplement" if package == "supplement" else f"{package.title()}Engine"
    protocol = getattr(module, name)
    assert isinstance(protocol, type)
    return protocol


@pytest.mark.parametrize("package", OF_ENGINES)
def test_an_engine_offers_the_contract_and_nothing_else(engine, package):
    assert differences(protocol_of(package), getattr(Engine(engine), package)) == []


def test_the_supplement_offers_its_contract_and_nothing_else():
    assert differences(protocol_of("supplement"), supplement()) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_contract_has_keywords_without_defaults_only(package):
    methods = methods_of(protocol_of(package))
    assert methods
    for signature in methods.values():
        for it in signature.parameters.values():
            assert it.kind is inspect.Parameter.KEYWORD_ONLY
            assert it.default is inspect.Parameter.empty
            assert it.annotation is not inspect.Parameter.empty
        assert signature.return_annotation is not inspect.Signature.empty


def test_every_package_of_the_contract_is_a_typed_property_of_an_engine():
    typed = {
        name: inspect.signature(value.fget).return_annotation
        for name, value in vars(Engine).items()
        if isinstance(value, property)
    }
    assert typed == {name: protocol_of(name).__name__ for name in OF_ENGINES}


# The comparison itself, on made-up modules.


class Protocol:
    def image(self, *, path: str, fast: bool) -> int: ...


def module(**functions):
    made = ModuleType("made_up")
    for name, function in functions.items():
        function.__module__ = "made_up"
        setattr(made, name, function)
    return made


def test_equal_signatures_have_no_differences():
    def image(*, path, fast):
        pass

    assert differences(Protocol, module(image=image)) == []


def test_positions_may_be_allowed_too():
    def image(path, fast):
        pass

    assert differences(Protocol, module(image=image)) == []


def test_a_renamed_parameter_is_a_difference():
    def image(file, *, fast):
        pass

    assert differences(Protocol, module(image=image)) == [
        "image: file is not in the contract",
        "image: no path",
    ]


def test_a_default_is_a_difference():
    def image(*, path, fast=False):
        pass

    assert differences(Protocol, module(image=image)) == ["image: fast has a default"]


def test_one_parameter_more_is_a_difference_even_with_a_default():
    def image(*, path, fast, deep=False):
        pass

    assert differences(Protocol, module(image=image)) == [
        "image: deep has a default",
        "image: deep is not in the contract",
    ]


@pytest.mark.parametrize("kind", ["variadic positional", "variadic keyword"])
def test_parameters_of_any_name_are_a_difference(kind):
    def positional(*args, path, fast):
        pass

    def keyword(path, fast, **options):
        pass

    image = positional if kind == "variadic positional" else keyword
    (found,) = differences(Protocol, module(image=image))
    assert kind in found


def test_a_position_without_a_name_is_a_difference():
    def image(path, /, *, fast):
        pass

    assert differences(Protocol, module(image=image)) == [
        "image: no path",
        "image: path is positional-only",
    ]


def test_a_missing_function_is_a_difference():
    assert differences(Protocol, module()) == ["image: missing"]


def test_one_function_more_is_a_difference():
    def image(*, path, fast):
        pass

    def index(*, path):
        pass

    assert differences(Protocol, module(image=image, index=index)) == ["index: not in the contract"]


# What mypy sees of a module, which the comparison leaves to it.

CONTRACT = """
from typing import Protocol

class Engine(Protocol):
    def image(self, *, path: str) -> int: ...
"""
USE = "import contract, {module}\nengine: contract.Engine = {module}\n"
MODULES = {
    "equal": "def image(*, path: str) -> int:\n    return 1\n",
    "renamed": "def image(file: str) -> int:\n    return 1\n",
    "narrower": "def image(*, path: bool) -> int:\n    return 1\n",
    "other_result": "def image(*, path: str) -> str:\n    return path\n",
    "nothing": "",
}


@pytest.fixture(scope="module")
def seen_by_mypy(tmp_path_factory, require):
    """What mypy says of each made-up module."""
    if importlib.util.find_spec("mypy") is None:
        require("mypy", "mypy is not installed")
    folder = tmp_path_factory.mktemp("mypy")
    (folder / "contract.py").write_text(CONTRACT)
    for name, text in MODULES.items():
        (folder / f"{name}.py").write_text(text)
        (folder / f"use_{name}.py").write_text(USE.format(module=name))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "."],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.mark.parametrize("name", MODULES)
def test_mypy_compares_the_types_of_a_module_with_its_protocol(seen_by_mypy, name):
    assert (f"use_{name}.py:2: error" in seen_by_mypy) == (name != "equal"), seen_by_mypy
