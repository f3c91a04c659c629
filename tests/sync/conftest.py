"""What the tests of sync share: PyYAML, and files of sync."""

from __future__ import annotations

import importlib.util
import textwrap
from collections.abc import Callable

import pytest

from pyggcr import remote, sync

# Fails at once, and says so.
IMPATIENT = remote.Retry(duration=0.01, steps=1)


@pytest.fixture(autouse=True, scope="session")
def yaml(require) -> None:
    """PyYAML, without which nothing here works."""
    if importlib.util.find_spec("yaml") is None:
        require("yaml", "PyYAML is not installed (the extra sync)")


@pytest.fixture
def file_of() -> Callable[[str], sync.Config]:
    """The file that has these entries."""

    def made(entries: str, head: str = "") -> sync.Config:
        text = f"version: 1\n{head}\nsync:\n{textwrap.indent(textwrap.dedent(entries), '  ')}"
        return sync.parse_config(text.encode(), "sync.yaml")

    return made


@pytest.fixture
def copied(engine):
    """Run a file; what became of which target, sorted."""

    def run(config: sync.Config, **options):
        options = {"retry": IMPATIENT, **options}
        results = sync.run(config, engine=engine, **options)
        return sorted(((it.action, it.target, it.attached) for it in results), key=lambda it: it[1])

    return run
