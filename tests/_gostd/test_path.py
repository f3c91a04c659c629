"""Paths are treated as Go's packages path and path/filepath treat them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr._gostd import path

paths = st.lists(st.sampled_from(("", ".", "..", "a", "bc", "\udcff", "...")), max_size=6).map(
    "/".join
)


def go(operation: str, text: str) -> str:
    """What the Go engine says."""
    from pyggcr._go import gostd

    answer = gostd.call(operation, text.encode("utf-8", "surrogateescape"))
    return answer.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("given_path", "cleaned"),
    [
        ("", "."),
        ("./a", "a"),
        ("a/../../b", "../b"),
        ("/../a", "/a"),
        ("//a//b/", "/a/b"),
        ("a/..", "."),
        ("/", "/"),
    ],
)
def test_clean(given_path, cleaned):
    assert path.clean(given_path) == cleaned


def test_join_leaves_out_what_is_empty():
    assert path.join("", "a", "", "../b") == "b"
    assert path.join("", "") == ""


def test_filepath_dir():
    assert path.filepath_dir("a/b/c") == "a/b"
    assert path.filepath_dir("a") == "."
    assert path.filepath_dir("/a") == "/"


@given(text=paths)
def test_clean_equals_the_go_engine(go_engine, text):
    assert path.clean(text) == go("path_clean", text)


@given(text=paths)
def test_filepath_dir_equals_the_go_engine(go_engine, text):
    assert path.filepath_dir(text) == go("filepath_dir", text)


@given(elements=st.lists(paths, max_size=4))
def test_join_equals_the_go_engine(go_engine, elements):
    assert path.join(*elements) == go("path_join", "\0".join(elements))
