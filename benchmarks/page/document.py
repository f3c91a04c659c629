"""The text of docs/performance.md: made of the figures, and never written by hand."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.page.bars import BARS, Bar
from benchmarks.page.misses import reason_of
from benchmarks.page.results import Results, Spread
from benchmarks.page.rivals import PYGGCR
from benchmarks.page.tables import (
    bars_table,
    call_table,
    contest_table,
    gzip_table,
    plain_table,
    suite_table,
)

__all__ = ["performance_page"]

_INTRODUCTION = """\
# Performance

<!-- Made by `make bench` from performance/results.json: do not edit. -->

`make bench` measures and writes [performance/results.json](performance/results.json) and this page.
`make bench ARGS=--page-only` writes the page again from the results, and a test compares the two.

Times depend on the machine; ratios should hold elsewhere, too. The contestants run in turns, round
by round (A B C, A B C, …), after a warm-up round, and each ratio is taken within a round. Figures
are medians of {rounds} rounds, with minimum and maximum in brackets. All results are compared: if a
contestant prints another digest, the run ends. Crane, the library and Go alone are built from the
pinned module, by the Go release that the row names, and pyggcr is compared with each in the gzip
profile of that release. "pyggcr" is the Python engine. Jobs from the shell are whole processes,
including the start of the interpreter. The growth of time is computed from the two largest sizes,
minus the time of the smallest.
"""

_JOBS = """\
An image of {size:.0f} MB in five layers, made from files of the system: as Docker 25 saves it
(plain layers), and as Docker with containerd's store saves it (gzip layers). Crane has no commands
for `layers` and `inspect`, so a small Go program calls the library for them (benchmarks/go). Skopeo
inspects gzip layers by decompressing them, but lists plain layers without compressing them. That is
not the same job, so it is left out there.
"""


_FLATTEN = (
    "All layers of an image in a registry on loopback are merged into one layer of gzip level 9,\n"
    "which is pushed to a repository that lacks it."
)
_DIFF = (
    "Two images of five gzip layers each. Two of the layers are the same; each of the others has\n"
    "one additional file. Without pyggcr, both file systems are written to disk and compared\n"
    "there, as container-diff does."
)
_TRANSFERS = """\
The same image, to, from and inside a registry on loopback (Debian's docker-registry, which stores
blobs in files). The registry is emptied before each push. A pull writes an archive with gzip
layers. A copy goes to another repository of the same registry, so no blob is transferred. "As a
library" measures the call alone, in a program that has made one before; all other jobs are whole
processes.
"""

_WRITING = """\
A plain layer of 100 MB is appended to an empty image and pushed to the registry. The image with
plain layers is written as an OCI layout into a new folder; crane has no command for that, so a
small program calls the library.
"""


_KNOWN = """\
The registry has an earlier build of the image. Four of the five plain layers are the same, the last
one has one more file. The layer cache knows the four layers, but not the last one.
"""

_PEERS = """\
What one would use instead of pyggcr: skopeo and regctl from the shell, oras-py and python-dxf from
Python, and docker-py for a Docker daemon. The image of {size:.0f} MB has gzip layers, and the
registry is emptied before each push. Tools read the image from an archive and pull it to one;
skopeo and regctl use the OCI form, which keeps gzip layers. Libraries read it from an OCI layout
and pull it to a folder with a file for each blob. A library's time is that of the call, in a
program that has made one before. oras-py and python-dxf have no function that copies an image, so
their programs download each blob and upload it again. oras-py does not check the digests of blobs
that it downloads. The ratios are those of pyggcr's time to the other's: below 1, pyggcr is faster.
"""


def performance_page(results: Results) -> str:
    """The page as Markdown; sections that were not measured are left out."""
    return "\n".join(_sections(results)).rstrip() + "\n"


def _sections(results: Results) -> Iterator[str]:
    yield _INTRODUCTION.format(rounds=_rounds(results))
    if results.document["quick"]:
        yield "**From a run with `--quick`: small sizes, few rounds.**\n"
    yield from _section("The bars", "", bars_table(results))
    yield from _misses(results)
    yield from _missing(results)
    yield from _archives(results)
    yield from _registries(results)
    yield from _known(results)
    yield from _peers(results)
    yield from _flatten(results)
    yield from _diff(results)
    yield from _writing(results)
    yield from _gzip(results)
    yield from _hashing(results)
    yield from _boundary(results)
    yield from _growth(results)
    yield from _startup(results)
    yield from _what_it_ran_on(results)


def _section(title: str, part: str, *paragraphs: str) -> Iterator[str]:
    yield f"## {title}\n"
    yield from (f"{paragraph.rstrip()}\n" for paragraph in paragraphs)
    if part:
        yield f'Repeat it: `make bench ARGS="--only {part}"`.\n'


def _misses(results: Results) -> Iterator[str]:
    """The bars that are missed, with the reason, together where it is the same."""
    reasons: dict[str, list[Bar]] = {}
    for bar in BARS:
        figure = bar.measure(results)
        if figure is not None and not bar.met(figure):
            reasons.setdefault(reason_of(bar) or "Nobody knows yet.", []).append(bar)
    if reasons:
        lines = [
            f"- **{'; '.join(f'{it.job} ({it.peer})' for it in bars)}.** {reason}"
            for reason, bars in reasons.items()
        ]
        yield from _section("What misses its bar, and what was tried", "", "\n".join(lines))


def _missing(results: Results) -> Iterator[str]:
    parts = results.document["missing"].values()
    missing = {f"- {who}: {reason}" for part in parts for who, reason in part.items()}
    if missing:
        yield from _section("What is missing here", "", "\n".join(sorted(missing)))


def _archives(results: Results) -> Iterator[str]:
    contests = results.part("archives")
    if not contests:
        return
    introduction = _JOBS.format(size=contests[0]["bytes"] / 1e6)
    yield from _section("Archives, from the shell", "archives", introduction, _plot("archives"))
    for contest in contests:
        peer = "crane" if contest["verb"] in ("validate", "digest") else "the library"
        yield f"### {contest['name']}\n"
        yield contest_table(results, contest, peer) + "\n"


def _registries(results: Results) -> Iterator[str]:
    contests = results.part("registries")
    if not contests:
        return
    yield from _section("Registries", "registries", _TRANSFERS)
    for contest in contests:
        yield f"### {contest['name']}\n"
        yield contest_table(results, contest, "crane") + "\n"


def _known(results: Results) -> Iterator[str]:
    for contest in results.part("known"):
        yield from _section("Known layers", "known", _KNOWN)
        yield contest_table(results, contest, "crane") + "\n"


def _peers(results: Results) -> Iterator[str]:
    contests = results.part("peers")
    if not contests:
        return
    introduction = _PEERS.format(size=max(each.get("bytes", 0) for each in contests) / 1e6)
    yield from _section("Other tools and libraries", "peers", introduction)
    for contest in contests:
        yield f"### {contest['name']}\n"
        yield contest_table(results, contest, PYGGCR) + "\n"


def _flatten(results: Results) -> Iterator[str]:
    for contest in results.part("flatten"):
        yield from _section("Flatten", "flatten", _FLATTEN)
        yield contest_table(results, contest, "crane") + "\n"


def _diff(results: Results) -> Iterator[str]:
    for contest in results.part("diff"):
        yield from _section("Comparing images", "diff", _DIFF)
        yield contest_table(results, contest, next(iter(contest["contestants"]))) + "\n"


def _writing(results: Results) -> Iterator[str]:
    contests = results.part("writing")
    if not contests:
        return
    yield from _section("Building and writing images", "writing", _WRITING)
    for contest in contests:
        yield f"### {contest['name']}\n"
        yield contest_table(results, contest, contest["peer"]) + "\n"


def _gzip(results: Results) -> Iterator[str]:
    contests = results.part("gzip")
    if not contests:
        return
    introduction = (
        f"One stream of {contests[0]['bytes'] >> 20} MiB in memory, in pieces of 1 MiB. Only the\n"
        "compression is timed, and Go has one thread as well (GOMAXPROCS=1)."
    )
    tables = [
        paragraph
        for profile in dict.fromkeys(each["profile"] for each in contests)
        for paragraph in (f"### Profile {profile}", gzip_table(results, profile))
    ]
    yield from _section("gzip", "gzip", introduction, _plot("gzip"), *tables)
    yield from _gzip_levels(results)
    if results.part("suites"):
        yield from _section(
            "Other ways to compress and decompress",
            "suites",
            "MB/s of each implementation by kind of data.",
            "### gzip, profile go1.26",
            suite_table(results, "gzip", "kind", profile="go1.26"),
            "### gzip, profile go1.27",
            suite_table(results, "gzip", "kind", profile="go1.27"),
            "### Decompressing gzip",
            suite_table(results, "inflate", "kind"),
        )


def _gzip_levels(results: Results) -> Iterator[str]:
    contests = results.part("gzip-levels")
    if not contests:
        return
    introduction = (
        f"The same for {contests[0]['bytes'] >> 20} MiB, in pieces of 32 KiB: the default level,\n"
        "and that of `crane flatten`."
    )
    tables = [
        paragraph
        for profile in dict.fromkeys(each["profile"] for each in contests)
        for level in dict.fromkeys(each["level"] for each in contests)
        for paragraph in (
            f"### Level {level}, profile {profile}",
            gzip_table(results, profile, "gzip-levels", level=level),
        )
    ]
    yield from _section("gzip at other levels", "gzip-levels", introduction, *tables)


def _hashing(results: Results) -> Iterator[str]:
    if results.part("suites"):
        introduction = (
            "MB/s of SHA-256: for one stream, and for two streams on two threads (the sum of both)."
        )
        yield from _section(
            "Hashing",
            "suites",
            introduction,
            _plot("hashing"),
            "### One thread",
            suite_table(results, "hashing", "size", threads=1),
            "### Two threads",
            suite_table(results, "hashing", "size", threads=2),
        )


def _boundary(results: Results) -> Iterator[str]:
    contests = results.part("boundary")
    if contests:
        yield from _section(
            "Hashing a file, and the boundary to Go",
            "boundary",
            "The cost of a stream compared with a call of hashlib, and the cost of a call into Go.",
            *(
                f"### {each['name']}\n\n{contest_table(results, each, _first(each))}"
                for each in contests
            ),
        )
    if results.part("suites"):
        yield "### Reading a layer of 64 MiB: MB/s by engine and size of a read\n"
        yield suite_table(results, "reading a layer", "chunk") + "\n"
        yield call_table(results) + "\n"


def _first(contest: dict[str, object]) -> str:
    contestants = contest["contestants"]
    assert isinstance(contestants, dict)
    return str(next(iter(contestants)))


def _growth(results: Results) -> Iterator[str]:
    contests = results.part("growth")
    if not contests:
        return
    rows = []
    for contest in contests:
        for name, contestant in contest["contestants"].items():
            seconds = Spread(tuple(contestant["seconds"])).median
            memory = results.memory_above_import(contestant) / 1e6
            size = f"{contest['size']:,} {contest['unit']}"
            rows.append([size, name, f"{seconds:.3f} s", f"{memory:.0f} MB"])
    yield from _section(
        "Growth of `validate`",
        "growth",
        "Time and peak memory against size. Large layers are zeros, other layers hold hex digits.",
        _plot("growth"),
        plain_table(["size", "who", "time", "memory above import"], rows),
    )


def _startup(results: Results) -> Iterator[str]:
    contests = results.part("startup")
    if contests:
        tables = [contest_table(results, each, peer="") for each in contests]
        yield from _section("Start-up", "startup", *tables)


def _what_it_ran_on(results: Results) -> Iterator[str]:
    facts = {**results.document["machine"], **results.document["versions"]}
    yield from _section(
        "What it ran on", "", plain_table(["what", "which"], [list(fact) for fact in facts.items()])
    )


def _plot(name: str) -> str:
    return f"![{_ALT[name]}](performance/{name}.svg)"


_ALT = {
    "archives": "Bars: seconds of validate and digest, pyggcr beside crane",
    "gzip": "Bars: megabytes a second of gzip, Go beside C",
    "hashing": "Lines: throughput of SHA-256 against size",
    "growth": "Lines: time and memory of validate against size",
}


def _rounds(results: Results) -> str:
    counts = {
        len(contestant["seconds"])
        for part in ("archives", "registries", "writing", "gzip", "boundary", "startup")
        for contest in results.part(part)
        for contestant in contest["contestants"].values()
    }
    if not counts:
        return "some"
    return f"{min(counts)}" if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
