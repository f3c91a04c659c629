"""What each command prints, on both engines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.command_runner import Result

from pyggcr._gostd.gzip_options import PROFILES
from pyggcr.cli.options import ENGINES

Run = Callable[..., Result]
Golden = Callable[..., dict[str, Any]]

# Gzip layers, so that the digest is the same for every Go.
GZIP = "28.5.2-containerd-store/app-tag.tar"
PLAIN = "28.5.2/app-tag.tar"
SEVERAL = "28.5.2/multi.tar"
MIXED_COMPRESSION = "28.5.2-containerd-store/app-loaded-from-24.tar"


class TestDigest:
    def test_it_is_the_digest_and_a_line_end(
        self, run: Run, docker: Path, golden: Golden, engine: str
    ) -> None:
        result = run("digest", docker / GZIP, "--engine", engine)

        assert (result.exit_code, result.stdout) == (0, golden(GZIP)["digest"] + "\n")

    def test_a_tag_chooses_the_image(
        self, run: Run, docker: Path, golden: Golden, engine: str
    ) -> None:
        archive = "28.5.2-containerd-store/multi.tar"

        result = run("digest", docker / archive, "--tag", "dup:1", "--engine", engine)

        assert result.stdout == golden(archive, "dup:1")["digest"] + "\n"

    def test_the_gzip_profile_decides_on_the_digest(
        self, run: Run, docker: Path, golden: Golden
    ) -> None:
        options = ("--engine", "python", "--gzip-profile")

        digests = [run("digest", docker / PLAIN, *options, each).stdout for each in PROFILES]

        assert digests[0] == golden(PLAIN)["digest"] + "\n"
        assert digests[0] != digests[1]

    def test_json(self, run: Run, docker: Path, golden: Golden) -> None:
        archive = str(docker / GZIP)

        result = run("digest", archive, "--tag", "app:1", "--json")

        assert json.loads(result.stdout) == {
            "archive": archive,
            "tag": "app:1",
            "digest": golden(GZIP)["digest"],
        }


class TestManifestAndConfig:
    def test_the_manifest_is_printed_byte_for_byte(
        self, run: Run, docker: Path, golden: Golden, engine: str
    ) -> None:
        result = run("manifest", docker / GZIP, "--engine", engine)

        assert result.stdout_bytes == golden(GZIP)["raw_manifest"].encode()

    def test_the_manifest_in_json_is_its_exact_text(
        self, run: Run, docker: Path, golden: Golden
    ) -> None:
        result = run("manifest", docker / GZIP, "--json")

        assert json.loads(result.stdout)["manifest"] == golden(GZIP)["raw_manifest"]

    def test_the_config_is_printed_byte_for_byte(
        self, run: Run, docker: Path, golden: Golden, engine: str
    ) -> None:
        import hashlib

        result = run("config", docker / GZIP, "--engine", engine)

        digest = hashlib.sha256(result.stdout_bytes).hexdigest()
        assert digest == golden(GZIP)["raw_config_sha256"]

    def test_the_config_in_json_is_its_exact_text(self, run: Run, docker: Path) -> None:
        result = run("config", docker / GZIP, "--json")

        assert json.loads(result.stdout)["config"] == run("config", docker / GZIP).stdout


class TestLayers:
    def test_json_has_each_layer_as_go_sees_it(
        self, run: Run, docker: Path, golden: Golden, engine: str
    ) -> None:
        result = run("layers", docker / GZIP, "--engine", engine, "--json")

        keys = ("digest", "size", "diff_id", "media_type")
        shown = [
            {key: str(each[key]) for key in keys} for each in json.loads(result.stdout)["layers"]
        ]
        assert shown == [{key: each[key] for key in keys} for each in golden(GZIP)["layers"]]

    def test_the_table_has_a_line_for_each_layer(
        self, run: Run, docker: Path, golden: Golden
    ) -> None:
        header, *lines = run("layers", docker / GZIP).stdout.splitlines()

        assert header.split() == ["index", "digest", "size", "diff_id", "media_type"]
        assert [line.split()[1] for line in lines] == golden(GZIP)["fs_layers"]


class TestInspect:
    def test_json_says_what_the_image_is(
        self, run: Run, docker: Path, golden: Golden, engine: str
    ) -> None:
        result = run("inspect", docker / GZIP, "--engine", engine, "--json")

        document = json.loads(result.stdout)
        expected = golden(GZIP)
        assert document["digest"] == expected["digest"]
        assert document["config_name"] == expected["config_name"]
        assert document["platform"] == "linux/amd64"
        assert document["tags"] == ["app:1"]
        assert document["cmd"] == ["/bin/tool", "--flag"]
        assert document["env"] == ["PATH=/bin", "GREETING=hello world"]
        assert document["exposed_ports"] == ["8080/tcp"]
        assert document["labels"]["org.example.title"] == "app"
        assert [layer["digest"] for layer in document["layers"]] == expected["fs_layers"]

    def test_tags_are_those_of_the_chosen_image(self, run: Run, docker: Path) -> None:
        result = run("inspect", docker / SEVERAL, "--tag", "docker.io/library/dup:1", "--json")

        assert json.loads(result.stdout)["tags"] == ["dup:1"]

    def test_people_see_facts_and_layers(self, run: Run, docker: Path, golden: Golden) -> None:
        lines = run("inspect", docker / GZIP).stdout.splitlines()

        facts = dict(line.split(None, 1) for line in lines)
        assert facts["digest"] == golden(GZIP)["digest"]
        assert facts["env"] == "PATH=/bin 'GREETING=hello world'"
        assert facts["layers"] == "4"


class TestValidate:
    def test_a_good_image_passes(self, run: Run, docker: Path, engine: str) -> None:
        result = run("validate", docker / PLAIN, "--engine", engine)

        assert (result.exit_code, result.output) == (0, f"PASS: {docker / PLAIN}\n")

    def test_a_bad_image_fails_with_go_s_text(self, run: Run, docker: Path, engine: str) -> None:
        archive = docker / MIXED_COMPRESSION

        result = run("validate", archive, "--engine", engine)

        assert result.exit_code == 1
        assert result.output == f"FAIL: {archive}: validating layers: gzip: invalid header\n"

    def test_json_of_a_good_image(self, run: Run, docker: Path) -> None:
        archive = str(docker / PLAIN)

        assert json.loads(run("validate", archive, "--json").stdout) == {
            "archive": archive,
            "tag": None,
            "valid": True,
            "problems": [],
        }

    def test_json_of_a_bad_image(self, run: Run, docker: Path) -> None:
        result = run("validate", docker / MIXED_COMPRESSION, "--json")

        assert result.exit_code == 1
        document = json.loads(result.stdout)
        assert document["valid"] is False
        assert document["problems"] == ["validating layers: gzip: invalid header"]

    def test_fast_does_not_read_the_layers(self, run: Run, docker: Path, engine: str) -> None:
        assert (
            run("validate", docker / MIXED_COMPRESSION, "--fast", "--engine", engine).exit_code == 0
        )

    def test_a_timeout_is_no_verdict(self, run: Run, docker: Path, engine: str) -> None:
        result = run("validate", docker / PLAIN, "--timeout", "1e-9", "--engine", engine)

        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "pyggcr: context deadline exceeded\n"


class TestEngines:
    def test_json_names_both(self, run: Run) -> None:
        document = json.loads(run("engines", "--json").stdout)

        assert [each["name"] for each in document["engines"]] == list(ENGINES)
        assert set(document["engines"][0]) == {
            "name",
            "available",
            "reason",
            "go_containerregistry",
            "go_version",
            "go_platform",
            "gzip_profile",
            "accelerators",
        }

    def test_people_see_a_line_for_each(self, run: Run) -> None:
        header, *lines = run("engines").stdout.splitlines()

        assert header.split()[:2] == ["engine", "available"]
        assert [line.split()[0] for line in lines] == list(ENGINES)


class TestSeveralImages:
    def test_without_a_tag_the_tags_are_named(self, run: Run, docker: Path, engine: str) -> None:
        result = run("digest", docker / SEVERAL, "--engine", engine)

        error, hint = result.stderr.splitlines()
        assert result.exit_code == 2
        assert error == (
            "pyggcr: tarball must contain only a single image to be used with tarball.Image"
        )
        assert sorted(hint.removeprefix("pyggcr: hint: --tag can be ").split(", ")) == [
            "app:1",
            "dup:1",
            "onelayer:1",
        ]

    def test_for_an_unknown_tag_the_tags_are_named(self, run: Run, docker: Path) -> None:
        result = run("digest", docker / PLAIN, "--tag", "nothing:1")

        assert result.stderr == (
            "pyggcr: tag nothing:1 not found in tarball\npyggcr: hint: --tag can be app:1\n"
        )

    def test_images_that_no_tag_can_choose_are_mentioned(self, run: Run, docker: Path) -> None:
        result = run("digest", docker / "28.5.2/mixed.tar")

        assert "--tag can be app:1; 1 of 2 images have no tag" in result.stderr

    def test_an_archive_without_tags_says_so(self, run: Run, docker: Path) -> None:
        result = run("digest", docker / "28.5.2/app-id.tar", "--tag", "app:1")

        assert "hint: no image of the archive has a tag" in result.stderr


@pytest.mark.parametrize(
    "command", ["digest", "manifest", "config", "layers", "inspect", "validate"]
)
class TestWhatCannotBeRead:
    def test_no_such_file(self, run: Run, command: str, engine: str) -> None:
        result = run(command, "no-such.tar", "--engine", engine)

        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "pyggcr: open no-such.tar: no such file or directory\n"

    @pytest.mark.parametrize("json_option", [(), ("--json",)])
    def test_no_archive(
        self, run: Run, tmp_path: Path, command: str, engine: str, json_option: tuple[str, ...]
    ) -> None:
        garbage = tmp_path / "garbage.tar"
        garbage.write_bytes(b"garbage" * 1000)

        result = run(command, garbage, "--engine", engine, *json_option)

        assert (result.exit_code, result.stdout) == (2, "")
        assert 'garbage.tar is text ("garbagegarbage' in result.stderr
        assert result.stderr.count("\n") == 1

    def test_an_archive_that_ends_too_early(
        self, run: Run, docker: Path, tmp_path: Path, command: str, engine: str
    ) -> None:
        truncated = tmp_path / "truncated.tar"
        truncated.write_bytes((docker / PLAIN).read_bytes()[:30_000])

        result = run(command, truncated, "--engine", engine)

        assert (result.exit_code, result.stdout) == (2, "")
        assert "truncated.tar: unexpected EOF: the archive is truncated: it" in result.stderr

    def test_no_tag(self, run: Run, docker: Path, command: str, engine: str) -> None:
        result = run(command, docker / PLAIN, "--tag", "Not A Tag", "--engine", engine)

        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.count("\n") == 1


def test_an_option_that_the_go_engine_refuses_is_wrong_usage(run: Run, docker: Path) -> None:
    import pyggcr

    info = pyggcr.engines()["go"]
    if not info.available:
        pytest.skip(info.reason)
    other = next(profile for profile in PROFILES if profile != info.gzip_profile)

    result = run("digest", docker / PLAIN, "--engine", "go", "--gzip-profile", other)

    assert result.exit_code == 2
    assert f"for {other} use" in result.stderr


def test_the_version_is_the_package_s(run: Run) -> None:
    import pyggcr

    assert run("--version").stdout == f"pyggcr {pyggcr.__version__}\n"
