"""``inspect`` of artifacts, and of images that something is attested of."""

from __future__ import annotations

import json

import pytest

from pyggcr import artifact, crane, layout, random, registry, remote
from tests.artifact.test_facts import PROVENANCE, SPDX, attested


@pytest.fixture(scope="module")
def host():
    with registry.serve(engine="python") as server:
        yield server.host


def test_an_artifact_is_shown_as_one(host, repository, run):
    path = f"{host}/{repository}"
    crane.push(random.image(100, 1, source=1), f"{path}:1")
    note = artifact.File("note.txt", "text/plain", content=b"note")
    pushed = artifact.attach(
        f"{path}:1", [note], artifact_type="text/x-note", annotations={"by": "ann"}
    )
    told = json.loads(run("inspect", f"docker://{pushed}", "--json").stdout)
    assert told["artifact_type"] == "text/x-note"
    assert told["subject"] == crane.digest(f"{path}:1")
    assert told["annotations"] == {"by": "ann"}
    (file,) = told["files"]
    assert (file["title"], file["size"], file["media_type"]) == ("note.txt", 4, "text/plain")
    assert "created" not in told
    lines = run("inspect", f"docker://{pushed}").stdout.splitlines()
    assert "artifact_type  text/x-note" in lines
    assert lines[-1].split()[0] == "note.txt"


def test_attestations_are_named_beside_the_image(host, repository, run, tmp_path):
    image = random.image(100, 1, source=1)
    index = attested(image, PROVENANCE, SPDX)
    remote.write_index(f"{host}/{repository}:1", index)
    layout.write(tmp_path / "layout", index)
    attestation = str(index.index_manifest().manifests[1].digest)
    for place in (f"docker://{host}/{repository}:1", f"oci:{tmp_path}/layout"):
        told = json.loads(run("inspect", place, "--json").stdout)
        assert told["digest"] == str(image.digest())
        assert told["attestations"] == [
            {"digest": attestation, "predicate_types": [PROVENANCE, SPDX]}
        ]
        assert f"{attestation} {PROVENANCE} {SPDX}" in run("inspect", place).stdout


def test_an_attestation_is_shown_as_one(host, repository, run):
    index = attested(random.image(100, 1, source=1), PROVENANCE)
    remote.write_index(f"{host}/{repository}:1", index)
    attestation = index.index_manifest().manifests[1].digest
    told = json.loads(
        run("inspect", f"docker://{host}/{repository}@{attestation}", "--json").stdout
    )
    assert told["artifact_type"] == "application/vnd.in-toto+json"
    assert told["predicate_types"] == [PROVENANCE]
