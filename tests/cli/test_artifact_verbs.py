"""``artifact``, ``referrers`` and ``copy --referrers --digest-tags`` on the command line."""

from __future__ import annotations

import json

import pytest
from support.command_runner import CliRunner

from pyggcr import crane, random
from pyggcr.cli import app as program


@pytest.fixture
def run(engine, monkeypatch, tmp_path):
    """``run(…)``: what a command prints."""
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    (work / "sbom.json").write_text('{"spdxVersion": "SPDX-2.3"}')

    def run(*arguments, exit_code=0):
        result = CliRunner().invoke(program, [str(it) for it in arguments])
        assert result.exit_code == exit_code, result.output
        return result.output if exit_code else result.stdout

    return run


@pytest.fixture
def path(real_registry, repository):
    path = f"{real_registry.host}/{repository}"
    crane.push(random.image(100, 1, source=1), f"{path}:1")
    return path


SBOM = "sbom.json:application/spdx+json"


def test_push_prints_the_reference_and_pull_the_paths(run, path, tmp_path):
    (tmp_path / "work" / "site").mkdir()
    (tmp_path / "work" / "site" / "index.html").write_text("<p>")
    pushed = run("artifact", "push", f"{path}:files", SBOM, "site", "-a", "a=b=c").strip()
    assert pushed == f"{path}@{crane.digest(f'{path}:files')}"
    manifest = json.loads(crane.manifest(pushed))
    assert manifest["artifactType"] == "application/vnd.unknown.artifact.v1"
    assert manifest["annotations"] == {"a": "b=c"}
    assert manifest["layers"][0]["mediaType"] == "application/spdx+json"
    printed = run("artifact", "pull", f"{path}:files", "-o", "out")
    assert printed.splitlines() == ["out/sbom.json", "out/site"]
    assert (tmp_path / "work" / "out" / "site" / "index.html").read_text() == "<p>"
    text = run("artifact", "pull", f"{path}:files", "-o", "out", "--keep-old-files", exit_code=2)
    assert "file exists" in text


def test_documents_of_push_and_pull(run, path):
    pushed = json.loads(run("artifact", "push", "--json", f"{path}:f", SBOM))
    assert pushed["digest"] == crane.digest(f"{path}:f")
    pulled = json.loads(run("artifact", "pull", "--json", f"{path}:f", "-o", "out"))
    assert pulled == {
        "artifact": f"{path}:f",
        "reference": pushed["reference"],
        "files": ["out/sbom.json"],
        "skipped": [],
    }


def test_layers_without_a_title_are_told(run, path):
    result = CliRunner().invoke(program, ["artifact", "pull", f"{path}:1"])
    assert result.exit_code == 0
    assert "has no title, so it is left out" in result.stderr


def test_what_is_attached_is_listed(run, path):
    one = run("artifact", "attach", f"{path}:1", SBOM, "--artifact-type", "application/spdx+json")
    two = run("artifact", "attach", f"{path}:1", "--artifact-type", "text/x-note", "-a", "a=b")
    of_one = run("artifact", "attach", one.strip(), "sbom.json", "--artifact-type", "text/x-sig")
    digests = [it.strip().rpartition("@")[2] for it in (one, two, of_one)]
    lines = run("referrers", f"{path}:1").splitlines()
    assert lines[0].split() == ["ARTIFACT", "TYPE", "DIGEST"]
    assert sorted(lines[1:]) == [
        f"application/spdx+json  {digests[0]}",
        f"text/x-note            {digests[1]}",
    ]
    filtered = json.loads(run("referrers", f"{path}:1", "--artifact-type", "text/x-note", "--json"))
    (found,) = filtered["referrers"]
    assert found["digest"] == digests[1]
    assert found["subject"] == crane.digest(f"{path}:1")
    assert found["annotations"] == {"a": "b"}
    assert len(json.loads(run("referrers", f"{path}:1", "--recursive", "--json"))["referrers"]) == 3
    listed = json.loads(run("artifact", "list", f"{path}:1", "--json"))["attached"]
    assert {it["digest"]: it["files"] for it in listed} == {
        digests[0]: ["sbom.json"],
        digests[1]: [],
        digests[2]: ["sbom.json"],
    }
    assert digests[2] in run("artifact", "list", f"{path}:1")


def test_nothing_attached_prints_nothing(run, path):
    assert run("referrers", f"{path}:1") == ""
    assert run("artifact", "list", f"{path}:1") == ""


def test_copy_takes_what_is_attached_along(run, path):
    run("artifact", "attach", f"{path}:1", SBOM, "--artifact-type", "application/spdx+json")
    tag = f"{crane.digest(f'{path}:1').replace(':', '-')}.sig"
    crane.push(random.image(100, 1, source=2), f"{path}:{tag}")
    run("copy", f"{path}:1", f"{path}/plain:1")
    assert run("artifact", "list", f"{path}/plain:1") == ""
    run("copy", "--referrers", "--digest-tags", f"{path}:1", f"{path}/copy:1")
    listed = json.loads(run("artifact", "list", f"{path}/copy:1", "--json"))["attached"]
    assert sorted(it["tag"] for it in listed) == ["", tag]
    run("copy", "--all-tags", "--referrers", path, f"{path}/all")
    listed = json.loads(run("artifact", "list", f"{path}/all:1", "--json"))["attached"]
    assert sorted(it["tag"] for it in listed) == ["", tag]


def test_attach_wants_a_type(run, path):
    assert "--artifact-type" in run("artifact", "attach", f"{path}:1", SBOM, exit_code=2)
