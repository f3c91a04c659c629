"""The reader of command lines: what words mean, and what is said of those that mean nothing."""

from __future__ import annotations

import pytest

from pyggcr.cli import app, reader
from pyggcr.cli.reader.help_page import summary


@reader.command()
@reader.argument("source", metavar="SRC")
@reader.argument("more", nargs=-1)
@reader.argument("target", metavar="DST")
@reader.option("--output", "-o", help="Where to")
@reader.option(
    "--kind", type=reader.Choice(["a", "b"]), default="a", help="Which", show_default=True
)
@reader.option("--jobs", "-j", type=reader.IntRange(min=1), default=2, help="How many")
@reader.option("--limit", type=reader.FloatRange(above=0), help="How long")
@reader.option("--env", "-e", "variables", multiple=True, help="What else")
@reader.option("--long", "-l", is_flag=True, help="More")
@reader.option("--all", "-a", "everything", is_flag=True, help="All")
@reader.option("--owners/--no-owners", default=None, help="Owners")
@reader.option("--secret", hidden=True, help="Hidden")
@reader.option("--log", type=reader.Path(folders=False), help="A file")
def copy(**given: object) -> None:
    """Copy SRC and more to DST.

    Second paragraph, e.g. of
    several lines.
    """


DEFAULTS = {
    "source": "s",
    "more": (),
    "target": "t",
    "output": None,
    "kind": "a",
    "jobs": 2,
    "limit": None,
    "variables": (),
    "long": False,
    "everything": False,
    "owners": None,
    "secret": None,
    "log": None,
}


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("", {}),
        ("-o x", {"output": "x"}),
        ("-ox", {"output": "x"}),
        ("-o=x", {"output": "x"}),
        ("--output=x", {"output": "x"}),
        ("--output=", {"output": ""}),
        ("--output --long", {"output": "--long"}),
        ("-o x --output y", {"output": "y"}),
        ("-la", {"long": True, "everything": True}),
        ("-laox", {"long": True, "everything": True, "output": "x"}),
        ("-e A=1 -eB=2 --env=C", {"variables": ("A=1", "B=2", "C")}),
        ("--kind b --kind a", {"kind": "a"}),
        ("--jobs -3 -j 3", {"jobs": 3}),
        ("--limit 0.5", {"limit": 0.5}),
        ("--owners", {"owners": True}),
        ("--owners --no-owners", {"owners": False}),
        ("--secret x", {"secret": "x"}),
        ("--log -", {"log": "-"}),
        ("--log /no/such", {"log": "/no/such"}),
        ("u v", {"more": ("t", "u"), "target": "v"}),
        ("-- -x", {"more": ("t",), "target": "-x"}),
        ("-", {"more": ("t",), "target": "-"}),
    ],
)
def test_words_have_values(words, values):
    assert copy.parse(["s", "t", *words.split()]) == {**DEFAULTS, **values}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("s t --outptu x", "No such option '--outptu'. Did you mean '--output'?"),
        ("s t --nothing", "No such option '--nothing'."),
        ("s t --secrets", "No such option '--secrets'."),
        ("s t -x", "No such option '-x'."),
        ("s t -lx", "No such option '-x'."),
        ("s t -é", "No such option '-é'."),
        ("s t ---long", "No such option '---long'. Did you mean '--long' or '--log'?"),
        ("s t --output", "Option '--output' requires an argument."),
        ("s t -lo", "Option '-o' requires an argument."),
        ("s t --long=yes", "Option '--long' does not take a value."),
        ("s t --kind c", "Invalid value for '--kind': 'c' is not one of 'a', 'b'."),
        ("s t -j x", "Invalid value for '--jobs' / '-j': 'x' is not a valid integer."),
        ("s t -j 0", "Invalid value for '--jobs' / '-j': 0 is not in the range x>=1."),
        ("s t --limit x", "Invalid value for '--limit': 'x' is not a valid number."),
        ("s t --limit 0", "Invalid value for '--limit': 0.0 is not in the range x>0."),
        ("s t --limit nan", "Invalid value for '--limit': 'nan' is not a valid number."),
        ("s t --limit inf", "Invalid value for '--limit': 'inf' is not a valid number."),
        ("s t --limit 1e999", "Invalid value for '--limit': inf is not in the range x>0."),
        ("s t -j 1_000", "Invalid value for '--jobs' / '-j': '1_000' is not a valid integer."),
        ("s t --log /", "Invalid value for '--log': '/' is a folder."),
        ("s", "Missing argument 'DST'."),
        ("", "Missing argument 'SRC'."),
    ],
)
def test_what_is_wrong_is_said(words, text):
    with pytest.raises(reader.UsageError) as raised:
        copy.parse(words.split())
    assert str(raised.value) == text


def test_a_word_too_many():
    one = reader.command("one")(lambda: None)
    with pytest.raises(reader.UsageError, match=r"Got unexpected extra arguments \(a b\)"):
        one.parse(["a", "b"])


def test_what_is_required():
    wants = reader.option("--type", "-t", required=True, help="Type")
    one = reader.command("one")(wants(lambda **_given: None))

    with pytest.raises(reader.UsageError, match="Missing option '--type' / '-t'"):
        one.parse([])
    assert "Type  [required]" in one.help_text("one")


@pytest.mark.parametrize("width", [40, 80])
def test_help(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))

    page = copy.help_text("pyggcr copy")

    assert page.startswith("Usage: pyggcr copy")
    assert "Second paragraph, e.g. of several" in page
    assert "secret" not in page
    assert max(map(len, page.splitlines())) < width
    for option in copy.options:
        if not option.hidden:
            assert option.heading() in page
    wide = "\n  --kind [a|b]            Which  [default: a]\n"
    narrow = "\n  --kind [a|b]\n    Which  [default: a]\n"
    assert (narrow if width == 40 else wide) in page


def test_a_summary_is_the_first_sentence_cut_at_a_word():
    assert summary("Copy all, e.g. this. And more.\n\nElse", 80) == "Copy all, e.g. this."
    assert summary("Copy an image from here to there.", 20) == "Copy an image..."


def test_the_program_s_options_are_known_to_the_command():
    program = reader.Group("program", [reader.Option("--name", help="Name")])
    seen = []
    program.command("act")(lambda: seen.append(dict(reader.of_program())))

    program.invoke(["--name", "x", "act"], "program")
    program.invoke(["act"], "program")

    assert seen == [{"name": "x"}, {"name": None}]
    assert reader.of_program() == {}


def test_every_name_of_a_command_is_there_once():
    def walk(command):
        yield command
        if isinstance(command, reader.Group):
            for name in command.names():
                yield from walk(command.find(name))

    for command in walk(app):
        names = [it for option in command.options for it in (*option.names, *option.negations)]
        assert len(names) == len(set(names)), command.name
        keywords = [it.name for it in command.parameters]
        assert len(keywords) == len(set(keywords)), command.name
        repeating = [it for it in command.arguments if it.repeats]
        assert len(repeating) <= 1
