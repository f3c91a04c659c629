"""Reports of progress."""

from __future__ import annotations

import pickle

import pytest

from pyggcr import v1


def test_an_update_says_how_much_is_done_of_what() -> None:
    update = v1.Update(total=10, complete=4)
    assert (update.total, update.complete) == (10, 4)
    assert v1.Update() == v1.Update(total=0, complete=0)
    assert pickle.loads(pickle.dumps(update)) == update


def test_an_update_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        v1.Update().total = 1  # type: ignore[misc]
