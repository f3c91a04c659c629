"""The pytest plugin for users: their tests run on both engines, which have to agree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).parent.parent / "data"
ARCHIVE = DATA / "docker" / "28.5.2" / "app-tag.tar"

pytestmark = pytest.mark.usefixtures("go_engine")


@pytest.fixture
def outcomes(tmp_path):
    """Run a test file of a user with the plugin; how many passed, failed and so on, and output."""

    def run(body: str, before: str = "") -> tuple[dict[str, int], str]:
        (tmp_path / "conftest.py").write_text('pytest_plugins = ["pyggcr.testing.plugin"]\n')
        lines = f"import pyggcr\nfrom pyggcr import tarball\nARCHIVE = {str(ARCHIVE)!r}\n{before}\n"
        (tmp_path / "test_user.py").write_text(lines + body)
        command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", tmp_path]
        done = subprocess.run(
            list(map(str, command)),
            cwd=tmp_path,
            env={**os.environ, "PYTEST_DEBUG_TEMPROOT": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        words = ("PASSED", "FAILED", "SKIPPED", "ERROR")
        counts = {
            word.lower(): sum(line.startswith(f"{word} ") for line in done.stdout.splitlines())
            for word in words
        }
        return {word: count for word, count in counts.items() if count}, done.stdout

    return run


def test_a_test_runs_on_each_engine_without_knowing(outcomes):
    counts, output = outcomes(
        "def test_it(pyggcr_engine):\n"
        "    with tarball.image_from_path(ARCHIVE) as image:\n"
        "        assert image.engine == pyggcr_engine\n"
        "        assert pyggcr.engine.select(None).name == pyggcr_engine\n"
    )
    assert counts == {"passed": 2}
    assert "test_it[go]" in output
    assert "test_it[python]" in output


def test_the_choice_ends_with_the_test(outcomes):
    counts, _ = outcomes(
        "def test_before(): usual.append(pyggcr.engine.select(None).name)\n"
        "def test_it(pyggcr_engine): pass\n"
        "def test_after(): assert usual == [pyggcr.engine.select(None).name]\n",
        before="usual = []",
    )
    assert counts == {"passed": 4}


def test_an_engine_that_is_not_there_is_skipped(outcomes):
    counts, output = outcomes(
        "def test_it(pyggcr_engine): assert pyggcr_engine == 'python'\n"
        "def test_both(pyggcr_both_engines): pass\n",
        before=(
            "from dataclasses import replace\n"
            "from pyggcr import _go\n"
            "missing = replace(_go.describe(), available=False, reason='no library')\n"
            "_go.describe = lambda: missing\n"
        ),
    )
    assert counts == {"passed": 1, "skipped": 2}
    assert "go engine: no library" in output


def test_both_engines_gives_what_both_answer(outcomes):
    counts, _ = outcomes(
        "def digest():\n"
        "    with tarball.image_from_path(ARCHIVE) as image: return str(image.digest())\n"
        "def test_it(pyggcr_both_engines):\n"
        "    assert pyggcr_both_engines(digest).startswith('sha256:')\n"
    )
    assert counts == {"passed": 1}


def test_both_engines_raises_what_both_raise(outcomes):
    counts, _ = outcomes(
        "import pytest\n"
        "def test_it(pyggcr_both_engines):\n"
        "    with pytest.raises(pyggcr.errors.MissingPathError, match='no such file'):\n"
        "        pyggcr_both_engines(tarball.image_from_path, 'absent.tar')\n"
    )
    assert counts == {"passed": 1}


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("return pyggcr.engine.select(None).name", "go:     'go'"),
        ("raise ValueError(pyggcr.engine.select(None).name)", "python: ValueError('python')"),
        ("return 1 if pyggcr.engine.select(None).name == 'go' else 1 / 0", "go:     1"),
    ],
)
def test_both_engines_shows_a_difference(outcomes, answer, shown):
    counts, output = outcomes(
        f"def answer(): {answer}\n" if "return" not in answer else f"def answer():\n    {answer}\n",
        before="def test_it(pyggcr_both_engines): pyggcr_both_engines(answer)\n",
    )
    assert counts == {"failed": 1}
    assert "the engines differ:" in output
    assert shown in output


def test_both_engines_works_under_hypothesis(outcomes):
    counts, _ = outcomes(
        "@given(archive=damaged_archives())\n"
        "@settings(max_examples=20, deadline=None)\n"
        "def test_it(pyggcr_both_engines, archive):\n"
        "    def tags():\n"
        "        manifest = tarball.load_manifest(lambda: io.BytesIO(archive))\n"
        "        return [entry.repo_tags for entry in manifest or ()]\n"
        "    try:\n"
        "        pyggcr_both_engines(tags)\n"
        "    except pyggcr.errors.Error:\n"
        "        pass\n",
        before=(
            "import io\n"
            "from hypothesis import given, settings\n"
            "from pyggcr.testing.strategies import damaged_archives\n"
        ),
    )
    assert counts == {"passed": 1}
