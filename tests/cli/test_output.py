"""Text that is safe to show, and tables that never cut a digest."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from pyggcr.cli.output import printable, write_json, write_line
from pyggcr.cli.table import Table, write_table
from pyggcr.cli.terminal import draw

DIGEST = "sha256:" + 64 * "a"
LAYERS = Table(
    columns=("index", "digest", "diff_id"),
    rows=[("0", DIGEST, DIGEST), ("10", "short", "")],
)


def drawn(table: Table, width: int, *, colour: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=colour, highlight=False)
    draw(table, console)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain.tar", "plain.tar"),
        ("Größe 😀", "Größe 😀"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines", "two\\x0alines"),
        ("bad\udcff", "bad\\xff"),
        ("a\u2028b", "a\\u2028b"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_is_not_printable_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_line_is_written_even_if_the_encoding_lacks_a_character(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))

    write_line("ß")

    assert written.getvalue() == b"\\xdf\n"


def test_json_keeps_bytes_that_are_no_utf8(capsys: pytest.CaptureFixture[str]) -> None:
    write_json({"archive": "bad\udcff"})

    assert capsys.readouterr().out == '{\n  "archive": "bad\\udcff"\n}\n'


def test_a_plain_table_is_aligned_columns(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(LAYERS)

    assert capsys.readouterr().out.splitlines() == [
        f"index  {'digest':71}  diff_id",
        f"0      {DIGEST}  {DIGEST}",
        f"10     {'short'}",
    ]


def test_a_plain_table_escapes_its_cells(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(Table(rows=[("tag", "a\x1b[31m")]))

    assert capsys.readouterr().out == "tag  a\\x1b[31m\n"


def test_an_empty_table_without_columns_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(Table(rows=[]))

    assert capsys.readouterr().out == ""


def test_a_wide_terminal_shows_a_row_a_line() -> None:
    lines = drawn(LAYERS, width=200).splitlines()

    assert any(line.count(DIGEST) == 2 for line in lines)


@pytest.mark.parametrize("width", [20, 80])
def test_a_narrow_terminal_shows_each_digest_whole(width: int) -> None:
    assert drawn(LAYERS, width=width).count(DIGEST) == 2


def test_a_digest_that_does_not_fit_beside_its_label_stands_whole_below_it() -> None:
    facts = Table(rows=[("digest", DIGEST), ("size", "7")])

    assert drawn(facts, width=79) == f"digest  {DIGEST}\nsize    7\n"
    assert drawn(facts, width=78) == f"digest\n  {DIGEST}\nsize    7\n"
    assert drawn(facts, width=20) == drawn(facts, width=78)


def test_words_of_a_fact_are_wrapped() -> None:
    facts = Table(rows=[("env", "A=1 B=2 C=3")])

    assert drawn(facts, width=12) == "env  A=1 B=2\n     C=3\n"


def test_markup_in_a_cell_is_only_text() -> None:
    assert "[red]x[/red]" in drawn(Table(rows=[("tag", "[red]x[/red]")]), width=80)


def test_escape_sequences_of_an_archive_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in drawn(Table(rows=[("tag", "\x1b[31m")]), width=80)


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    assert re.search(r"\x1b\[\d*(1;)?3\dm", drawn(LAYERS, width=200, colour=True))


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")

    assert not re.search(r"\x1b\[[\d;]*3\dm", drawn(LAYERS, width=200, colour=True))
