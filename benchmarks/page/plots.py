"""The plots: peers as bars, gzip as bars, hashing against size, growth of time and memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.page.results import Results, Spread
from benchmarks.page.style import COLOURS, MARKERS, TEXT, label_lines, plain_axes, saved

__all__ = ["PLOTS", "draw_all"]

_MEMORY_BAR = 64  # MB
_BLUE, _VERMILION, _GREEN, _PURPLE, _OCHRE, _GREY = COLOURS


def draw_all(results: Results, folder: Path) -> list[str]:
    """Draw every plot that there are figures for; the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, (part, draw) in PLOTS.items():
        if results.part(part):
            draw(results, folder / name)
            drawn.append(name)
    return drawn


def draw_archives(results: Results, path: Path) -> None:
    """Seconds of validate and digest for plain and gzip layers, a bar for each contestant."""
    contests = [each for each in results.part("archives") if each["verb"] in ("validate", "digest")]
    with saved(path, 9.5, 4.6) as figure:
        grid = figure.subplots(2, 2, squeeze=False).flat
        for axes, contest in zip(grid, contests, strict=False):
            _bars(axes, contest)


def _bars(axes: Any, contest: dict[str, Any]) -> None:
    contestants = contest["contestants"]
    spreads = [Spread(tuple(each["seconds"])) for each in contestants.values()]
    medians = [spread.median for spread in spreads]
    places = range(len(medians))
    colours = [_contestant_colour(name) for name in contestants]
    axes.barh(places, medians, color=colours, height=0.66)
    for place, spread in zip(places, spreads, strict=True):
        axes.plot([spread.low, spread.high], [place, place], color=TEXT, linewidth=1)
        axes.annotate(
            _seconds(spread.median),
            (spread.high, place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_yticks(places, list(contestants))
    axes.invert_yaxis()
    axes.set_xlim(0, max(spread.high for spread in spreads) * 1.16)
    axes.set_title(contest["name"])
    axes.set_xlabel("seconds (line: min to max)")
    plain_axes(axes, grid="x")


def _contestant_colour(name: str) -> str:
    if name == "pyggcr, Go engine":
        return _GREEN
    return _BLUE if name.startswith("pyggcr") else _GREY


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def draw_gzip(results: Results, path: Path) -> None:
    """Times the speed of Go (or of C, if there is no Go), by kind of data, for each profile."""
    contests = results.part("gzip")
    profiles = list(dict.fromkeys(each["profile"] for each in contests))
    with saved(path, 9.5, 4.2) as figure:
        panels = figure.subplots(1, len(profiles), sharey=True, sharex=True, squeeze=False)[0]
        for axes, profile in zip(panels, profiles, strict=True):
            own = [each for each in contests if each["profile"] == profile]
            _grouped_bars(axes, own, results)
            axes.set_title(f"gzip at BestSpeed, profile {profile}")
        panels[0].invert_yaxis()


def _grouped_bars(axes: Any, contests: list[dict[str, Any]], results: Results) -> None:
    names = list(contests[0]["contestants"])
    height = 0.8 / len(names)
    colours = {"Go": _GREY, "C": _BLUE, "C, two threads": _GREEN}
    longest = 1.0
    for at, name in enumerate(names):
        for place, contest in enumerate(contests):
            ratio = results.ratio(contest["name"], names[0], name)
            assert ratio is not None
            longest = max(longest, ratio.median)
            top = place + at * height
            axes.barh(top, ratio.median, height=height * 0.92, color=colours[name], align="edge")
            # The group at the top says which bar is which.
            speed = f"{_speed(results, contest, name):,.0f} MB/s"
            axes.annotate(
                f"{name}, {speed}" if place == 0 else speed,
                (ratio.median, top + height / 2),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
    axes.set_yticks([place + 0.4 for place in range(len(contests))], [c["kind"] for c in contests])
    axes.set_xlim(0, max(axes.get_xlim()[1], longest * 1.35))
    axes.set_xlabel(f"times the speed of {names[0]} (median of the rounds)")
    plain_axes(axes, grid="x")


def _speed(results: Results, contest: dict[str, Any], name: str) -> float:
    seconds = results.seconds(contest["name"], name)
    assert seconds is not None
    speed: float = contest["bytes"] / seconds.median / 1e6
    return speed


def draw_hashing(results: Results, path: Path) -> None:
    """GB/s of SHA-256 against size, on one thread and on two."""
    found = [each for each in results.part("suites") if each["group"] == "hashing"]
    ways = list(dict.fromkeys(each["way"] for each in found))
    with saved(path, 9.5, 4.0) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, threads in zip(panels, (1, 2), strict=True):
            for at, way in enumerate(ways):
                own = [each for each in found if (each["way"], each["threads"]) == (way, threads)]
                sizes = [each["size"] for each in own]
                speeds = [each["bytes"] / each["seconds"]["median"] / 1e9 for each in own]
                if sizes:
                    _line(axes, sizes, speeds, way, at)
            _count_axis(axes, sorted({each["size"] for each in found}), _size_label)
            axes.set_xlabel("size of each stream")
            axes.set_title("one thread" if threads == 1 else "two threads, a stream each")
            plain_axes(axes, grid="both")
        panels[0].set_ylim(bottom=0)
        panels[0].set_ylabel("SHA-256, GB/s")
        for axes in panels:
            label_lines(axes)


def _line(axes: Any, x: list[float], y: list[float], label: str, at: int) -> None:
    style = {"color": COLOURS[at % len(COLOURS)], "marker": MARKERS[at % len(MARKERS)]}
    axes.plot(x, y, label=label, linestyle="--" if at >= len(COLOURS) else "-", **style)


def _size_label(size: float) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.0f} {name}"
    return f"{size:.0f} B"


def draw_growth(results: Results, path: Path) -> None:
    """Time and memory of validate against size, a column for each way to grow."""
    contests = results.part("growth")
    series = list(dict.fromkeys(each["series"] for each in contests))
    with saved(path, 2.9 * len(series), 5.6) as figure:
        panels = figure.subplots(2, len(series), sharex="col", sharey="row", squeeze=False)
        for column, name in enumerate(series):
            own = [each for each in contests if each["series"] == name]
            time, memory = panels[0][column], panels[1][column]
            _growth_panel(time, own, _median_seconds)
            _growth_panel(memory, own, lambda each: results.memory_above_import(each) / 1e6)
            memory.axhline(_MEMORY_BAR, color=TEXT, linewidth=1, linestyle=":", label="_bar")
            time.set_title(own[0]["unit"])
            time.set_yscale("log")
            time.yaxis.set_major_formatter("{x:g}")
            time.yaxis.set_minor_formatter("")
            memory.set_xlabel(own[0]["unit"])
        panels[0][0].set_ylabel("validate, seconds")
        panels[1][0].set_ylabel("memory above import, MB")
        panels[1][0].set_ylim(bottom=0)
        panels[1][0].annotate("bar: 64 MB", (0.02, _MEMORY_BAR), xycoords=("axes fraction", "data"),
                              xytext=(0, 3), textcoords="offset points")  # fmt: skip
        for row in panels:
            label_lines(row[-1])


def _growth_panel(
    axes: Any, contests: list[dict[str, Any]], figure: Callable[[dict[str, Any]], float]
) -> None:
    for name in contests[-1]["contestants"]:
        points = [
            (each["size"], figure(each["contestants"][name]))
            for each in contests
            if name in each["contestants"]
        ]
        colour = _contestant_colour(name)
        marker = MARKERS[COLOURS.index(colour)]
        label = "pyggcr" if name.startswith("pyggcr,") and colour == _BLUE else name
        axes.plot(*zip(*points, strict=True), color=colour, marker=marker, label=label)
    _count_axis(axes, [each["size"] for each in contests], _count_label)
    plain_axes(axes, grid="both")


def _count_axis(axes: Any, sizes: list[int], label: Callable[[float], str]) -> None:
    """A logarithmic axis with a mark at each size that was measured."""
    axes.set_xscale("log")
    axes.set_xticks(sizes, [label(size) for size in sizes])
    axes.set_xticks([], minor=True)


def _count_label(count: float) -> str:
    for unit, name in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if count >= unit:
            return f"{count / unit:g}{name}"
    return f"{count:g}"


def _median_seconds(contestant: dict[str, Any]) -> float:
    return Spread(tuple(contestant["seconds"])).median


PLOTS: dict[str, tuple[str, Callable[[Results, Path], None]]] = {
    "archives.svg": ("archives", draw_archives),
    "gzip.svg": ("gzip", draw_gzip),
    "hashing.svg": ("suites", draw_hashing),
    "growth.svg": ("growth", draw_growth),
}
