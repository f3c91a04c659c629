"""crane's options for all commands, on each command that they mean something to."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from support.command_runner import CliRunner
from support.layouts import OCI_MANIFEST, Layout, write_folder

from pyggcr import crane, registry, tarball
from pyggcr.cli import app as program
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    make_tar,
    member,
)
from pyggcr.types import MediaType

_ALLOW = "--allow-nondistributable-artifacts"
_PLATFORMS = ("linux/amd64", "linux/arm64/v8", "windows/amd64")


@pytest.fixture
def programs(engine, monkeypatch, tmp_path, run_crane):
    """crane and pyggcr: what each prints, and whether it is content."""
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    def run_theirs(*arguments: object) -> tuple[bool, str]:
        words = ["crane", *map(str, arguments)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        return done.returncode == 0, done.stdout

    def run_ours(*arguments: object) -> tuple[bool, str]:
        done = CliRunner().invoke(program, [str(it) for it in arguments])
        return done.exit_code == 0, done.stdout

    return run_theirs, run_ours


@pytest.fixture
def both(programs):
    """``both(…)``: what the one and the other make of the same words."""
    return lambda *arguments: [run(*arguments) for run in programs]


def put_manifest(repository: str, tag: str, document: dict[str, object]) -> None:
    host, _, path = repository.partition("/")
    request = urllib.request.Request(
        f"http://{host}/v2/{path}/manifests/{tag}",
        data=json.dumps(document).encode(),
        headers={"Content-Type": str(document["mediaType"])},
        method="PUT",
    )
    urllib.request.urlopen(request).close()


@pytest.fixture
def index(real_registry, repository, engine, tmp_path):
    """The reference of an index with an image for each platform."""
    app = f"{real_registry.host}/{repository}"
    entries = []
    for platform in _PLATFORMS:
        system, architecture, *variant = platform.split("/")
        about = {"os": system, "architecture": architecture}
        if variant:
            about["variant"] = variant[0]
        layer = LayerSpec(make_tar([member("a", platform.encode())]))
        (tmp_path / "image.tar").write_bytes(docker_save([ImageSpec([layer], config=about)]))
        tag = platform.replace("/", "-")
        with tarball.image_from_path(tmp_path / "image.tar", engine=engine) as image:
            crane.push(image, f"{app}:{tag}", engine=engine)
            entries.append(
                {
                    "mediaType": str(image.media_type()),
                    "size": image.size(),
                    "digest": str(image.digest()),
                    "platform": about,
                }
            )
    media_type = MediaType.DOCKER_MANIFEST_LIST
    put_manifest(
        app, "all", {"schemaVersion": 2, "mediaType": str(media_type), "manifests": entries}
    )
    return f"{app}:all"


@pytest.mark.parametrize("platform", [*_PLATFORMS, "linux/arm64", "linux", "all", "linux/riscv64"])
@pytest.mark.parametrize("command", ["digest", "manifest", "config", "validate --remote"])
def test_platform(both, index, command, platform):
    theirs, ours = both("--platform", platform, *command.split(), index)
    assert ours == theirs
    assert both(*command.split(), index, "--platform", platform) == [theirs, ours]


@pytest.mark.parametrize("form", ["tarball", "legacy", "oci"])
def test_platform_of_pull(programs, index, tmp_path, form):
    for platform in ("linux/arm64", "all"):
        written = []
        for number, run in enumerate(programs):
            target = tmp_path / f"{platform.replace('/', '-')}-{number}"
            options = ("--format", form, "--platform", platform)
            assert run("pull", *options, index, target) == (True, "")
            written.append(content(target))
        assert written[0] == written[1]


def content(place: Path) -> dict[str, bytes]:
    files = [place] if place.is_file() else sorted(it for it in place.rglob("*") if it.is_file())
    return {str(it.relative_to(place)): it.read_bytes() for it in files}


def test_platform_of_copy_and_export(both, index, run_crane):
    app = index.rpartition(":")[0]
    assert both("copy", "--platform", "linux/arm64", index, f"{app}/copy:1") == 2 * [(True, "")]
    assert run_crane("digest", f"{app}/copy:1") == run_crane("digest", f"{app}:linux-arm64-v8")
    theirs, ours = both("export", "--platform", "windows/amd64", index, "-")
    assert ours == theirs
    assert "windows/amd64" in ours[1]


@pytest.fixture
def foreign(tmp_path):
    """A layout of an image with a layer that must not be passed on, and the layer's digest."""
    layout = Layout()
    spec = ImageSpec([LayerSpec(make_tar([member("a", b"1")]))])
    layer = layout.add_blob(
        spec.layers[0].content,
        str(MediaType.OCI_UNCOMPRESSED_RESTRICTED_LAYER),
        urls=["https://registry.example.com/layer"],
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": layout.add_blob(spec.raw_config(), str(MediaType.OCI_CONFIG_JSON)),
        "layers": [layer],
    }
    layout.roots.append(layout.add_blob(json.dumps(manifest).encode(), OCI_MANIFEST))
    return write_folder(layout.finished(), tmp_path / "layout"), layer["digest"]


@pytest.mark.parametrize(
    ("before", "after"), [((), ()), ((_ALLOW,), ()), ((), (_ALLOW,))], ids=["no", "first", "last"]
)
def test_nondistributable_layers(programs, foreign, engine, before, after):
    folder, layer = foreign
    for run in programs:
        with registry.serve(engine=engine) as server:
            is_content, _ = run(*before, "push", folder, f"{server.host}/app:1", *after)
            assert is_content
            assert has_blob(f"{server.host}/app", layer) == bool(before or after)


def has_blob(repository: str, digest: str) -> bool:
    host, _, path = repository.partition("/")
    request = urllib.request.Request(f"http://{host}/v2/{path}/blobs/{digest}", method="HEAD")
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError:
        return False
    return True
