"""What the house has set out to reach, and how each bar is read from the figures.

The numbers are those of the issue that asked for speed; a bar that is missed is shown as missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.corpus.kinds import COMPRESSIBLE, KINDS
from benchmarks.page.results import Results, Spread, exponent, geometric_mean
from benchmarks.page.rivals import RIVALS

__all__ = ["BARS", "Bar"]


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        job: what is done.
        peer: who or what it is compared with.
        limit: the bar.
        unit: how figures are shown: ``times``, ``MB``, ``ms``, ``µs``, ``exponent``, ``million``,
            ``modules``.
        at_least: whether more is better; else the limit is the most that is allowed.
        measure: reads the figure; ``None`` where it was not measured.
    """

    job: str
    peer: str
    limit: float
    unit: str
    at_least: bool
    measure: Callable[[Results], Spread | None]

    def met(self, figure: Spread) -> bool:
        """Whether the median meets the bar."""
        return figure.median >= self.limit if self.at_least else figure.median <= self.limit


def _ratio(contest: str, peer: str, own: str) -> Callable[[Results], Spread | None]:
    return lambda results: results.ratio(contest, peer, own)


def _times(job: str, peer: str, limit: float, contest: str, own: str) -> Bar:
    return Bar(job, peer, limit, "times", True, _ratio(contest, peer, own))


def _gzip(
    profile: str, kinds: tuple[str, ...], own: str, peer: str, level: str = ""
) -> Callable[[Results], list[Spread]]:
    def measure(results: Results) -> list[Spread]:
        names = [f"gzip, {level}{profile}, {kind}" for kind in kinds]
        ratios = [results.ratio(name, peer, own) for name in names]
        return [] if None in ratios else [ratio for ratio in ratios if ratio]

    return measure


def _mean_of(ratios: Callable[[Results], list[Spread]]) -> Callable[[Results], Spread | None]:
    def measure(results: Results) -> Spread | None:
        found = ratios(results)
        return geometric_mean(found) if found else None

    return measure


def _worst_of(ratios: Callable[[Results], list[Spread]]) -> Callable[[Results], Spread | None]:
    def measure(results: Results) -> Spread | None:
        found = ratios(results)
        return min(found, key=lambda spread: spread.median) if found else None

    return measure


def _accelerator_bars(profile: str, mean: float) -> list[Bar]:
    go, two = f"compress/gzip of {profile}", "the accelerator on one thread"
    compressible = _gzip(profile, COMPRESSIBLE, "C", "Go")
    everything = _gzip(profile, KINDS, "C", "Go")
    on_two = _gzip(profile, COMPRESSIBLE, "C, two threads", "C")
    return [
        Bar("gzip in C, geometric mean", go, mean, "times", True, _mean_of(compressible)),
        Bar("gzip in C, the worst of all kinds", go, 1, "times", True, _worst_of(everything)),
        Bar(f"gzip in C on two threads, {profile}", two, 1.4, "times", True, _mean_of(on_two)),
        *_level_bars(profile, 6),
        *_level_bars(profile, 9),
    ]


def _level_bars(profile: str, level: int) -> list[Bar]:
    go = f"compress/gzip of {profile}"
    job = f"gzip in C at level {level}"
    ratios = _gzip(profile, COMPRESSIBLE, "C", "Go", f"level {level}, ")
    worst = f"{job}, the worst of compressible kinds"
    return [
        Bar(f"{job}, geometric mean", go, 1.4, "times", True, _mean_of(ratios)),
        Bar(worst, go, 1, "times", True, _worst_of(ratios)),
    ]


def _largest_memory(part: str, engine: str) -> Callable[[Results], Spread | None]:
    def measure(results: Results) -> Spread | None:
        peaks = [
            results.memory_above_import(contestant) / 1e6
            for contest in results.part(part)
            for name, contestant in contest["contestants"].items()
            if _is_engine(name, engine)
        ]
        return Spread((max(peaks),)) if peaks else None

    return measure


def _is_engine(contestant: str, engine: str) -> bool:
    by_go = contestant.startswith("pyggcr, Go engine")
    return by_go if engine == "Go" else contestant.startswith("pyggcr") and not by_go


def _memory_beside_crane(series: str) -> Callable[[Results], Spread | None]:
    """Peak memory of the Go engine's process as a multiple of crane's, on the largest archive."""

    def measure(results: Results) -> Spread | None:
        contests = [each for each in results.part("growth") if each["series"] == series]
        if not contests:
            return None
        largest = max(contests, key=lambda each: float(each["size"]))["contestants"]
        own = [it["peak_memory"] for name, it in largest.items() if _is_engine(name, "Go")]
        peers = [it["peak_memory"] for name, it in largest.items() if name.startswith("crane")]
        return Spread((max(own) / min(peers),)) if own and peers else None

    return measure


def _growth(series: str, engine: str) -> Callable[[Results], Spread | None]:
    def measure(results: Results) -> Spread | None:
        contests = [each for each in results.part("growth") if each["series"] == series]
        sizes, medians = [], []
        for contest in contests:
            for name, contestant in contest["contestants"].items():
                if _is_engine(name, engine):
                    sizes.append(float(contest["size"]))
                    medians.append(Spread(tuple(contestant["seconds"])).median)
        return Spread((exponent(sizes, medians),)) if len(sizes) > 1 else None

    return measure


def _growth_bars(engine: str) -> list[Bar]:
    kinds = {
        "layer_bytes": "bytes of a plain layer",
        "gzip_layer_bytes": "bytes of a gzip layer",
        "layers": "number of layers",
        "files": "number of files",
        "gzip_members": "number of gzip members",
        "tags": "number of tags",
    }
    return [
        Bar(
            f"validate, {engine} engine: growth of time with the {grows}",
            "linear growth", 1.1, "exponent", False, _growth(series, engine),
        )
        for series, grows in kinds.items()
    ]  # fmt: skip


def _scaled(contest: str, factor: float) -> Callable[[Results], Spread | None]:
    def measure(results: Results) -> Spread | None:
        seconds = results.seconds(contest, contest)
        return Spread(tuple(each * factor for each in seconds.values)) if seconds else None

    return measure


def _heavy_modules(results: Results) -> Spread | None:
    contest = results.contest("import pyggcr")
    return Spread((float(len(contest["heavy_modules"])),)) if contest else None


def _against_crane(job: str, own: str, limits: tuple[float, float]) -> list[Bar]:
    """The bars of a job from the shell, for crane of each Go; ``own`` may name the profile."""
    return [
        _times(job, f"crane, {profile}", limit, job, own.format(profile))
        for profile, limit in zip(("go1.26", "go1.27"), limits, strict=True)
    ]


def _transfer_bars(
    job: str, own: str, shell: tuple[float, float], library: tuple[float, float]
) -> list[Bar]:
    """The bars of a transfer, from the shell and by a call, for crane of each Go."""
    return [
        _times(
            f"{job}{shown}", f"crane, {profile}", limit, job, f"pyggcr{called}{own}".format(profile)
        )
        for shown, called, limits in (
            (", from the shell", "", shell),
            (", as a library", ", as a library", library),
        )
        for profile, limit in zip(("go1.26", "go1.27"), limits, strict=True)
    ]


def _rival_bars() -> list[Bar]:
    """Ahead of each rival in each job, in time and in memory."""
    return [
        bar
        for contest, names in RIVALS.items()
        for rival in names
        for bar in (
            _times(contest, rival, 1, contest, "pyggcr"),
            Bar(
                f"{contest}: peak memory",
                rival,
                1,
                "times",
                False,
                _memory_beside(contest, rival),
            ),
        )
    ]


def _memory_beside(contest: str, rival: str) -> Callable[[Results], Spread | None]:
    """Peak memory of the Python engine's process as a multiple of the rival's."""

    def measure(results: Results) -> Spread | None:
        contestants = (results.contest(contest) or {"contestants": {}})["contestants"]
        if not {"pyggcr", rival} <= contestants.keys():
            return None
        own, other = (contestants[name].get("peak_memory", 0) for name in ("pyggcr", rival))
        return Spread((own / other,)) if own and other else None

    return measure


def _above_nothing(contest: str, prefix: str) -> Callable[[Results], Spread | None]:
    """Milliseconds above ``python -c pass``: of the slowest of the verbs with the prefix."""

    def measure(results: Results) -> Spread | None:
        held = results.contest(contest)
        nothing = results.seconds(contest, "python -c pass")
        if held is None or nothing is None:
            return None
        above = [
            Spread(
                tuple(
                    1e3 * (own - bare)
                    for own, bare in zip(each["seconds"], nothing.values, strict=True)
                )
            )
            for name, each in held["contestants"].items()
            if name.startswith(prefix)
        ]
        return max(above, key=lambda spread: spread.median) if above else None

    return measure


def _instructions(results: Results) -> Spread | None:
    contest = results.contest("start-up from the shell")
    counted = (contest or {}).get("instructions")
    return Spread((counted / 1e6,)) if counted else None


def _writing_bars(job: str, peer: str) -> list[Bar]:
    """The bars of a job that writes, by a call, beside Go of the same profile."""
    return [
        _times(job, f"{peer}, {it}", 2.5, job, f"pyggcr, as a library, {it}")
        for it in ("go1.26", "go1.27")
    ]


def _memory_bars(job: str, part: str, *engines: str) -> list[Bar]:
    return [
        Bar(f"{job}, {engine} engine", "", 64, "MB", False, _largest_memory(part, engine))
        for engine in engines or ("Python", "Go")
    ]


_AT_ONCE = "hashlib at once"
_READ_WHOLE = "hashlib at once, file read whole"
_CHUNK = "read a layer in chunks of 1,024 KiB"

BARS: list[Bar] = [
    *_against_crane("validate, plain layers", "pyggcr, {}", (14.5, 11.5)),
    *_against_crane("validate, gzip layers", "pyggcr", (12, 12)),
    *_against_crane("digest, plain layers", "pyggcr, {}", (4.8, 3.6)),
    *[
        _times(
            "digest, plain layers, all known",
            f"crane, {profile}",
            12,
            "digest, plain layers",
            f"pyggcr, known layers, {profile}",
        )
        for profile in ("go1.26", "go1.27")
    ],
    *_against_crane("digest, gzip layers", "pyggcr", (1.1, 1.1)),
    *_transfer_bars("push, plain layers", ", {}", (6.8, 4.8), (6.8, 4.8)),
    *_against_crane("push, plain layers, only the last new", "pyggcr, known layers, {}", (15, 15)),
    *_transfer_bars("push, gzip layers", "", (1.05, 1.05), (1.05, 1.05)),
    *_transfer_bars("pull", "", (1.05, 1.05), (1.05, 1.05)),
    *_transfer_bars("copy", "", (1, 1), (1.2, 1.2)),
    *[
        _times("copy, from the shell: first goal", f"crane, {it}", 0.35, "copy", "pyggcr")
        for it in ("go1.26", "go1.27")
    ],
    *_rival_bars(),
    *_writing_bars("append and push", "crane"),
    *_writing_bars("write a layout", "the library"),
    *_accelerator_bars("go1.26", 2.5),
    *_accelerator_bars("go1.27", 1.7),
    _times("SHA-256 of a stream", _AT_ONCE, 0.97, "SHA-256", "v1.sha256 of a stream"),
    _times("SHA-256 of a file", _READ_WHOLE, 0.97, "SHA-256", "v1.sha256 of a file"),
    _times("SHA-256, three streams", _AT_ONCE, 2, "SHA-256, three streams", "three streams"),
    _times(_CHUNK, "inside Go", 0.95, _CHUNK, "through the boundary"),
    Bar("empty call through the boundary", "", 1, "µs", False, _scaled("empty call", 1e6)),
    *_memory_bars("peak memory above import", "growth", "Python"),
    # The Go engine does what crane does, and cannot take less.
    Bar(
        "500,000 files, Go engine: peak memory",
        "crane",
        1.05,
        "times",
        False,
        _memory_beside_crane("files"),
    ),
    *_memory_bars("transfers: peak memory above import", "registries"),
    # Of the Go engine's own profile; that engine does what crane does, with the same compressor.
    _times("flatten, Python engine", "crane, go1.26", 1.3, "flatten", "pyggcr"),
    _times("flatten, Go engine", "crane, go1.26", 1, "flatten", "pyggcr, Go engine"),
    *_memory_bars("flatten: peak memory above import", "flatten"),
    *_memory_bars("making and writing: peak memory above import", "writing"),
    *_growth_bars("Python"),
    *_growth_bars("Go"),
    Bar(
        "digest of a small archive, from the shell",
        "python -c pass",
        30,
        "ms",
        False,
        _above_nothing("start-up from the shell", "pyggcr digest"),
    ),
    Bar(
        "digest of a small archive, instructions",
        "python -c pass",
        190,
        "million",
        False,
        _instructions,
    ),
    Bar(
        "registry verbs on a small image, from the shell, the slowest",
        "python -c pass",
        70,
        "ms",
        False,
        _above_nothing("registry verbs on a small image", "pyggcr "),
    ),
    Bar("`import pyggcr`", "", 40, "ms", False, _scaled("import pyggcr", 1e3)),
    Bar("modules of Go, isal, rich that it loads", "", 0, "modules", False, _heavy_modules),
]
