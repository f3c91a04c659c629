"""The tables of go-containerregistry's tests of pkg/v1/google, on both engines."""

from __future__ import annotations

import json

import pytest
from support.fake_server import Answer, FakeServer
from support.upstream_tables import rows

from pyggcr import errors, google, v1

pytestmark = pytest.mark.usefixtures("kept_for_tracing")


def at(milliseconds: int) -> v1.Time:
    return v1.Time(0, milliseconds * 1_000_000, 0)


def manifest(size, media_type, created, uploaded, tags) -> google.ManifestInfo:
    return google.ManifestInfo(size, media_type, at(created), at(uploaded), tags)


@pytest.mark.parametrize("row", rows("google", "TestList"))
def test_listing(engine, row):
    with FakeServer(lambda _: Answer(200, row["body"].encode())) as server:
        if row.get("error"):
            with pytest.raises(errors.JSONError):
                google.list(f"{server.host}/ubuntu", engine=engine)
            return
        found = google.list(f"{server.host}/ubuntu", user_agent="sentinel", engine=engine)
        assert all("sentinel" in asked.headers["user-agent"] for asked in server.asked)
    assert (found.tags, found.children) == (row["tags"], row["children"])
    if row["manifests"] is None:
        assert not found.manifests
    else:
        expected = {digest: manifest(*it) for digest, it in row["manifests"].items()}
        assert found.manifests.keys() == expected.keys()
        for digest, info in found.manifests.items():
            assert info.to_json() == expected[digest].to_json()


@pytest.mark.parametrize("row", rows("google", "TestWalk"))
def test_walking(engine, row):
    seen = []

    def answer(asked):
        return Answer(200, row["bodies"].get(asked.path.partition("?")[0], "{}").encode())

    with FakeServer(answer) as server:
        google.walk(
            f"{server.host}/ubuntu",
            lambda _, tags, error: seen.append((tags and tags.tags, error)),
            engine=engine,
        )
    assert seen == [(tags, None) for tags in row["tags"]]


@pytest.mark.parametrize("row", rows("google", "TestRoundtrip"))
def test_what_is_read_is_written_as_it_was(engine, row):
    raw = json.dumps(row, separators=(",", ":"))
    with FakeServer(lambda _: Answer(200, f'{{"manifest":{{"a":{raw}}}}}'.encode())) as server:
        found = google.list(f"{server.host}/ubuntu", engine=engine)
    assert found.manifests["a"].to_json().decode() == raw
