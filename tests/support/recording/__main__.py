"""``python -m support.recording``: record, compare, compact.

Run with PYTHONPATH=tests, by the interpreter that has the pyggcr in question. The tree that this
file is in gives the questions and the fixtures; it need not be that of pyggcr.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import subprocess
import sys
import time
from pathlib import Path

from support.recording import adapter, cases, running, storing

# Characters of an answer that are shown, and of these before the first that differs.
_SHOWN = 1000
_BEFORE = 200


def main() -> int:
    """Do what the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m support.recording", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="ask everything and write it down")
    record.add_argument("out", type=Path)
    record.add_argument("--commit", help="recorded as the commit; that of pyggcr's tree if absent")
    record.add_argument("--extra", type=Path, help="a folder with more archives")
    compare = commands.add_parser("compare", help="ask again; exit code 1 on any difference")
    compare.add_argument("recorded", type=Path, nargs="?", default=storing.COMPACT)
    diff = commands.add_parser("diff", help="compare two whole recordings without asking")
    diff.add_argument("recorded", type=Path)
    diff.add_argument("other", type=Path)
    compact = commands.add_parser("compact", help="write the compact form of a recording")
    compact.add_argument("recorded", type=Path)
    compact.add_argument("out", type=Path, nargs="?", default=storing.COMPACT)
    work = commands.add_parser("work", help="what the workers run")
    for each in (record, compare, work):
        each.add_argument("--archives", type=Path, help="folder that keeps the made-up archives")
    for each in (record, compare):
        each.add_argument("--jobs", type=int, default=2, help="worker processes (2)")
    for each in (record, compare, diff):
        each.add_argument("--only", default="", metavar="PATTERN", help="keys that match")
    options = parser.parse_args()
    if options.command == "work":
        running.work(options.archives)
        return 0
    if options.command == "record":
        return _record(options)
    if options.command == "compact":
        storing.write_compact(options.out, storing.read(options.recorded))
        return 0
    if options.command == "diff":
        return _diff(options)
    return _compare(options)


def _record(options: argparse.Namespace) -> int:
    names = [name for name in cases.names(options.extra) if re.search(options.only, name)]
    head = {"commit": options.commit or _commit(), "environment": adapter.environment()}
    recording = storing.Recording(head, {})
    with _progress(len(names)) as advance:
        for name, groups in running.run(names, options.archives, options.jobs):
            recording.cases[name] = groups
            advance(name)
    storing.write(options.out, recording)
    answers = sum(map(storing.count, recording.cases.values()))
    keys = len(recording.keys())
    _say(f"{answers} observations under {keys} keys of {len(names)} cases: {options.out}")
    crashed = [name for name, groups in recording.cases.items() if "crash" in groups]
    if crashed:
        _say(f"workers died at: {', '.join(crashed)}")
    return 1 if crashed else 0


def _compare(options: argparse.Namespace) -> int:
    recording = storing.read(options.recorded)
    _say_environment(recording)
    names = [
        case
        for case, groups in recording.cases.items()
        if any(re.search(options.only, f"{case}/{group}") for group in groups)
    ]
    order = {kind: at for at, kind in enumerate(("cli", "api", "value", *cases.INFORMATION))}
    names.sort(key=lambda name: order.get(name.partition(":")[0], len(order)))
    comparison, information = storing.Comparison(), storing.Comparison()
    with _progress(len(names)) as advance:
        for name, groups in running.run(names, options.archives, options.jobs):
            to = information if name in cases.INFORMATION else comparison
            told = len(to.differences)
            to.add(name, recording.cases[name], groups, options.only)
            _show(to.differences[told:], informative=to is information)
            advance(name)
    return _sum_up(comparison, information)


def _diff(options: argparse.Namespace) -> int:
    recording, other = storing.read(options.recorded), storing.read(options.other)
    comparison, information = storing.Comparison(), storing.Comparison()
    for name, groups in recording.cases.items():
        to = information if name in cases.INFORMATION else comparison
        to.add(name, groups, other.cases.get(name, {}), options.only)
    _show(information.differences, informative=True)
    _show(comparison.differences)
    return _sum_up(comparison, information)


def _sum_up(comparison: storing.Comparison, information: storing.Comparison) -> int:
    for reason, keys in comparison.accepted.items():
        _say(f"accepted: {keys} differences: {reason}")
    _say(
        f"{comparison.compared} observations compared, {len(comparison.differences)} differences; "
        f"{information.compared} for information, {len(information.differences)} differences"
    )
    return 1 if comparison.differences else 0


def _show(differences: list[storing.Difference], *, informative: bool = False) -> None:
    title = "for information" if informative else "DIFFERENCE"
    for difference in differences:
        pairs = enumerate(zip(difference.old, difference.new, strict=False))
        first = next((at for at, (old, new) in pairs if old != new), 0)
        begin = max(0, first - _BEFORE)
        _say(f"{title} {difference.key}" + (f" from character {begin} on" if begin else ""))
        _say(f"  old: {difference.old[begin : begin + _SHOWN]!r}")
        _say(f"  new: {difference.new[begin : begin + _SHOWN]!r}")


def _say_environment(recording: storing.Recording) -> None:
    now = adapter.environment()
    for key, value in recording.head["environment"].items():
        if now.get(key) != value:
            _say(f"note: {key} is {now.get(key)} and was {value}; answers may depend on it")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _progress(total: int):
    began = time.monotonic()
    done = 0

    def advance(name: str) -> None:
        nonlocal done
        done += 1
        if done % 100 == 0 or not name.startswith("made:"):
            seconds = time.monotonic() - began
            sys.stderr.write(f"{seconds:7.1f} s  {done} of {total}  {name}\n")
            sys.stderr.flush()

    yield advance


def _commit() -> str:
    import pyggcr

    done = subprocess.run(
        ["git", "rev-parse", "--short=7", "HEAD"],
        cwd=Path(pyggcr.__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
