"""Every Python block of a page runs, and prints what the page shows below it."""

from __future__ import annotations

import contextlib
import importlib.util
import io

import pytest
from support.pages import DOCUMENTS, ROOT, blocks


def need_yaml(document: str, require) -> None:
    """Skip what is about sync where PyYAML is missing."""
    if document.endswith("sync.md") and importlib.util.find_spec("yaml") is None:
        require("yaml", "PyYAML is not installed (the extra sync)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_python_blocks_print_what_the_document_shows(
    document: str, monkeypatch: pytest.MonkeyPatch, require
) -> None:
    need_yaml(document, require)
    monkeypatch.chdir(ROOT)
    namespace: dict[str, object] = {"__name__": "__main__"}

    for block in blocks(ROOT / document):
        if block.language != "python":
            continue
        printed = io.StringIO()
        code = compile("\n" * (block.line - 1) + block.code, document, "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        assert printed.getvalue() == block.output, f"{document}, line {block.line}"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 81
