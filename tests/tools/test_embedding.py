"""Tools by name and version, as executables and as module files: ``pyggcr.tools``."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from support.executables import LIBRARY, executable, skeleton

from pyggcr import tools
from pyggcr.errors import BuildInfoError, FileAccessError, UnsupportedOptionError
from pyggcr.tools.asked import tools_named
from pyggcr.tools.go_mod import parse_go_mod
from pyggcr.tools.known import KNOWN
from pyggcr.tools.module_versions import UNKNOWN, VersionRange, numbers_of, range_of
from pyggcr.tools.table import parse_table

RELEASES = ("0.16.1", "0.17.0", "0.18.0", "0.19.0")

# What was known before there was a table, from the go.mod files themselves.
CHECKED = {
    "trivy=0.48.3": "0.17.0",
    "kaniko=1.20.0": "0.17.0",
    "cosign=2.2.2": "0.17.0",
    "syft=0.99.0": "0.17.0",
    "ko=0.15.1": "0.16.1",
    "skaffold=2.9.0": "0.16.1",
    "tekton=0.55.0": "0.16.1",
    "pack=0.33.0": "0.18.0",
    "stereoscope=0.0.1": "0.14.0",
}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """``write(name, content)``: a file in the working folder."""
    monkeypatch.chdir(tmp_path)

    def make(name: str, content: bytes | str) -> str:
        data = content.encode() if isinstance(content, str) else content
        Path(name).write_bytes(data)
        return f"./{name}"

    return make


# The table.


@pytest.mark.parametrize(("text", "library"), CHECKED.items())
def test_a_release_of_the_table_has_the_library_of_its_go_mod(text, library):
    tool = tools.tool_named(text)
    assert (tool.library, tool.source) == (library, "table")
    assert tool.releases == VersionRange(library, library)


def test_every_tool_has_releases_in_order_and_with_all_facts():
    table = tools.table()
    assert set(table.tools) == {tool.name for tool in KNOWN}
    for releases in table.tools.values():
        versions = [numbers_of(tool.version) for tool in releases]
        assert versions == sorted(set(versions))
        assert all(tool.releases.is_known and tool.date and tool.go_line for tool in releases)
    assert table.date >= "2026-11-29"


def test_a_name_alone_is_the_newest_release_of_the_table():
    assert tools.tool_named("trivy") == tools.table().tools["trivy"][-1]


def test_any_version_of_the_library_can_be_asked_for():
    assert tools.tool_named("crane=0.18") == tools.tool_named("go-containerregistry=v0.18.0")
    newer = tools.tool_named("crane=0.99.1")
    assert (newer.library, newer.source) == ("0.99.1", "version")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("trivi=0.48.3", "there is no tool 'trivi' in the table; did you mean trivy?"),
        ("skopeo", "there is no tool 'skopeo' in the table; pyggcr tools lists"),
        ("trivy=0.48.77", "does not have trivy 0.48.77; it has 0.48.2, 0.48.3, "),
        ("trivy=0.48", "does not have trivy 0.48; it has "),
        ("trivy=0.1.0", "does not have trivy 0.1.0; it has 0.30.0, "),
        ("trivy=99.0.0", "does not have trivy 99.0.0; it has "),
        ("trivy=", "trivy: '' is not a version"),
        ("trivy=1.0-rc1", "trivy: '1.0-rc1' is not a version"),
    ],
)
def test_what_the_table_does_not_have_is_never_guessed(text, complaint):
    with pytest.raises(UnsupportedOptionError) as caught:
        tools.tool_named(text)
    assert complaint in str(caught.value)


def test_a_replaced_library_in_the_table_is_of_no_release():
    table = parse_table(
        "# Made on 2026-11-29\n# tool\n"
        "go-containerregistry\t0.17.0\t2023-12-01\t0.17.0\t1.18\t\n"
        "kbld\t0.1.0\t2024-01-01\texample.com/fork@v0.17.0\t1.18\t\n"
    )
    assert table.tools["kbld"][0].releases == UNKNOWN


# Versions of modules.


@pytest.mark.parametrize(
    ("version", "low", "high"),
    [
        ("v0.17.0", "0.17.0", "0.17.0"),
        ("v0.17.1-0.20240101000000-0123456789ab", "0.17.0", "0.18.0"),
        ("v0.19.1-0.20240301000000-0123456789ab", "0.19.0", "0.19.0"),
        ("v0.18.0-rc1", "0.17.0", "0.18.0"),
        ("v0.18.0-rc1.0.20240101000000-0123456789ab", "0.17.0", "0.18.0"),
        ("v0.18.0+incompatible", "0.18.0", "0.18.0"),
        ("v0.18.0+dirty", "", ""),
        ("v0.17.1-0.20240101000000-0123456789ab+dirty", "", ""),
        ("v0.0.0-20240101000000-0123456789ab", "", ""),
        ("v0.1.1-0.20190101000000-0123456789ab", "", ""),
        ("(devel)", "", ""),
        ("", "", ""),
    ],
)
def test_a_commit_is_between_releases(version, low, high):
    assert range_of(version, RELEASES) == VersionRange(low, high)


# Executables.


def test_an_executable_tells_its_library_and_its_go(write):
    tool = tools.tool_named(
        write("trivy", executable(settings="build\tGOARCH=amd64\nbuild\tGOAMD64=v3\n"))
    )

    assert (tool.name, tool.version, tool.library) == ("trivy", "0.48.3", "0.17.0")
    assert (tool.go, tool.goarch, tool.goamd64) == ("go1.21.5", "amd64", "v3")
    assert (tool.source, tool.path) == ("executable", "./trivy")


def test_a_name_of_the_table_goes_before_a_file(write):
    write("trivy", executable(version="v0.1.0"))
    assert tools.tool_named("trivy").source == "table"


def test_a_file_without_a_folder_is_found_if_the_table_has_no_such_name(write):
    write("scanner", executable())
    assert tools.tool_named("scanner").path == "scanner"


def test_a_replaced_library_counts_as_the_replacement(write):
    line = f"dep\t{LIBRARY}\tv0.17.0\n=>\t{LIBRARY}\tv0.19.0\th1:z=\n"
    assert tools.tool_named(write("a", executable(library=line))).library == "0.19.0"

    fork = f"dep\t{LIBRARY}\tv0.17.0\n=>\texample.com/fork\tv0.19.0\th1:z=\n"
    tool = tools.tool_named(write("b", executable(library=fork)))
    assert tool.library == "example.com/fork v0.19.0"
    assert not tool.releases.is_known
    assert "nothing is known" in tool.remark


def test_a_program_of_ones_own_is_called_after_its_package(write):
    data = executable("example.com/app", "(devel)", package="example.com/app/cmd/scan")
    tool = tools.tool_named(write("x", data))
    assert (tool.name, tool.version) == ("scan", "")


def test_a_program_without_the_library_is_refused(write):
    with pytest.raises(BuildInfoError, match="there is no go-containerregistry in it"):
        tools.tool_named(write("x", executable(library="")))
    with pytest.raises(BuildInfoError, match=r"^could not read Go build info from \./y: unrec"):
        tools.tool_named(write("y", "#!/bin/sh\n"))
    with pytest.raises(FileAccessError, match=r"^open \./none: no such file or directory$"):
        tools.tool_named("./none")


def test_a_pipe_is_not_waited_for(write, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BuildInfoError, match="is not a regular file"):
        tools.tool_named(str(tmp_path / "pipe"))


def test_build_information_is_public():
    recorded = Path(__file__).parents[1] / "data" / "executables"
    assert recorded.is_dir()
    with pytest.raises(BuildInfoError):
        tools.read_build_info(recorded / "recorded.json")


def test_the_real_crane_is_its_own_library(run_crane):
    import shutil

    tool = tools.tool_named(str(shutil.which("crane")))
    assert (tool.name, tool.source) == ("crane", "executable")
    assert tool.library == tool.version
    assert tool.go.startswith("go1.")


# Module files.

GO_MOD = f"""\
module github.com/aquasecurity/trivy // a comment

go 1.21
toolchain go1.21.5

require (
\texample.com/a v1.0.0
\t"{LIBRARY}" v0.17.0 // indirect
)

exclude example.com/a v0.9.0
retract [v0.1.0, v0.2.0]
"""


def test_a_module_file_has_the_library_and_a_lower_bound_for_go(write):
    write("go.mod", GO_MOD)
    tool = tools.tool_named("go.mod")

    assert (tool.name, tool.version, tool.library) == ("trivy", "", "0.17.0")
    assert (tool.go, tool.go_line, tool.toolchain) == ("", "1.21", "go1.21.5")
    assert tool.remark == "Its go line, 1.21, is a lower bound for the Go that builds it."


@pytest.mark.parametrize(
    ("line", "library"),
    [
        (f"replace {LIBRARY} => {LIBRARY} v0.19.0", "0.19.0"),
        (f"replace {LIBRARY} v0.17.0 => {LIBRARY} v0.18.0", "0.18.0"),
        (f"replace {LIBRARY} v0.16.0 => {LIBRARY} v0.18.0", "0.17.0"),
        (
            f"replace (\n{LIBRARY} => {LIBRARY} v0.18.0\n{LIBRARY} v0.17.0 => {LIBRARY} v0.19.0\n)",
            "0.19.0",
        ),
        (f"replace {LIBRARY} => ../fork", "../fork"),
    ],
)
def test_a_replacement_in_a_module_file_counts(write, line, library):
    write("go.mod", f"{GO_MOD}\n{line}\n")
    assert tools.tool_named("go.mod").library == library


def test_a_module_file_of_old_lists_direct_requirements_only(write):
    write("go.mod", GO_MOD.replace("go 1.21\n", "go 1.16\n"))
    tool = tools.tool_named("go.mod")
    assert not tool.releases.is_known
    assert "go-containerregistry 0.17.0 is a lower bound" in tool.remark


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "go.mod has no module line"),
        ("module a\n<html>", "go.mod:2: unknown line: <html>"),
        ("module a\nreplace b", "go.mod:2: replace needs a module, => and another"),
        ('module "\\q"', "go.mod:1: invalid quoted string"),
        ("module a\ngo 1.21\n", "it requires no go-containerregistry"),
    ],
)
def test_what_is_no_module_file_is_refused(write, content, complaint):
    write("go.mod", content)
    with pytest.raises(BuildInfoError) as caught:
        tools.tool_named("go.mod")
    assert complaint in str(caught.value)


def test_gos_own_module_file_is_read_as_go_reads_it(require):
    file = Path(__file__).parents[2] / "native" / "go.mod"
    found = parse_go_mod(file.read_text())
    command = ["go", "mod", "edit", "-json", file]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        require("go", "there is no Go compiler")
        return
    import json

    told = json.loads(said)
    assert found.requires == {it["Path"]: it["Version"] for it in told["Require"]}
    assert (found.module, found.go) == (told["Module"]["Path"], told["Go"])


# Lists.


def test_a_list_has_one_tool_a_line_each_once(write):
    write(
        "tools.txt", "# those of CI\ntrivy=0.48.3\n\nkaniko=1.20.0  # the builder\ntrivy=0.48.3\n"
    )
    found = tools_named(["@tools.txt", "ko=0.15.1", "kaniko=1.20.0"])
    assert [str(tool) for tool in found] == ["trivy 0.48.3", "kaniko 1.20.0", "ko 0.15.1"]


def test_an_error_in_a_list_names_the_line(write):
    write("tools.txt", "trivy=0.48.3\ntrivi=0.48.3\n")
    with pytest.raises(UnsupportedOptionError, match=r"^tools\.txt, line 2: there is no tool"):
        tools_named(["@tools.txt"])


def test_the_skeleton_that_is_changed_is_one_of_go():
    assert skeleton("linux-amd64").startswith(b"\x7fELF")
