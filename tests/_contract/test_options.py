"""The options of registries are declared once; Go's client takes each by the name of its field."""

from __future__ import annotations

import dataclasses
import inspect
import re
import tokenize
from pathlib import Path
from token import NAME

import pytest

from pyggcr import daemon, remote
from pyggcr._values.daemon import DaemonOptions, Endpoint
from pyggcr._values.remote import PATH_OPTIONS, RemoteOptions
from pyggcr.limits import CallOptions, limit, split

NATIVE = Path(__file__).parents[2] / "native"
LIMITS = set(inspect.signature(limit).parameters)


def names_of(record: type) -> set[str]:
    return {field.name for field in dataclasses.fields(record)}


def json_names(structure: str) -> set[str]:
    """The names in the tags of a Go struct."""
    source = "".join(path.read_text(encoding="utf-8") for path in NATIVE.glob("*.go"))
    found = re.search(rf"^type {structure} struct {{(.*?)^}}", source, re.DOTALL | re.MULTILINE)
    assert found is not None
    return set(re.findall(r'json:"(\w+)', found[1]))


def test_go_knows_every_option_that_is_data_by_its_name():
    # Of the rest Go is told what the environment and the log of requests ask for.
    more = {"http_proxy", "https_proxy", "no_proxy", "cgi", "trace", "log"}
    no_data = {"auth", "hosts", "keychain", "retry_predicate"}
    assert json_names("clientOptions") == names_of(RemoteOptions) - no_data | more


def test_keyword_arguments_for_registries_are_the_options_and_the_limits():
    options = names_of(RemoteOptions) | {"engine"}
    assert set(remote.ConnectionOptions.__annotations__) == options
    assert set(remote.Options.__annotations__) == options | LIMITS


def test_keyword_arguments_for_daemons_are_those_of_an_endpoint_and_the_limits():
    options = names_of(Endpoint) - {"tls"} | {"context", "engine"}
    assert set(daemon.Options.__annotations__) == options | LIMITS
    assert names_of(DaemonOptions) - names_of(Endpoint) == {"buffer", "folder", "opener"}


def test_go_knows_every_option_of_daemons_by_its_name():
    # The opener is no option that can be written down; Go's word for ``verify`` is ``insecure``.
    known = json_names("dockerOptions") | json_names("clientOptions")
    assert names_of(DaemonOptions) - {"opener", "verify"} <= known
    assert "insecure" in known


def test_limits_are_declared_where_they_are_set():
    assert set(CallOptions.__annotations__) == LIMITS
    assert split({"timeout": 1.0, "jobs": 2}) == ({"timeout": 1.0}, {"jobs": 2})


@pytest.mark.parametrize("option", PATH_OPTIONS)
def test_options_that_are_files_take_any_path(option):
    assert remote.ConnectionOptions.__annotations__[option] == "str | os.PathLike[str] | None"


# Names that mean nothing else, so that they can be searched for.
UNIQUE = ("page_size", "referrers_tag_fallback", "retry_statuses")


@pytest.mark.parametrize("option", UNIQUE)
def test_an_option_of_registries_stands_where_it_is_declared_and_in_the_engines(option):
    package = Path(__file__).parents[2] / "pyggcr"
    files = {
        str(path.relative_to(package)) for path in package.rglob("*.py") if option in _names(path)
    }
    assert {it for it in files if not it.startswith("_python/")} == {"_values/remote.py"}
    assert option in json_names("clientOptions")


def _names(path: Path) -> set[str]:
    """The names in the code of a file; what docstrings say does not count."""
    with path.open("rb") as file:
        return {token.string for token in tokenize.tokenize(file.readline) if token.type == NAME}
