"""Flags as pflag reads them, where no command of crane shows it."""

from __future__ import annotations

import pytest

from pyggcr._gostd.csv import CSVError, read_record
from pyggcr.cli.crane.commands import Flag
from pyggcr.cli.crane.pflag import FlagError, FlagSet

FLAGS = (
    Flag("bool", "", "bool", shorthand="b", default="false", no_value="true"),
    Flag("number", "", "int", shorthand="n", default="0"),
    Flag("list", "", "stringSlice", shorthand="l", default="[]"),
    Flag("pairs", "", "stringToString", shorthand="p", default="[]"),
    Flag("text", "", "string", shorthand="t", default="none"),
)


def parsed(*words: str) -> FlagSet:
    flags = FlagSet(FLAGS)
    flags.parse(words)
    return flags


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["-b"], "bool", True),
        (["-b=f"], "bool", False),
        (["--bool=T", "--bool=0"], "bool", False),
        (["-n", "-1"], "number", -1),
        (["-n0x_1F"], "number", 31),
        (["-n=010"], "number", 8),
        (["--number", "0b11"], "number", 3),
        (["-bn7"], "number", 7),
        (["-l", "a,b", "--list=c"], "list", ["a", "b", "c"]),
        (["-l", '"a,b",c'], "list", ["a,b", "c"]),
        (["-l", ""], "list", []),
        (["-p", "a=1,b=2", "-p", "a=3"], "pairs", {"a": "3", "b": "2"}),
        (["-p", "a=1,b"], "pairs", {"a": "1,b"}),
        (["-p", '"a=1"'], "pairs", {"a": "1"}),
        ([], "text", "none"),
        (["-t", "--"], "text", "--"),
        (["-t="], "text", "="),
    ],
)
def test_values(words, name, value) -> None:
    assert parsed(*words).value(name) == value


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            ["-n", "08"],
            (
                'invalid argument "08" for "-n, --number" flag: strconv.ParseInt: parsing "08": '
                "invalid syntax"
            ),
        ),
        (
            ["-n", "9223372036854775808"],
            (
                'invalid argument "9223372036854775808" for "-n, --number" flag: strconv.ParseInt: '
                'parsing "9223372036854775808": value out of range'
            ),
        ),
        (["-bx"], "unknown shorthand flag: 'x' in -x"),
        (["-bn"], "flag needs an argument: 'n' in -n"),
        (["--text"], "flag needs an argument: --text"),
        (["--no"], "unknown flag: --no"),
        (
            ["-p", "a=1,b=2,c"],
            'invalid argument "a=1,b=2,c" for "-p, --pairs" flag: c must be formatted as key=value',
        ),
    ],
)
def test_errors(words, text) -> None:
    with pytest.raises(FlagError) as caught:
        parsed(*words)
    assert str(caught.value) == text


def test_arguments_stand_anywhere_and_two_dashes_end_the_flags() -> None:
    assert parsed("a", "-b", "c", "--", "-b", "--", "d").arguments == ["a", "c", "-b", "--", "d"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a,,b", ["a", "", "b"]),
        ('"a""b"', ['a"b']),
        ("\n\na,b\nc", ["a", "b"]),
        ('"a\r\nb",c', ["a\nb", "c"]),
        ("a\r", ["a"]),
        ("a,\n", ["a", ""]),
    ],
)
def test_records(text, fields) -> None:
    assert read_record(text) == fields


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "EOF"),
        ("\n", "EOF"),
        ('é,b"', 'parse error on line 1, column 5: bare " in non-quoted-field'),
        ('"a"b', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'),
        ('"a', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'),
        (
            '\n"a\nb"c',
            (
                "record on line 2; parse error on line 3, column 2: "
                'extraneous or missing " in quoted-field'
            ),
        ),
    ],
)
def test_what_is_no_record(text, reason) -> None:
    with pytest.raises(CSVError) as caught:
        read_record(text)
    assert str(caught.value) == reason
