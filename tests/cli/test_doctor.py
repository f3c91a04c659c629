"""``pyggcr doctor``: what people read, what programs read, and exit codes."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console
from support.command_runner import Result
from support.executables import LIBRARY, executable
from support.fake_engine import RECORDED, FakeEngine

from pyggcr.doctor import diagnose

Run = Callable[..., Result]

SAVED_BY_ID = "25.0.2/app-id.tar"
CLEAN = "28.5.2-containerd-store/app-tag.tar"


def test_people_read_what_is_wrong_who_fails_and_what_to_do(run: Run, docker: Path) -> None:
    result = run("doctor", docker / SAVED_BY_ID)

    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout.splitlines()[:9] == [
        str(docker / SAVED_BY_ID),
        (
            "  warning  PYG001 layer-sources-uncompressed  "
            "(5b1aa4ba910e, layers 0 to 3, manifest.json)"
        ),
        "    what    LayerSources lists 4 of 4 layers, uncompressed.",
        "    fails   go-containerregistry (< 0.19): validating layers: unknown blob sha256:…",
        (
            "    remedy  Use go-containerregistry (crane) 0.19 or later; "
            "or run pyggcr repair IN OUT, which writes an archive that every tool reads."
        ),
        "  error    PYG002 index-manifests-null  (index.json)",
        "    what    index.json has no manifests.",
        "    fails   Docker's containerd image store (>= 28, < 30): loads nothing",
        "    fails   skopeo, oci-archive (1.9.3): more than one image in oci, choose an image",
    ]
    assert result.stdout.splitlines()[-1] == "1 archive: 1 error, 1 warning, 1 info"


def test_a_clean_archive_is_exit_code_0(run: Run, docker: Path) -> None:
    result = run("doctor", docker / CLEAN)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        str(docker / CLEAN),
        "  nothing found",
        "1 archive: nothing found",
    ]


def test_an_unreadable_archive_is_exit_code_2_and_the_others_are_told(
    run: Run, docker: Path, tmp_path: Path
) -> None:
    garbage = tmp_path / "garbage.tar"
    garbage.write_bytes(b"garbage" * 1000)

    result = run("doctor", garbage, docker / CLEAN, tmp_path / "missing.tar")

    assert result.exit_code == 2
    name, reason, *others = result.stdout.splitlines()
    assert name == str(garbage)
    assert reason.startswith(f'  unreadable  {garbage} is text ("garbagegarbage')
    assert others == [
        str(docker / CLEAN),
        "  nothing found",
        str(tmp_path / "missing.tar"),
        f"  unreadable  open {tmp_path / 'missing.tar'}: no such file or directory",
        "3 archives: 2 unreadable",
    ]


@pytest.mark.parametrize(
    ("options", "exit_code"),
    [
        ((), 1),
        (("--fail-on", "info"), 1),
        (("--fail-on", "error"), 0),
        (("--for", "go-containerregistry=0.18"), 1),
        (("--for", "crane=0.18.0", "--fail-on", "error"), 1),
        (("--for", "ggcr=0.19"), 0),
        (("--for", "ggcr=0.19", "--fail-on", "info"), 1),
    ],
)
def test_which_findings_count(run: Run, docker: Path, options: tuple, exit_code: int) -> None:
    assert run("doctor", docker / "28.5.2/app-tag.tar", *options).exit_code == exit_code


@pytest.mark.parametrize(
    ("tool", "complaint"),
    [
        ("skopeo=1.9.3", "--for: there is no tool 'skopeo' in the table; "),
        ("trivvy=0.48.3", "--for: there is no tool 'trivvy' in the table; did you mean trivy?"),
        ("crane=", "--for: crane: '' is not a version such as 0.18.0"),
        ("crane=new", "--for: crane: 'new' is not a version such as 0.18.0"),
    ],
)
def test_a_tool_of_which_nothing_is_known_is_a_wrong_usage(
    run: Run, docker: Path, tool: str, complaint: str
) -> None:
    result = run("doctor", docker / CLEAN, "--for", tool)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"pyggcr: {complaint}")
    assert result.stderr.endswith(" (see 'pyggcr doctor --help')\n")
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_json_is_the_report(run: Run, docker: Path) -> None:
    result = run("doctor", docker / SAVED_BY_ID, "--json", "--digests")

    document = json.loads(result.stdout)
    assert document == json.loads(
        json.dumps(diagnose(docker / SAVED_BY_ID, digests=True).to_json())
    )
    assert result.exit_code == document["exit_code"] == 1


def test_documents_go_to_files_and_people_read_on(run: Run, docker: Path, tmp_path: Path) -> None:
    sarif, junit = tmp_path / "report.sarif", tmp_path / "report.xml"

    result = run("doctor", docker / SAVED_BY_ID, "--sarif", sarif, "--junit", junit)

    assert json.loads(sarif.read_text())["version"] == "2.1.0"
    assert ET.parse(junit).getroot().get("failures") == "2"
    assert "PYG002" in result.stdout
    assert result.exit_code == 1


@pytest.mark.parametrize("option", ["--sarif", "--junit"])
def test_a_document_on_standard_output_is_alone_there(run: Run, docker: Path, option: str) -> None:
    result = run("doctor", docker / SAVED_BY_ID, option, "-")

    if option == "--sarif":
        assert json.loads(result.stdout)["version"] == "2.1.0"
    else:
        assert ET.fromstring(result.stdout).tag == "testsuites"


def test_two_documents_do_not_fit_on_standard_output(run: Run, docker: Path) -> None:
    result = run("doctor", docker / CLEAN, "--json", "--sarif", "-")

    assert result.exit_code == 2
    assert "only one document fits on standard output" in result.stderr


def test_a_file_that_cannot_be_written_is_one_line_and_the_report_is_not_lost(
    run: Run, docker: Path, tmp_path: Path
) -> None:
    target = tmp_path / "no/such/folder.sarif"
    result = run("doctor", docker / CLEAN, "--sarif", target)

    assert result.exit_code == 2
    assert result.stderr == f"pyggcr: write {target}: No such file or directory\n"
    assert result.stdout.endswith("1 archive: nothing found\n")


@pytest.mark.parametrize("option", ["--sarif", "--junit"])
def test_an_interrupted_run_leaves_the_file_that_was_there(
    run: Run, docker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    target = tmp_path / "report"
    target.write_text("an earlier report")
    pwrite = os.pwrite

    def half(descriptor: int, data: memoryview, position: int) -> int:
        pwrite(descriptor, data[: len(data) // 2], position)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "pwrite", half)
    result = run("doctor", docker / CLEAN, option, target)

    assert result.exit_code != 0
    assert target.read_text() == "an earlier report"
    assert list(tmp_path.iterdir()) == [target]


def test_what_cannot_be_read_is_no_wrong_usage(run: Run, docker: Path, monkeypatch) -> None:
    # Root may read everything, and these tests may run as root.
    monkeypatch.setattr(os, "access", lambda *_arguments, **_options: False)
    assert run("doctor", docker / CLEAN).exit_code == 0


def test_deep_looks_into_layers(run: Run, tmp_path: Path) -> None:
    from support.ailing import AILING

    path = tmp_path / "archive.tar"
    path.write_bytes(AILING["PYG011"]["gzip"]())

    assert "PYG011" not in run("doctor", path).stdout
    assert "PYG011" in run("doctor", path, "--deep").stdout


def test_a_timeout_ends_the_work(run: Run, docker: Path) -> None:
    result = run("doctor", docker, "--deep", "--timeout", "1e-6")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "deadline exceeded" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_names_from_an_archive_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    from support.ailing import linked

    from pyggcr.differential.generate.archives import member

    path = tmp_path / "archive.tar"
    path.write_bytes(linked("x", member("x", b""), member("../\x1b[31m", b"")))

    result = run("doctor", path)

    assert "../\\x1b[31m" in result.stdout
    assert "\x1b" not in result.stdout


def drawn(path: Path, width: int) -> str:
    """The report as it is drawn on a terminal."""
    from pyggcr.cli.doctor_terminal import draw_report

    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    draw_report(diagnose(path, digests=True), console)
    return console.file.getvalue()


def test_on_a_terminal_digests_stay_whole(docker: Path) -> None:
    found = diagnose(docker / SAVED_BY_ID, digests=True).findings[-1]

    text = drawn(docker / SAVED_BY_ID, 90)

    assert all(digest in text for _, digest in found.details)
    assert "PYG001 layer-sources-uncompressed" in text


def test_on_a_terminal_a_clean_and_an_unreadable_archive_are_told(
    docker: Path, tmp_path: Path
) -> None:
    assert "nothing found" in drawn(docker / CLEAN, 90)
    assert "unreadable  open" in drawn(tmp_path / "missing.tar", 200)


def on_a_terminal(*arguments: str | Path, columns: int = 120) -> tuple[int, str]:
    """Exit code and output of the command with a terminal for both outputs."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "pyggcr", "doctor", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    pieces = []
    try:
        while piece := os.read(ours, 1 << 16):
            pieces.append(piece)
    except OSError:  # what Linux says when the other side is closed
        pass
    os.close(ours)
    return process.wait(timeout=120), b"".join(pieces).decode()


def test_a_terminal_shows_colours(docker: Path) -> None:
    exit_code, shown = on_a_terminal(docker / "25.0.2")

    assert exit_code == 1
    assert "\x1b[1;33mwarning" in shown
    assert "PYG001 layer-sources-uncompressed" in shown


def test_documents_on_a_terminal_have_no_colours(docker: Path) -> None:
    exit_code, shown = on_a_terminal(docker / SAVED_BY_ID, "--json")

    assert exit_code == 1
    assert json.loads(shown[shown.index("{") : shown.rindex("}") + 1])["status"] == "findings"


def test_an_engine_is_judged_for_people(run: Run, tmp_path: Path, monkeypatch) -> None:
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "s") as fake:
        monkeypatch.setenv("DOCKER_HOST", fake.host)
        result = run("doctor", "--engine-check")

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[:5] == [
        "engine  Docker 25.0.2, API 1.44",
        "images  graph driver, overlay2",
        (
            "writes  plain layers, listed in LayerSources of manifest.json, "
            "and an OCI layout around them"
        ),
        fake.host,
        "  error    PYG020 engine-affected",
    ]
    assert (
        "    remedy  Upgrade to Docker 25.0.3 or later, use the containerd image store, "
        "or stay on 24.0.7."
    ) in lines
    assert (
        "    fails   go-containerregistry (< 0.19): validating layers: unknown blob sha256:…"
        in lines
    )
    assert lines[-1] == "1 engine: 1 error, 1 warning"


@pytest.mark.parametrize(
    ("engine", "options", "code"),
    [
        ("24.0.7", [], 0),
        ("24.0.7", ["--min-engine", "25.0.3"], 1),
        ("25.0.2", [], 1),
        ("25.0.2", ["--for", "crane=0.22"], 0),
        ("28.5.2", [], 1),
        ("28.5.2", ["--for", "crane=0.19"], 0),
        ("28.5.2", ["--fail-on", "error"], 0),
        ("28.5.2", ["--fail-on", "error", "--min-engine", "28.5.2"], 0),
        ("28.5.2", ["--fail-on", "error", "--min-engine", "29"], 1),
        ("28.5.2-containerd-store", [], 0),
        ("28.5.2-containerd-store", ["--fail-on", "info"], 1),
    ],
)
def test_the_exit_code_tells_of_an_engine(
    run: Run, tmp_path: Path, monkeypatch, engine: str, options: list[str], code: int
) -> None:
    with FakeEngine(RECORDED[engine], unix=tmp_path / "s") as fake:
        monkeypatch.setenv("DOCKER_HOST", fake.host)
        assert run("doctor", "--engine-check", *options).exit_code == code


def test_an_engine_is_judged_for_programs(run: Run, tmp_path: Path, monkeypatch) -> None:
    with FakeEngine(RECORDED["28.5.2"], unix=tmp_path / "s") as fake:
        monkeypatch.setenv("DOCKER_HOST", fake.host)
        result = run("doctor", "--engine-check", "--json", "--min-engine", "29")
        sarif = run("doctor", "--engine-check", "--sarif", "-")
        junit = run("doctor", "--engine-check", "--junit", "-")

    document = json.loads(result.stdout)
    assert document["engine"] == {
        "engine_version": "28.5.2",
        "api_version": "1.51",
        "storage_driver": "overlay2",
        "containerd_store": False,
        "operating_system": "linux",
        "architecture": "amd64",
        "product": "Docker Engine",
    }
    assert (document["status"], document["exit_code"], result.exit_code) == ("findings", 1, 1)
    assert (document["host"], document["min_engine"]) == (fake.host, "29")
    assert [found["code"] for found in document["findings"]] == ["PYG021", "PYG023"]
    assert [it["ruleId"] for it in json.loads(sarif.stdout)["runs"][0]["results"]] == ["PYG021"]
    assert ET.fromstring(junit.stdout).get("failures") == "1"


def test_an_engine_that_cannot_be_asked_is_exit_code_2(
    run: Run, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    result = run("doctor", "--engine-check")

    assert result.exit_code == 2
    assert result.stdout.splitlines()[1].startswith("  unreadable  failed to connect")
    assert result.stdout.splitlines()[-1] == "1 engine: 1 unreadable"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "Missing argument 'TARGET...', or --engine-check."),
        (["--engine-check", "a.tar"], "--engine-check takes no targets, nor options for them."),
        (["--engine-check", "--deep"], "--engine-check takes no targets, nor options for them."),
        (["--engine-check", "--digests"], "--engine-check takes no targets, nor options for them."),
        (["--min-engine", "25", "a.tar"], "--min-engine is for --engine-check."),
        (["--engine-check", "--min-engine", "new"], "'new' is not a version such as"),
        (["--daemon"], "Missing argument 'TARGET...'"),
    ],
)
def test_what_does_not_fit_an_engine_is_wrong_usage(run: Run, arguments, text) -> None:
    result = run("doctor", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert text in result.stderr


@pytest.mark.parametrize("arguments", [["--daemon", "app:1"], ["docker-daemon:app:1"]])
def test_an_image_of_an_engine_is_looked_at(
    run: Run, tmp_path: Path, monkeypatch, arguments: list[str]
) -> None:
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "s") as fake:
        monkeypatch.setenv("DOCKER_HOST", fake.host)
        result = run("doctor", *arguments, "--deep", "--json")
        missing = run("doctor", "--daemon", "nope:1")

    (checkup,) = json.loads(result.stdout)["archives"]
    assert (result.exit_code, checkup["path"]) == (1, "docker-daemon:app:1")
    assert [found["code"] for found in checkup["findings"]] == ["PYG001", "PYG008"]
    assert missing.exit_code == 2
    assert "reference does not exist" in missing.stdout


def test_places_on_disk_are_looked_at(run: Run, docker: Path) -> None:
    result = run("doctor", f"docker-archive:{docker / CLEAN}", f"oci-archive:{docker / CLEAN}:1")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "2 archives: nothing found")
    refused = run("doctor", "https://registry.example.com/app:1", "dir:x", "sif:x")
    assert refused.exit_code == 2
    assert "is a URL, not an image reference" in refused.stdout
    assert "open x: no such file or directory" in refused.stdout
    assert 'the transport "sif:" is not supported' in refused.stdout


def test_tools_that_fail_are_named_with_their_text_and_the_version_that_works(
    run: Run, docker: Path
) -> None:
    tools = ("--for", "trivy=0.48.3", "--for", "kaniko=1.20.0")
    result = run("doctor", docker / "25.0.2/app-tag.tar", *tools)

    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert lines[:2] == [
        "for     trivy 0.48.3, with go-containerregistry 0.17.0",
        "for     kaniko 1.20.0, with go-containerregistry 0.17.0",
    ]
    fails = "with go-containerregistry 0.17.0: validating layers: unknown blob sha256:…"
    cure = "(go-containerregistry 0.19.0)"
    assert lines[5:7] == [
        f"    fails   trivy 0.48.3, {fails}; trivy works from 0.49.1 on {cure}",
        f"    fails   kaniko 1.20.0, {fails}; kaniko works from 1.20.1 on {cure}",
    ]


def test_the_newest_tools_fail_on_nothing(run: Run, docker: Path) -> None:
    result = run("doctor", docker / "25.0.2/app-tag.tar", "--for", "trivy", "--for", "kaniko")
    assert result.exit_code == 0
    assert "unknown blob" in result.stdout  # of old versions of the library
    assert "; trivy works" not in result.stdout


def test_tools_are_read_from_a_file(run: Run, docker: Path, tmp_path: Path) -> None:
    listed = tmp_path / "tools.txt"
    listed.write_text("# tools of CI\ntrivy=0.48.3\n")
    result = run("doctor", docker / "25.0.2/app-tag.tar", "--json", "--for", f"@{listed}")
    document = json.loads(result.stdout)
    assert [(it["tool"], it["version"]) for it in document["tools"]] == [("trivy", "0.48.3")]

    listed.write_text("trivy=0.48.3\ntrivy=0.0\n")
    result = run("doctor", docker / CLEAN, "--for", f"@{listed}")
    assert result.exit_code == 2
    assert f"--for: {listed}, line 2: the table of" in result.stderr


def test_an_executable_tells_its_library_and_a_module_file_a_lower_bound(
    run: Run, docker: Path, tmp_path: Path
) -> None:
    program, module_file = tmp_path / "trivy", tmp_path / "go.mod"
    program.write_bytes(executable())
    module_file.write_text(f"module a\n\ngo 1.21\n\nrequire {LIBRARY} v0.18.0\n")

    result = run("doctor", docker / "25.0.2/app-tag.tar", "--for", program, "--for", module_file)

    lines = result.stdout.splitlines()
    assert lines[:3] == [
        f"for     trivy 0.48.3 ({program}), with go-containerregistry 0.17.0",
        f"for     a ({module_file}), with go-containerregistry 0.18.0",
        "        Its go line, 1.21, is a lower bound for the Go that builds it.",
    ]
    assert f"fails   a ({module_file}), with go-containerregistry 0.18.0: " in lines[7]
    assert lines[7].endswith("; go-containerregistry works from 0.19.0 on")
