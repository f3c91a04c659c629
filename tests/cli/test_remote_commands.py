"""The commands that talk to registries: what they print is what crane prints."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from support.command_runner import CliRunner
from support.processes import started

import pyggcr
from pyggcr import crane, name, registry, tarball, validate
from pyggcr.cli import app as program

DATA = Path(__file__).parent.parent / "data" / "docker"
PLAIN = DATA / "25.0.2" / "app-tag.tar"
GZIP = DATA / "28.5.2-containerd-store" / "app-tag.tar"


@pytest.fixture
def run(engine, monkeypatch, tmp_path):
    """``run(…)``: the result of a command that went well."""
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments, exit_code=0, **options):
        result = CliRunner().invoke(program, [str(it) for it in arguments], **options)
        assert result.exit_code == exit_code, result.output
        return result

    return run


@pytest.fixture
def app(real_registry, repository, run):
    """A repository with an image, ``app:1``."""
    path = f"{real_registry.host}/{repository}"
    run("push", GZIP, f"{path}:1")
    return path


def test_push_prints_the_reference(real_registry, repository, run, run_crane, tmp_path):
    target = f"{real_registry.host}/{repository}:1"
    result = run("push", PLAIN, target, "--image-refs", tmp_path / "refs")
    assert result.stdout == f"{real_registry.host}/{repository}@{run_crane('digest', target)}\n"
    assert (tmp_path / "refs").read_text() == result.stdout.strip()


@pytest.mark.parametrize("command", ["digest", "manifest", "config"])
def test_documents_are_crane_s(app, run, run_crane, command):
    printed = run(command, f"{app}:1").stdout
    assert printed.strip() == run_crane(command, f"{app}:1")


def test_full_references(app, repository, real_registry, run, run_crane):
    for command, argument in (("digest", f"{app}:1"), ("ls", app)):
        printed = run(command, "--full-ref", argument).stdout
        assert printed.strip() == run_crane(command, "--full-ref", argument)
    listed = run("catalog", "--full-ref", real_registry.host).stdout.splitlines()
    assert f"{real_registry.host}/{repository}" in listed


def test_digest_of_an_archive_as_crane_has_it(run, run_crane):
    printed = run("digest", "--tarball", GZIP).stdout
    assert printed.strip() == run_crane("digest", "--tarball", GZIP)
    assert run("digest", "--tarball", GZIP, "app:1").stdout == printed


def test_tag_ls_and_delete(app, run, run_crane):
    run("tag", f"{app}:1", "2")
    run("tag", f"{app}:1", "sha256-0123.sig")
    assert sorted(run("ls", app).stdout.split()) == sorted(run_crane("ls", app).split())
    assert sorted(run("ls", "-O", app).stdout.split()) == ["1", "2"]
    digest = run("digest", f"{app}:1").stdout.strip()
    run("delete", f"{app}@{digest}")
    assert "MANIFEST_UNKNOWN" in run("digest", f"{app}@{digest}", exit_code=2).stderr


@pytest.mark.parametrize("form", ["oci:{}/out", "{}/out/", "oci-archive:{}/out.tar", "{}/out.tar"])
def test_all_tags_of_a_repository(app, run, tmp_path, engine, form):
    run("tag", f"{app}:1", "2")
    run("mutate", f"{app}:1", "--env", "A=B", "-t", f"{app}:other")

    out = form.format(tmp_path)
    run("pull", "--all-tags", app, out, "--engine", engine)

    with pyggcr.open(out) as store:
        assert sorted(tag for image in store.images() for tag in image.tags) == [
            *(f"{app}:1", f"{app}:2", f"{app}:other"),
        ]
        other = store.image(tag=f"{app}:other")
        assert str(other.digest()) == crane.digest(f"{app}:other")


def test_all_tags_wants_a_repository_with_tags(app, run, tmp_path):
    several = run("pull", "-a", app, app, tmp_path / "out", exit_code=2)
    assert "--all-tags takes one repository." in several.stderr
    assert "NAME_UNKNOWN" in run("pull", "-a", f"{app}/none", tmp_path / "o", exit_code=2).stderr


def test_tags_of_a_digest(app, run, engine):
    run("tag", f"{app}:1", "2")
    digest = run("digest", f"{app}:1").stdout.strip()
    run("index", "append", "-m", f"{app}:1", "-t", f"{app}:all")
    run("mutate", f"{app}:1", "--env", "A=B", "-t", f"{app}:other")

    listed = run("ls", app, "--digest", digest, "--engine", engine).stdout.split()
    assert sorted(listed) == ["1", "2", "all"]
    nobody = run("ls", app, "--digest", "sha256:" + "0" * 64, "--json").stdout
    assert json.loads(nobody)["tags"] == []
    assert run("ls", app, "--digest", "1", exit_code=2).stderr == (
        'pyggcr: cannot parse hash: "1"\n'
    )


def test_json(app, repository, real_registry, run):
    digest = crane.digest(f"{app}:1")
    assert json.loads(run("digest", f"{app}:1", "--json").stdout) == {
        "image": f"{app}:1",
        "digest": digest,
    }
    assert json.loads(run("push", GZIP, f"{app}:1", "--json").stdout) == {
        "path": str(GZIP),
        "image": f"{app}:1",
        "digest": digest,
        "reference": f"{app}@{digest}",
    }
    assert json.loads(run("ls", app, "--json").stdout) == {"repository": app, "tags": ["1"]}
    assert (
        repository
        in json.loads(run("catalog", real_registry.host, "--json").stdout)["repositories"]
    )


def test_blob(app, run, tmp_path):
    with crane.pull(f"{app}:1") as image:
        layer = image.layers()[0]
        with layer.compressed() as stream:
            content = stream.read()
        assert run("blob", f"{app}@{layer.digest()}").stdout_bytes == content


def test_copy(app, run):
    run("tag", f"{app}:1", "2")
    run("cp", f"{app}:1", f"{app}/copy:1")
    run("copy", "--all-tags", "--jobs", "2", app, f"{app}/all")
    assert run("digest", f"{app}/copy:1").stdout == run("digest", f"{app}:1").stdout
    assert sorted(run("ls", f"{app}/all").stdout.split()) == ["1", "2"]
    again = run("copy", "--no-clobber", f"{app}:1", f"{app}/copy:1", exit_code=2)
    assert again.stderr.startswith("pyggcr: refusing to clobber existing tag")


def test_pull_writes_what_crane_writes(app, run, run_crane, tmp_path):
    run("pull", f"{app}:1", tmp_path / "ours.tar")
    run_crane("pull", f"{app}:1", tmp_path / "theirs.tar")
    assert (tmp_path / "ours.tar").read_bytes() == (tmp_path / "theirs.tar").read_bytes()
    run("pull", "--format", "oci", "--annotate-ref", f"{app}:1", tmp_path / "ours")
    run_crane("pull", "--format", "oci", "--annotate-ref", f"{app}:1", tmp_path / "theirs")
    assert (tmp_path / "ours/index.json").read_bytes() == (
        tmp_path / "theirs/index.json"
    ).read_bytes()


def test_push_of_a_layout(app, run, tmp_path):
    run("pull", "--format", "oci", f"{app}:1", tmp_path / "layout")
    run("push", tmp_path / "layout", f"{app}/layout:1")
    assert run("digest", f"{app}/layout:1").stdout == run("digest", f"{app}:1").stdout
    run("push", "--index", tmp_path / "layout", f"{app}/layout:all")
    assert run("validate", "--remote", f"{app}/layout:all").stdout == (f"PASS: {app}/layout:all\n")
    run("mutate", f"{app}:1", "--env", "A=B", "-t", f"{app}:2")
    run("pull", "--format", "oci", f"{app}:2", tmp_path / "layout")
    refused = run("push", tmp_path / "layout", f"{app}/layout:2", exit_code=2)
    assert "2 images to choose from by tag, digest or platform: untagged" in refused.stderr
    assert refused.stderr.endswith("hint: --tag, --platform or --index chooses what to push\n")


def test_validate(app, run, run_crane, real_registry):
    assert run("validate", "--remote", f"{app}:1").stdout == f"PASS: {app}:1\n"
    assert run("validate", "--tarball", GZIP).stdout == f"PASS: {GZIP}\n"
    both = ("validate", "--tarball", GZIP, "--remote", f"{app}:1")
    printed = run(*both).stdout
    assert printed.strip() == run_crane(*both)
    assert run("validate", "--fast", *both[1:]).stdout == printed
    assert run("validate", exit_code=2).stdout == ""


def test_validate_finds_a_damaged_blob(real_registry, app, run):
    with crane.pull(f"{app}:1") as image:
        digest = str(image.layers()[-1].digest())
    place = real_registry.blob_file(digest)
    whole = place.read_bytes()
    place.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
    try:
        found = run("validate", "--remote", f"{app}:1", exit_code=1)
        assert found.stdout.startswith(f"FAIL: {app}:1: ")
    finally:
        place.write_bytes(whole)


@pytest.mark.parametrize("before", [True, False])
def test_crane_s_options_stand_before_or_after_the_command(tls_registry, repository, run, before):
    target = f"{tls_registry.host}/{repository}:1"
    run("push", GZIP, target, exit_code=2)
    arguments = ("push", GZIP, target)
    run(*(("--insecure", *arguments) if before else (*arguments, "--insecure")))
    assert run("--insecure", "--platform", "linux/amd64", "digest", target).stdout
    assert run("digest", target, "--insecure", "--platform", "all").stdout


def test_login_and_logout(locked_registry, repository, run, tmp_path):
    host = locked_registry.host
    target = f"{host}/{repository}:1"
    assert "401 Unauthorized" in run("push", GZIP, target, exit_code=2).stderr
    logged_in = run("auth", "login", host, "-u", "ann", "--password-stdin", input="secret-of-ann\n")
    config = tmp_path / "docker" / "config.json"
    assert logged_in.stderr.startswith(
        f"\nWARNING! Your credentials are stored unencrypted in '{config}'.\n"
    )
    assert logged_in.stderr.endswith(f"\n\nlogged in via {config}\n")
    assert config.stat().st_mode & 0o777 == 0o600
    run("push", GZIP, target)
    said = run("auth", "get", host).stdout
    assert said == '{"Username":"ann","Secret":"secret-of-ann"}\n'
    assert run("auth", "get", input=f"{host}\n").stdout == said
    run("auth", "logout", host)
    nothing = run("auth", "get", host, exit_code=1)
    assert nothing.stdout == "credentials not found in native keychain\n"
    run("digest", target, exit_code=2)


def test_login_keeps_the_rest_of_the_configuration(run, tmp_path):
    config = tmp_path / "docker" / "config.json"
    config.parent.mkdir()
    others = {"auths": {"other.example.com": {"auth": "eA=="}}, "detachKeys": "ctrl-e,e"}
    config.write_text(json.dumps(others))
    run("auth", "login", "registry.example.com", "-u", "ann", "-p", "x")
    run("auth", "logout", "registry.example.com")
    assert json.loads(config.read_text()) == others


def test_login_by_a_helper(run, monkeypatch, tmp_path):
    helper = tmp_path / "docker-credential-tests"
    helper.write_text(f'#!/bin/sh\necho "$1" >>{tmp_path}/said\ncat >>{tmp_path}/said\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    config = tmp_path / "docker" / "config.json"
    config.parent.mkdir()
    config.write_text('{"credsStore": "tests"}')
    run("auth", "login", "registry.example.com", "-u", "ann", "-p", "x")
    run("auth", "logout", "registry.example.com")
    said = (tmp_path / "said").read_text()
    assert said == (
        'store\n{"ServerURL":"registry.example.com","Username":"ann","Secret":"x"}\n'
        "erase\nregistry.example.com"
    )
    assert config.read_text() == '{"credsStore": "tests"}'


def test_registry_serve(engine, run_crane, repository, tmp_path):
    with started(
        [sys.executable, "-m", "pyggcr", "registry", "serve", "--disk", tmp_path],
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr.readline() == f"storing blobs in {tmp_path}\n"
        host = server.stderr.readline().removeprefix("listening on ").strip()
        assert server.stderr.readline() == f"serving on port {host.rpartition(':')[2]}\n"
        run_crane("push", GZIP, f"{host}/{repository}:1")
        with crane.pull(f"{host}/{repository}:1", engine=engine) as image:
            validate.image(image)
        server.send_signal(signal.SIGINT)
        assert server.stderr.read() == "shutting down...\n"
        assert server.wait(10) == 0
    with registry.serve(folder=tmp_path, conforming=True) as again:
        assert crane.list_tags(f"{again.host}/{repository}") == ["1"]


@pytest.mark.parametrize(("options", "status"), [((), 405), (("--engine", "python"), 400)])
def test_registry_serve_conforms_unless_an_engine_is_named(options, status):
    command = [sys.executable, "-m", "pyggcr", "registry", "serve", *options]
    with started(command, stderr=subprocess.PIPE, text=True) as server:
        host = server.stderr.readline().removeprefix("listening on ").strip()
        request = urllib.request.Request(f"http://{host}/v2/a/tags/list", method="FOO")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        caught.value.close()
        server.send_signal(signal.SIGINT)
    assert caught.value.code == status


def test_registry_serve_needs_both_files_for_tls(run, tmp_path):
    said = run("registry", "serve", "--tls-cert", tmp_path / "cert.pem", exit_code=2).stderr
    assert "--tls-cert and --tls-key belong together" in said


def test_an_archive_beside_is_taken_for_an_archive(run, monkeypatch, tmp_path):
    (tmp_path / "app").write_bytes(GZIP.read_bytes())
    monkeypatch.chdir(tmp_path)
    with tarball.image_from_path(GZIP) as image:
        assert run("digest", "app").stdout == f"{image.digest()}\n"


def test_a_reference_that_is_not_there(app, run):
    said = run("manifest", f"{app}:none", exit_code=2).stderr
    assert said.startswith(f"pyggcr: GET http://{name.new_repository(app).registry_str()}/v2/")
    assert "MANIFEST_UNKNOWN" in said
