"""``pyggcr bench``: a table or JSON of what was measured; bars only on a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from support import terminals
from support.command_runner import Result

from pyggcr import bench
from pyggcr.bench import Job, Way

Run = Callable[..., Result]

WAYS = (Way("slow", 1_000_000, lambda _size: "same"), Way("fast", 2_000_000, lambda _size: "same"))


@pytest.fixture
def one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is done at once, instead of those that take seconds."""

    @contextlib.contextmanager
    def jobs() -> Iterator[list[Job]]:
        yield [Job("something", WAYS)]

    monkeypatch.setattr(bench, "jobs", jobs)
    monkeypatch.setattr("pyggcr.cli.bench._QUICK_SECONDS", 0.01)


@pytest.mark.usefixtures("one_job")
class TestOutput:
    def test_people_see_a_line_for_each_way(self, run: Run) -> None:
        header, slow, fast = run("bench", "--quick").stdout.splitlines()

        assert header.split()[:4] == ["job", "way", "MB/s", "ratio"]
        assert slow.split()[:2] == ["something", "slow"]
        assert fast.split()[:2] == ["something", "fast"]
        assert fast.split()[-1] == "slow"

    def test_json_has_every_run(self, run: Run) -> None:
        document = json.loads(run("bench", "--quick", "--json").stdout)

        slow, fast = document["results"]
        assert (slow["way"], slow["beside"], slow["ratios"]) == ("slow", None, [])
        assert (fast["way"], fast["beside"], fast["bytes"]) == ("fast", "slow", 2_000_000)
        assert len(fast["seconds"]) == len(slow["seconds"]) == len(fast["ratios"])
        assert [each["name"] for each in document["engines"]] == ["go", "python"]

    def test_in_a_pipe_nothing_moves(self, run: Run) -> None:
        assert run("bench", "--quick").stderr == ""


def test_a_terminal_is_told_how_far_it_has_come(tmp_path) -> None:
    with terminals.running("bench", "--quick", width=80, folder=tmp_path, PYGGCR_TEST="") as bench:
        bench.wait_for(r"measuring .* \d+/\d+ +\d+%  \w+")
        bench.send(signal.SIGINT)
        ran = bench.end()

    assert ran.code == 130
    assert ran.screen == [""]


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_ctrl_c_ends_it_quietly_and_leaves_nothing_behind(tmp_path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pyggcr", "bench"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("*/archive.tar")):
        assert time.monotonic() < deadline
        time.sleep(0.01)

    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=120)

    assert (process.returncode, output) == (130, (b"", b""))
    assert list(tmp_path.iterdir()) == []
