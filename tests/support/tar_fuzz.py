"""Archives written by Go's archive/tar and by ours, step by step, of headers made from a seed.

    PYTHONPATH=tests python -m support.tar_fuzz --headers 20000 --seed 1

compares them and shows what differs; it needs Go, and Go's module proxy for ``--toolchain
go1.27.3``. ``--record FILE`` writes small sessions with Go's answers, for where there is no Go. The
suite compares 2,000 headers with Go, and all that are recorded.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyggcr._gostd.strconv import quote
from pyggcr._gostd.tar import Header
from pyggcr._gostd.tar.header import Time
from pyggcr._gostd.tar.writer import Writer
from pyggcr.errors import Error
from support.go_programs import ask, build
from support.tar_sessions import FIELD_KEYS, Session, encoded, sessions

PROGRAM = "tarwriter"

# What main.go writes for a session: {"Errors": [...], "Lengths": [...], "Archive": ...}.
Answer = dict[str, Any]

_SHOWN = 5  # differences to show
_SMALL = 2500  # characters of a session to record

_INVALID_RECORD = "archive/tar: cannot encode header: invalid PAX record: "
_STRING_KEYS = ("path", "linkpath", "uname", "gname")


def _text_of(told: str) -> str:
    return base64.b64decode(told).decode("utf-8", "surrogateescape")


class Sink(io.BytesIO):
    """Takes so many bytes, and fails at the next one."""

    def __init__(self, limit: int | None) -> None:
        super().__init__()
        self.limit = limit

    def write(self, data: Any) -> int:
        if self.limit is not None and self.tell() + len(data) > self.limit:
            super().write(data[: self.limit - self.tell()])
            raise Error("the sink is full")
        return super().write(data)


def run(session: Session) -> Answer:
    """What our writer makes of a session."""
    sink = Sink(session["Limit"])
    writer = Writer(sink)
    errors, lengths = [], []
    for step in session["Steps"]:
        try:
            _take(writer, step)
            errors.append("")
        except Error as error:
            errors.append(str(error))
        lengths.append(sink.tell())
    return {"Errors": errors, "Lengths": lengths, "Archive": encoded(sink.getvalue())}


def _take(writer: Writer, step: dict[str, Any]) -> None:
    data = b"x" * step.get("Size", 0)
    if step["Do"] == "header":
        writer.write_header(header_of(step["Header"]))
    elif step["Do"] == "write":
        writer.write(data)
    elif step["Do"] == "copy":
        writer.copy_from(io.BytesIO(data), step.get("Copy"))
    elif step["Do"] == "flush":
        writer.flush()
    else:
        writer.close()


def header_of(told: dict[str, Any]) -> Header:
    """The header of a step as ours."""
    records, xattrs = (
        pairs and {_text_of(key): _text_of(value) for key, value in pairs}
        for pairs in (told["PAXRecords"], told["Xattrs"])
    )
    modified, accessed, changed = (
        None if it is None else Time(*it)
        for it in (told["ModTime"], told["AccessTime"], told["ChangeTime"])
    )
    return Header(
        _text_of(told["Name"]),
        typeflag=chr(told["Typeflag"]),
        linkname=_text_of(told["Linkname"]),
        size=told["Size"],
        mode=told["Mode"],
        uid=told["Uid"],
        gid=told["Gid"],
        uname=_text_of(told["Uname"]),
        gname=_text_of(told["Gname"]),
        mod_time=modified,
        access_time=accessed,
        change_time=changed,
        devmajor=told["Devmajor"],
        devminor=told["Devminor"],
        pax_records=records,
        xattrs=xattrs,
        format=told["Format"],
    )


def is_same(session: Session, ours: Answer, gos: Answer) -> bool:
    """Whether the answers are equal; of several invalid records, Go names any."""
    return (
        ours["Lengths"] == gos["Lengths"]
        and ours["Archive"] == gos["Archive"]
        and all(
            our == go or (our.startswith(_INVALID_RECORD) and go in _invalid_records(step))
            for step, our, go in zip(session["Steps"], ours["Errors"], gos["Errors"], strict=True)
        )
    )


def _invalid_records(step: dict[str, Any]) -> set[str]:
    """Every text that Go may give for a header with invalid records."""
    header = step["Header"]
    pairs = [(key, _text_of(header[FIELD_KEYS[key.encode()]])) for key in _STRING_KEYS]
    pairs += [(_text_of(key), _text_of(value)) for key, value in header["PAXRecords"] or ()]
    pairs += [
        (f"SCHILY.xattr.{_text_of(key)}", _text_of(value)) for key, value in header["Xattrs"] or ()
    ]
    return {
        _INVALID_RECORD + quote(f"{key} = {value}")
        for key, value in pairs
        if not key or "=" in key or "\0" in (value if key in _STRING_KEYS else key)
    }


@contextlib.contextmanager
def time_zone(name: str = "UTC") -> Iterator[None]:
    """A time zone for this process and those that it starts: times in errors are local ones."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def differences(
    program: Path, asked: list[Session], zone: str = "UTC"
) -> list[tuple[Session, Answer, Answer]]:
    """The sessions in which we differ from Go, with our answer and Go's."""
    with time_zone(zone):
        pairs = [(it, run(it), gos) for it, gos in zip(asked, ask(program, asked), strict=True)]
    return [it for it in pairs if not is_same(*it)]


def condensed(answer: Answer) -> Answer:
    """The answer with a digest in place of the archive."""
    digest = hashlib.sha256(base64.b64decode(answer["Archive"])).hexdigest()
    return {**answer, "Archive": digest}


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare our tar writer with Go's.")
    parser.add_argument("--headers", type=int, default=20_000, help="how many (20000)")
    parser.add_argument("--seed", type=int, default=1, help="what they are made from (1)")
    parser.add_argument("--toolchain", default="local", help="release of Go (that on PATH)")
    parser.add_argument("--record", type=Path, help="file for the sessions and Go's answers")
    options = parser.parse_args()
    asked = list(sessions(options.headers, options.seed))
    with tempfile.TemporaryDirectory() as folder:
        program = build(PROGRAM, Path(folder), options.toolchain)
        if options.record:
            _record(options.record, program, asked)
            return 0
        found = differences(program, asked)
    lines = [line for it in found[:_SHOWN] for line in _shown(*it)]
    steps = [step for session in asked for step in session["Steps"]]
    headers = sum(step["Do"] == "header" for step in steps)
    lines.append(
        f"{headers} headers in {len(asked)} sessions of {len(steps)} steps: {len(found)} differ"
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return bool(found)


def _shown(session: Session, ours: Answer, gos: Answer) -> Iterator[str]:
    """The first step that differs, and from where on the archives do."""
    archives = [base64.b64decode(it["Archive"]) for it in (ours, gos)]
    pairs = enumerate(zip(*archives, strict=False))
    start = next((at for at, pair in pairs if len(set(pair)) > 1), min(map(len, archives)))
    for number, step in enumerate(session["Steps"]):
        said = [(it["Errors"][number], it["Lengths"][number]) for it in (ours, gos)]
        if said[0] != said[1] or start < said[0][1]:
            yield f"{json.dumps(step)[:1000]}\n  ours: {said[0]}\n  Go's: {said[1]}"
            break
    yield f"  archives of {len(archives[0])} and {len(archives[1])} bytes, equal up to {start}"


def _record(file: Path, program: Path, asked: list[Session]) -> None:
    small = [it for it in asked if len(json.dumps(it)) < _SMALL]
    with time_zone():
        answers = ask(program, small)
    lines = [
        json.dumps({"Session": session, "Answer": condensed(answer)})
        for session, answer in zip(small, answers, strict=True)
    ]
    file.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
