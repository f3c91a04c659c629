"""go-containerregistry's own tests come out the same with pyggcr's registry as with theirs."""

from __future__ import annotations

import shutil

import pytest
from support import upstream_tests

# What asks a registry for most, and takes a few seconds.
SAMPLE = ("pkg/registry",)


@pytest.fixture(scope="module")
def copied(require, tmp_path_factory):
    if shutil.which("go") is None:
        require("go", "there is no Go compiler")
    return upstream_tests.copy(tmp_path_factory.mktemp("upstream"))


def with_both(copied, packages, engine, *options):
    """What comes out with their registry, and otherwise with ours."""
    theirs, printed = upstream_tests.run(copied, packages, *options)
    assert theirs, printed
    assert set(theirs.values()) <= {"pass", "skip"}, printed
    with upstream_tests.registries(engine) as address:
        ours, printed = upstream_tests.run(copied, packages, *options, address=address)
    assert upstream_tests.differences(theirs, ours) == [], printed
    return theirs


def test_their_tests_of_the_registry(copied, engine):
    # Without those that look at packages, and at no registry.
    cases = with_both(copied, SAMPLE, engine, "-short")
    assert len(cases) >= 121


@pytest.mark.full
def test_their_tests_of_all_that_talks_to_a_registry(copied, engine):
    cases = with_both(copied, upstream_tests.PACKAGES, engine)
    assert len(cases) >= 338


def test_the_comparison_sees_a_registry_that_does_not_answer(copied):
    options = ("-run", "TestPushAndPullContainer")
    theirs, _ = upstream_tests.run(copied, SAMPLE, *options)
    ours, printed = upstream_tests.run(copied, SAMPLE, *options, address="http://127.0.0.1:1")
    assert "connection refused" in printed
    difference = "pkg/registry TestPushAndPullContainer: pass, with pyggcr fail"
    assert upstream_tests.differences(theirs, ours) == [difference]
