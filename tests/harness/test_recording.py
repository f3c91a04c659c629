"""The recording of answers finds what has changed, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.recording import running, storing
from support.recording.normalising import normal, normal_bytes, normal_log, renamed

HEAD = {"commit": "0000000", "environment": {}}
OLD = {
    "case": {"one": {"digest": "a", "size": 1}, "two": {"open": {"error": "x", "class": "Error"}}}
}


@pytest.fixture(params=["whole", "compact"])
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> storing.Recording:
    """``OLD``, written to a file of each form and read again."""
    if request.param == "whole":
        storing.write(tmp_path / "recorded.jsonl", storing.Recording(HEAD, OLD))
        return storing.read(tmp_path / "recorded.jsonl")
    storing.write_compact(tmp_path / "recorded.json.gz", storing.Recording(HEAD, OLD))
    return storing.read(tmp_path / "recorded.json.gz")


def changed(recording: storing.Recording, **groups: object) -> list[str]:
    """The keys of the differences between the recording and ``OLD`` with other groups."""
    now = {**OLD["case"], **groups}
    now = {group: answers for group, answers in now.items() if answers is not None}
    return [each.key for each in storing.compare_case("case", recording.cases["case"], now)]


def test_equal_answers_are_no_difference(recording: storing.Recording) -> None:
    assert recording.head == HEAD
    assert changed(recording) == []


def test_another_answer_is_a_difference(recording: storing.Recording) -> None:
    (key,) = changed(recording, one={"digest": "b", "size": 1})

    assert key.startswith("case/one")


def test_a_missing_answer_is_a_difference(recording: storing.Recording) -> None:
    assert len(changed(recording, two=None)) == 1


def test_another_class_of_error_is_a_difference(recording: storing.Recording) -> None:
    assert len(changed(recording, two={"open": {"error": "x", "class": "ArchiveError"}})) == 1


def test_a_whole_recording_names_the_answer() -> None:
    (difference,) = storing.compare_case(
        "case", OLD["case"], {**OLD["case"], "one": {"digest": "a"}}
    )

    assert difference == storing.Difference("case/one/size", "1", "(no answer)")


@pytest.fixture
def accept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """``accept(keys=…, reason=…)``: the only entry of accepted.json."""

    def accept(**entry: str) -> None:
        accepted = tmp_path / "accepted.json"
        accepted.write_text(json.dumps([entry]))
        monkeypatch.setattr(storing, "ACCEPTED", accepted)

    return accept


def test_an_accepted_difference_is_counted_by_its_reason(accept) -> None:
    accept(keys="^case/one", reason="on purpose")
    comparison = storing.Comparison()

    comparison.add("case", OLD["case"], {"one": {"digest": "b", "size": 1}, "two": {}})

    assert comparison.accepted == {"on purpose": 1}
    assert [each.key for each in comparison.differences] == ["case/two/open"]


def test_a_difference_is_accepted_only_with_the_answer_that_is_named(
    accept, recording: storing.Recording
) -> None:
    accept(keys="^case/one", reason="on purpose", now="^b$")

    assert changed(recording, one={"digest": "b", "size": 1}) == []
    if isinstance(recording.cases["case"]["one"], dict):
        assert changed(recording, one={"digest": "c", "size": 1}) == ["case/one/digest"]


def test_accepted_differences_have_reasons_and_patterns() -> None:
    entries = json.loads(storing.ACCEPTED.read_text())

    assert all({"keys", "reason"} <= set(entry) <= {"keys", "reason", "now"} for entry in entries)
    assert all(all(entry.values()) for entry in entries)


def test_ports_and_addresses_are_no_answer() -> None:
    text = "GET http://127.0.0.1:41234/v2/: <Image at 0x7f0012345678>"

    assert normal({"a": [text]}) == {"a": ["GET http://127.0.0.1:PORT0/v2/: <Image at 0xADDRESS>"]}
    assert normal_bytes(b'["localhost:41234/a:1"]') == b'["localhost:PORT0/a:1"]'


def test_the_lines_of_a_log_have_no_order_and_no_times() -> None:
    log = "2026/11/29 09:00:00 <-- 200 b (12.5 ms)\n2026/11/29 09:00:01 --> a\nX: 1\nX: 1\n"

    assert normal_log(log) == ["(time) --> a", "(time) <-- 200 b ((duration))", "X: 1"]


def test_the_longest_path_is_renamed_first() -> None:
    assert renamed("/a/b/c /a/b", {"/a/b": "(x)", "/a/b/c": "(y)"}) == "(y) (x)"


def test_a_worker_that_dies_is_an_answer() -> None:
    answers = dict(running.run(["nosuch:case", "value:nosuch", "names"], None, 1))

    assert [list(answers[name]) for name in ("nosuch:case", "value:nosuch")] == [["crash"]] * 2
    assert "errors" in answers["names"]
