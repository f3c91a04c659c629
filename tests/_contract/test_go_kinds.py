"""What the contract says of a derived Go function, and what Go says of it: the kinds of values.

The Go engine's modules hold what needs Python code; the other functions of a package come from the
library's table, whose kinds were found by reflection from the types of the Go function. mypy sees
none of that, so the annotations of the Protocol are compared with it here.
"""

from __future__ import annotations

import importlib
import re

import pytest
from support.contracts import methods_of

from tests._contract.test_signatures import OF_ENGINES, protocol_of

# Annotation: the kinds that such a value may cross as. ``value`` is anything that Go asks for the
# methods that it needs.
TAKEN = {
    "bool": {"boolean"},
    "bytes": {"bytes"},
    "int": {"integer"},
    "str": {"text"},
    "v1.ConfigFile": {"json v1.ConfigFile"},
    "v1.Config": {"json v1.Config"},
    "v1.Hash": {"hash"},
    "v1.Image": {"image", "value"},
    "v1.ImageIndex": {"index", "value"},
    "v1.Image | Parts": {"value"},
    "Describable": {"value"},
    "v1.ImageIndex | Parts": {"value"},
    "v1.Layer": {"layer", "value"},
    "v1.Time": {"time"},
    "Callable[[v1.Descriptor], bool]": {"matcher"},
    "MediaType": {"text"},
    "Sequence[v1.Layer]": {"list layer"},
    "Sequence[Addendum]": {"list addendum"},
    "Sequence[IndexAddendum]": {"list index addendum"},
}
GIVEN = {
    "None": {"nothing"},
    "bool": {"boolean"},
    "bytes": {"bytes"},
    "int": {"integer"},
    "str": {"text"},
    "MediaType": {"media type"},
    "list[Describable]": {"list described"},
    "list[str]": {"texts"},
    "list[v1.Descriptor]": {"json []v1.Descriptor"},
    "list[v1.Hash]": {"hashes"},
    "v1.Hash": {"hash"},
    "v1.Image": {"image"},
    "v1.ImageIndex": {"index"},
    "v1.Layer": {"layer"},
}


def given_as(annotation: str) -> set[str]:
    """The kinds that a result may have; a model crosses as the document of its name."""
    model = re.fullmatch(r"v1\.(ConfigFile|Manifest|IndexManifest|Descriptor)", annotation)
    return {f"json {annotation}"} if model else GIVEN[annotation]


def derived() -> list[tuple[str, str]]:
    """Each function of the contract that no module of the Go engine writes down."""
    found = []
    for package in OF_ENGINES:
        try:
            written = set(importlib.import_module(f"pyggcr._go.{package}").__all__)
        except ModuleNotFoundError as error:
            if error.name != f"pyggcr._go.{package}":
                raise
            written = set()
        found += [
            (package, name) for name in methods_of(protocol_of(package)) if name not in written
        ]
    return found


def test_most_packages_have_derived_functions():
    assert {"partial", "validate"} <= {package for package, _name in derived()}


@pytest.mark.parametrize(("package", "name"), derived())
def test_a_derived_function_takes_and_gives_what_the_contract_says(go_engine, package, name):
    from pyggcr._go import derive, table

    signature = methods_of(protocol_of(package))[name]
    function = table.function(derive.go_name(package, name))
    assert [word for word, _kind in function.parameters] == list(signature.parameters)
    for word, kind in function.parameters:
        assert kind in TAKEN[signature.parameters[word].annotation], word
    assert function.result in given_as(signature.return_annotation)


def test_every_kind_that_is_named_here_is_one_of_the_table(go_engine):
    from pyggcr._go import arguments, results

    for kinds in TAKEN.values():
        for kind in kinds:
            assert callable(arguments.encoder(kind))
    for kinds in GIVEN.values():
        for kind in kinds:
            assert callable(results.decoder(kind))
