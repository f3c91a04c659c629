"""The HTML page of an audit shows every row, in a real browser, and runs nothing of theirs."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pyggcr import errors
from pyggcr.audit import Base, Problem, Row, RowFailure, RowFinding, RowLayer, page, summary

WHEN = "2026-11-01T00:00:00Z"
HOSTILE = "</script><img src=x onerror=\"document.title='run'\">&lt;"


def _digest(letter: str) -> str:
    return "sha256:" + 64 * letter


def _row(name: str = "registry.example.com/app:1", **changes: object) -> Row:
    values = {
        "digest": _digest("a"),
        "size": 3 << 20,
        "created": "2026-10-01T00:00:00Z",
        "platform": "linux/amd64",
        "layers": (RowLayer(_digest("b"), _digest("c"), "", 2 << 20, "gzip"),),
        "when": WHEN,
    }
    return Row(name, **{**values, **changes})


def _finding(code: str = "PYG001", message: str = "a message") -> RowFinding:
    failure = RowFailure("go-containerregistry", "< 0.19", "unknown blob")
    return RowFinding(code, "warning", message, fails=(failure,))


@pytest.fixture
def chromium(require: Callable[[str, str], None], tmp_path: Path) -> Callable[..., str]:
    """What a browser makes of a page, after its scripts."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        require("chromium", "there is no chromium")

    def opened(path: Path, fragment: str = "", *options: str) -> str:
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        address = path.as_uri() + (f"#{fragment}" if fragment else "")
        command = [program, *flags, profile, *(options or ("--dump-dom",)), address]
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        return run.stdout

    return opened


def _texts(dom: str, pattern: str) -> list[str]:
    return [html.unescape(it) for it in re.findall(pattern, dom)]


def _references(dom: str) -> list[str]:
    return _texts(dom, r'<td class="reference"><button[^>]*>(.*?)</button>')


class TestInABrowser:
    def test_the_table_shows_the_worst_first_and_a_link_filters(
        self, chromium: Callable[..., str], tmp_path: Path
    ) -> None:
        rows = [
            _row("clean"),
            _row("warned", findings=(_finding(),)),
            _row("broken", error=Problem("TransportError", "500", 500)),
        ]
        page.write_page(tmp_path / "report.html", rows)

        assert _references(chromium(tmp_path / "report.html")) == ["broken", "warned", "clean"]
        assert _references(chromium(tmp_path / "report.html", "PYG001")) == ["warned"]
        assert _references(chromium(tmp_path / "report.html", "unknown%20blob")) == ["warned"]

    def test_names_and_messages_stay_text(
        self, chromium: Callable[..., str], tmp_path: Path
    ) -> None:
        hostile = _row(HOSTILE, platform=HOSTILE, findings=(_finding("PYG001", HOSTILE),))
        page.write_page(tmp_path / "report.html", [hostile], title=HOSTILE)

        dom = chromium(tmp_path / "report.html")

        assert _references(dom) == [HOSTILE]
        assert _texts(dom, "<title>(.*?)</title>") == [HOSTILE]
        assert "<img" not in dom

    def test_the_page_can_be_drawn(self, chromium: Callable[..., str], tmp_path: Path) -> None:
        page.write_page(tmp_path / "report.html", [_row()])
        picture = tmp_path / "report.png"

        chromium(tmp_path / "report.html", "", f"--screenshot={picture}", "--window-size=800,600")

        assert picture.read_bytes().startswith(b"\x89PNG")


class TestThePage:
    def test_it_loads_nothing(self, tmp_path: Path) -> None:
        page.write_page(tmp_path / "report.html", [_row(findings=(_finding(),))])
        text = (tmp_path / "report.html").read_text("utf-8")

        assert "default-src 'none'" in text
        assert not re.search(r'\b(src|href)="(?!#)|url\(|@import|https?://', text)

    def test_the_table_keeps_rows_with_problems(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page, "TABLE_ROWS", 2)
        rows = [_row("clean-1"), _row("clean-2"), _row("warned", findings=(_finding(),))]

        page.write_page(tmp_path / "report.html", rows)
        text = (tmp_path / "report.html").read_text("utf-8")

        assert '"warned"' in text
        assert '"clean-1"' in text
        assert '"clean-2"' not in text
        assert "The table has 2 rows" in text

    def test_rows_that_fail_leave_the_old_report(self, tmp_path: Path) -> None:
        path = tmp_path / "report.html"
        path.write_text("old")

        def rows():
            yield _row()
            raise errors.ArchiveError("line 2: not a row")

        with pytest.raises(errors.ArchiveError):
            page.write_page(path, rows())
        assert path.read_text() == "old"
        assert [it.name for it in tmp_path.iterdir()] == ["report.html"]

    def test_without_rows_it_says_so(self, tmp_path: Path) -> None:
        page.write_page(tmp_path / "report.html", [])
        assert "Nothing to show." in (tmp_path / "report.html").read_text("utf-8")


class TestTheSummary:
    def test_classes_of_size_and_age(self) -> None:
        counted = summary.Summary()
        counted.add(_row(size=(1 << 20) - 1))
        counted.add(_row(size=1 << 20, created="0001-01-01T00:00:00Z"))
        counted.add(_row(size=5 << 30, created="2020-01-01T00:00:00Z"))

        assert counted.sizes == {"< 1 MiB": 1, "1 to 10 MiB": 1, "≥ 4 GiB": 1}
        assert counted.ages == {"1 to 3 months": 1, "unknown": 1, "≥ 2 years": 1}

    def test_a_content_under_several_digests_is_duplicated(self) -> None:
        counted = summary.Summary()
        for letter, size in (("1", 100), ("2", 70), ("1", 100), ("3", 90)):
            layer = RowLayer(_digest(letter), _digest("f"), "", size, "gzip")
            counted.add(_row(layers=(layer,)))

        (copies,) = counted.most_duplicated(5)
        assert copies.diff_id == _digest("f")
        assert copies.blobs == {_digest("1"): 100, _digest("2"): 70, _digest("3"): 90}
        assert counted.duplicated == 190

    def test_what_saves_most_by_being_shared_comes_first(self) -> None:
        counted = summary.Summary()
        layers = (
            RowLayer(_digest("1"), "", "", 100, "gzip", 3),
            RowLayer(_digest("2"), "", "", 500, "zstd", 1),
            RowLayer(_digest("3"), "", "", 500, "zstd"),
        )
        counted.add(_row(layers=layers, base=Base("annotations", "base:1")))

        assert counted.most_shared(5) == [(_digest("2"), 2, 500), (_digest("1"), 4, 100)]
        assert counted.mixed == 1
        assert counted.compressions == {"gzip": 1, "zstd": 2}

    def test_a_row_that_could_not_be_read_is_no_image(self) -> None:
        counted = summary.Summary()
        counted.add(Row("gone:1", error=Problem("TransportError", "404", 404)))
        assert (counted.images, counted.failed) == (0, 1)
        assert counted.errors == {"TransportError": 1}
