"""Tables in Markdown: the bars, each contest, the suites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.page.bars import BARS, Bar
from benchmarks.page.results import Results, Spread

__all__ = ["bars_table", "call_table", "contest_table", "gzip_table", "plain_table", "suite_table"]

NOT_MEASURED = "not measured"
_TEXT_COLUMNS = {"job", "beside", "met", "who", "command", "data", "size", "what", "which", "way"}


def plain_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; figures stand to the right, text to the left."""
    marks = ["---" if column in _TEXT_COLUMNS else "---:" for column in columns]
    lines = [columns, marks, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bars_table(results: Results) -> str:
    """Every bar, what was measured, and whether it is met."""
    rows = []
    for bar in BARS:
        figure = bar.measure(results)
        if figure is None:
            rows.append([bar.job, bar.peer, _limit(bar), NOT_MEASURED, ""])
        else:
            verdict = "yes" if bar.met(figure) else "**no**"
            rows.append([bar.job, bar.peer, _limit(bar), _figure(figure, bar.unit), verdict])
    return plain_table(["job", "beside", "bar", "measured", "met"], rows)


def _limit(bar: Bar) -> str:
    if bar.unit == "modules":
        return "none"
    return f"{'≥' if bar.at_least else '≤'} {_with_unit(f'{bar.limit:g}', bar.unit)}"


def _figure(figure: Spread, unit: str) -> str:
    digits = 0 if unit == "modules" else 2
    text = _with_unit(_number(figure.median, digits), unit)
    if len(figure.values) == 1:
        return text
    return f"{text} ({_number(figure.low, digits)} to {_number(figure.high, digits)})"


def _with_unit(number: str, unit: str) -> str:
    if unit == "modules":
        return number
    return f"n^{number}" if unit == "exponent" else f"{number} {unit}"


def _number(value: float, digits: int = 2) -> str:
    return (
        f"{value:.{digits}f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
    )


def contest_table(results: Results, contest: dict[str, Any], peer: str) -> str:
    """The contestants of one contest: time, memory, and the ratio to the peer's time."""
    rows = []
    for name, contestant in contest["contestants"].items():
        seconds = Spread(tuple(contestant["seconds"]))
        beside = _peer_of(name, peer, contest)
        ratio = results.ratio(contest["name"], beside, name) if beside != name else None
        memory = contestant.get("peak_memory")
        rows.append(
            [
                name,
                _duration(seconds),
                f"{_figure(ratio, 'times')}" if ratio else "",
                f"{results.memory_above_import(contestant) / 1e6:.0f} MB" if memory else "",
                f"`{contestant['command']}`" if "command" in contestant else "",
            ]
        )
    columns = ["who", "time", "beside its peer", "memory above import", "command"]
    filled = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    return plain_table([columns[at] for at in filled], [[row[at] for at in filled] for row in rows])


def _peer_of(name: str, peer: str, contest: dict[str, Any]) -> str:
    """The peer of a contestant: of its own profile, if there are several.

    An empty peer is nobody's: there are then no ratios.
    """
    for profile in ("go1.27", "go1.26"):
        if name.endswith(profile) and f"{peer}, {profile}" in contest["contestants"]:
            return f"{peer}, {profile}"
    return peer if peer in contest["contestants"] else f"{peer}, go1.26"


def _duration(seconds: Spread) -> str:
    scale, unit = _scale(seconds.median)
    low, high = (_number(each * scale) for each in (seconds.low, seconds.high))
    return f"{_number(seconds.median * scale)} {unit} ({low} to {high})"


def _scale(seconds: float) -> tuple[float, str]:
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return factor, unit
    return 1e9, "ns"


def gzip_table(results: Results, profile: str, part: str = "gzip", **facts: object) -> str:
    """Go, C, and C on two threads for each kind of data, in MB/s, and C's ratio to Go."""
    rows = []
    for contest in results.part(part):
        if contest["profile"] != profile or not facts.items() <= contest.items():
            continue
        ratio = results.ratio(contest["name"], "Go", "C")
        rows.append(
            [
                contest["kind"],
                *(_speed(results, contest, name) for name in ("Go", "C", "C, two threads")),
                _figure(ratio, "times") if ratio else NOT_MEASURED,
            ]
        )
    return plain_table(["data", "Go", "C", "C, two threads", "C beside Go"], rows)


def _speed(results: Results, contest: dict[str, Any], name: str) -> str:
    seconds = results.seconds(contest["name"], name)
    return f"{_number(contest['bytes'] / seconds.median / 1e6)} MB/s" if seconds else NOT_MEASURED


def suite_table(results: Results, group: str, by: str, **facts: object) -> str:
    """Throughput in MB/s by way (down) and by a fact of the benchmarks (across).

    Args:
        results: where the benchmarks are.
        group: theirs.
        by: name of the fact.
        facts: others that the benchmarks must have.
    """
    found = [
        each
        for each in results.part("suites")
        if each["group"] == group and by in each and facts.items() <= each.items()
    ]
    values = list(dict.fromkeys(each[by] for each in found))
    rows = []
    for way in dict.fromkeys(each["way"] for each in found):
        speeds = {
            each[by]: f"{each['bytes'] / each['seconds']['median'] / 1e6:,.0f}"
            for each in found
            if each["way"] == way
        }
        rows.append([way, *(speeds.get(value, "") for value in values)])
    return plain_table(["way", *map(_header, values)], rows)


def call_table(results: Results) -> str:
    """Time of the calls into Go that the suite makes."""
    rows = []
    for each in results.part("suites"):
        if each["group"] == "call":
            scale, unit = _scale(each["seconds"]["median"])
            time = f"{_number(each['seconds']['median'] * scale)} {unit}"
            rows.append([each["name"].removeprefix("test_").replace("_", " "), time])
    return plain_table(["what", "median"], rows)


def _header(value: object) -> str:
    if isinstance(value, int):
        return f"{value >> 20:,} MiB" if value >= 1 << 20 else f"{value >> 10:,} KiB"
    return str(value)
