"""Every real archive, repaired in every way: read by old and new readers, the same inside."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import pyggcr
from pyggcr import tarball, v1, validate
from pyggcr._layers.annotation_names import REFERENCE_NAME
from pyggcr._layers.file_names import blob_name
from pyggcr.doctor import diagnose, repair
from pyggcr.doctor.repair import COMPRESSIONS
from pyggcr.store.files import open_files
from pyggcr.types import MediaType

DATA = Path(__file__).parents[1] / "data" / "docker"
ARCHIVES = sorted(DATA.rglob("*.tar"))
CASES = [(path, compression) for path in ARCHIVES for compression in COMPRESSIONS]
LAYER_TYPES = {MediaType.OCI_LAYER, MediaType.OCI_UNCOMPRESSED_LAYER}


@dataclass(frozen=True)
class Case:
    """An archive, how it was repaired, and what came of it."""

    source: Path
    compression: str
    path: Path

    def saved(self) -> list[tarball.Descriptor]:
        """What its manifest.json lists."""
        return tarball.load_manifest(self.path, engine="python")

    def index(self) -> list[dict]:
        """The descriptors of its index.json."""
        with open_files(self.path) as files:
            return json.loads(files.read("index.json", 1 << 20))["manifests"]


@pytest.fixture(scope="module")
def repaired(tmp_path_factory):
    """Every archive, repaired in every way."""
    folder = tmp_path_factory.mktemp("repaired")
    cases = {}
    for number, (source, compression) in enumerate(CASES):
        path = folder / f"{number}.tar"
        repair(source, path, compression=compression)
        cases[source, compression] = Case(source, compression, path)
    return cases


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0].relative_to(DATA)}-{case[1]}")
def case(repaired, request) -> Case:
    """Each of them in turn."""
    return repaired[request.param]


@pytest.fixture(scope="module")
def skopeo(require):
    """A function that runs skopeo and gives what it prints."""
    if not shutil.which("skopeo"):
        require("skopeo", "it is not on PATH")

    def run(*arguments: object) -> str:
        done = subprocess.run(
            ["skopeo", "--insecure-policy", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def digest_of(text: str) -> str:
    """SHA-256 of a document that skopeo printed, in hex."""
    return v1.sha256(io.BytesIO(text.encode()))[0].hex


def images_in(path: Path):
    """Config, DiffIDs, tags and platform of each image, as a set."""
    with pyggcr.open(path) as store:
        return {
            (
                image.raw_config_file(),
                tuple(layer.diff_id() for layer in image.layers()),
                tuple(sorted(image.tags)),
                str(image.platform),
            )
            for image in store.images()
        }


def test_the_images_are_the_same(case: Case) -> None:
    assert images_in(case.path) == images_in(case.source)


def test_manifest_json_lists_what_it_listed(case: Case) -> None:
    before = tarball.load_manifest(case.source, engine="python")
    assert sorted((entry.repo_tags or []) for entry in case.saved()) == sorted(
        (entry.repo_tags or []) for entry in before
    )
    assert all(entry.layer_sources is None for entry in case.saved())


def test_all_layers_are_compressed_as_asked_for(case: Case) -> None:
    with pyggcr.open(case.path) as store, pyggcr.open(case.source) as source:
        before = {
            image.config_name(): {blob.compression for _, blob in image.stored_layers()}
            for image in source.images()
        }
        for image in store.images():
            kinds = {blob.compression for _, blob in image.stored_layers()}
            wanted = "none" if case.compression == "plain" else "gzip"
            if case.compression == "keep" and before[image.config_name()] == {"none"}:
                wanted = "none"
            assert kinds == {wanted}


def test_the_python_engine_finds_it_valid(case: Case) -> None:
    for entry in case.saved():
        for tag in entry.repo_tags or ([None] if len(case.saved()) == 1 else []):
            validate.image(tarball.image_from_path(case.path, tag, engine="python"))


@pytest.mark.usefixtures("go_engine")
def test_the_newest_go_containerregistry_finds_it_valid(case: Case) -> None:
    for entry in case.saved():
        for tag in entry.repo_tags or ([None] if len(case.saved()) == 1 else []):
            with tarball.image_from_path(case.path, tag, engine="go") as image:
                validate.image(image)


def test_go_containerregistry_0_18_finds_them_all_valid(repaired, legacy) -> None:
    asked = [
        (case.path, tag)
        for case in repaired.values()
        for entry in case.saved()
        for tag in entry.repo_tags or ([None] if len(case.saved()) == 1 else [])
    ]
    assert len(asked) > 3 * len(ARCHIVES)
    wrong = [
        (path, tag, said["validate"])
        for (path, tag), said in zip(asked, legacy.observe_all(asked), strict=True)
        if said["validate"] != "ok"
    ]
    assert wrong == []


def test_every_image_is_valid_by_its_oci_manifest(case: Case, tmp_path: Path) -> None:
    # An OCI layout alone: the manifests that readers of index.json see.
    layout = tmp_path / "layout"
    shutil.unpack_archive(case.path, layout, "tar")
    (layout / "manifest.json").unlink()
    with pyggcr.open(layout) as store, pyggcr.open(case.path) as whole:
        assert store.passed_over == ()
        images = store.images()
        assert sorted(image.config_name() for image in images) == sorted(
            image.config_name() for image in whole.images()
        )
        for image in images:
            validate.image(image)
            assert {entry.media_type for entry in image.manifest().layers} <= LAYER_TYPES
            assert image.media_type().is_image()


def test_the_doctor_finds_nothing(case: Case) -> None:
    report = diagnose(case.path, deep=True)
    assert [finding for finding in report.findings if finding.severity != "info"] == []


def test_skopeo_reads_it_as_a_docker_archive(case: Case, skopeo) -> None:
    for number, entry in enumerate(case.saved()):
        for which in entry.repo_tags or [f"@{number}"]:
            shown = json.loads(skopeo("inspect", f"docker-archive:{case.path}:{which}"))
            config = skopeo("inspect", "--config", "--raw", f"docker-archive:{case.path}:{which}")
            assert digest_of(config) == entry.config.rpartition("/")[2]
            assert len(shown["Layers"]) == len(entry.layers)


def test_skopeo_reads_it_as_an_oci_archive(case: Case, skopeo) -> None:
    roots = case.index()
    configs = {entry.config.rpartition("/")[2] for entry in case.saved()}
    references = [root.get("annotations", {}).get(REFERENCE_NAME) for root in roots]
    for reference in references:
        if reference is None and len(roots) > 1:
            continue  # skopeo of 2022 has no way to name it
        which = f"oci-archive:{case.path}" + (f":{reference}" if reference else "")
        shown = skopeo("inspect", "--config", "--raw", which)
        assert digest_of(shown) in configs


def test_skopeo_converts_the_oci_archive_to_a_docker_archive(
    case: Case, skopeo, tmp_path: Path
) -> None:
    # Reads all blobs, checks them against the manifest, and wants media types that are OCI's.
    roots = case.index()
    if len(roots) > 1 and not all("annotations" in root for root in roots):
        return
    reference = roots[0].get("annotations", {}).get(REFERENCE_NAME)
    which = f"oci-archive:{case.path}" + (f":{reference}" if reference else "")
    skopeo("copy", which, f"docker-archive:{tmp_path}/copied.tar")
    copied = tarball.image_from_path(tmp_path / "copied.tar", engine="python")
    validate.image(copied)
    with pyggcr.open(case.path) as store:
        assert copied.config_name() in {image.config_name() for image in store.images()}


def test_repairing_again_changes_nothing(case: Case, tmp_path: Path) -> None:
    for compression in ("keep", case.compression):
        repair(case.path, tmp_path / "again.tar", compression=compression)
        assert (tmp_path / "again.tar").read_bytes() == case.path.read_bytes()


def test_two_runs_write_the_same_bytes(case: Case, tmp_path: Path) -> None:
    repair(case.source, tmp_path / "again.tar", compression=case.compression)
    assert (tmp_path / "again.tar").read_bytes() == case.path.read_bytes()


KEPT = ["25.0.2/app-tag.tar", "28.5.2/buildkit-dup.tar", "28.5.2-containerd-store/buildkit.tar"]


@pytest.mark.parametrize("name", KEPT)
def test_an_oci_manifest_that_fits_is_kept(repaired, name: str) -> None:
    case = repaired[DATA / name, "keep"]
    with pyggcr.open(DATA / name) as store:
        (before,) = store.image().record.manifests
    (root,) = case.index()
    assert root["digest"] == str(v1.sha256(io.BytesIO(before.raw))[0])
    with open_files(case.path) as files:
        assert files.read(blob_name(v1.to_hash(root["digest"])), 1 << 20) == before.raw


def test_names_are_annotated_as_docker_does_it(repaired) -> None:
    two = repaired[DATA / "28.5.2" / "twotags.tar", "keep"].index()
    assert [root["annotations"] for root in two] == [
        {
            "io.containerd.image.name": "docker.io/library/onelayer:1",
            "org.opencontainers.image.ref.name": "1",
        },
        {
            "io.containerd.image.name": "registry.example.com:5000/team/one:v2",
            "org.opencontainers.image.ref.name": "v2",
        },
    ]
    assert two[0]["digest"] == two[1]["digest"]


def test_an_image_without_a_tag_gets_its_place_in_index_json(repaired) -> None:
    roots = repaired[DATA / "28.5.2" / "mixed.tar", "keep"].index()
    assert [("annotations" in root) for root in roots] == [True, False]
    roots = repaired[DATA / "25.0.2" / "app-id.tar", "keep"].index()
    assert len(roots) == 1


def test_platforms_of_an_image_stay_together(repaired) -> None:
    case = repaired[DATA / "28.5.2-containerd-store" / "multiplatform.tar", "keep"]
    (root,) = case.index()
    assert root["mediaType"] == "application/vnd.oci.image.index.v1+json"
    (saved,) = case.saved()
    with pyggcr.open(case.path) as store:
        assert store.images()[0].record.config == saved.config
        assert [str(i.platform) for i in store.images(digest=root["digest"])] == [
            "linux/amd64",
            "linux/arm64",
        ]
