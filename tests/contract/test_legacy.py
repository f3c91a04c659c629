"""Archives in Docker's oldest format: byte for byte what ``crane pull --format legacy`` writes."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from pyggcr import crane, errors, tarball, validate
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    make_tar,
    member,
)

DATA = Path(__file__).parent.parent / "data" / "docker"
ARCHIVES = sorted(
    path for path in DATA.glob("*/*.tar") if len(tarball.load_manifest(path, engine="python")) == 1
)


def push(archive: Path, reference: str, engine: str) -> None:
    with tarball.image_from_path(archive, engine=engine) as image:
        crane.push(image, reference, engine=engine)


def save(target: Path, *references: str, engine: str) -> bytes:
    images = {it: crane.pull(it, engine=engine) for it in references}
    crane.save_legacy(images, target)
    for image in images.values():
        image.close()
    return target.read_bytes()


@pytest.fixture
def crane_saves(run_crane, tmp_path):
    def saves(*references: str) -> bytes:
        run_crane("pull", "--format", "legacy", *references, tmp_path / "theirs.tar")
        return (tmp_path / "theirs.tar").read_bytes()

    return saves


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda it: f"{it.parent.name}/{it.name}")
def test_real_images(real_registry, repository, engine, crane_saves, tmp_path, archive):
    reference = f"{real_registry.host}/{repository}:1"
    push(archive, reference, engine)
    assert save(tmp_path / "ours.tar", reference, engine=engine) == crane_saves(reference)


def test_several_images(real_registry, repository, engine, crane_saves, tmp_path):
    app = f"{real_registry.host}/{repository}"
    push(DATA / "25.0.2" / "app-tag.tar", f"{app}:1", engine)
    push(DATA / "25.0.2" / "whiteout.tar", f"{app}:2", engine)
    by_digest = f"{app}@{crane.digest(f'{app}:2', engine=engine)}"
    for references in ([f"{app}:1", f"{app}:2"], [f"{app}:1", by_digest], [by_digest]):
        assert save(tmp_path / "ours.tar", *references, engine=engine) == crane_saves(*references)


def made(*layers: bytes, history: list[dict[str, object]]) -> bytes:
    config = {"architecture": "amd64", "os": "linux", "history": history, "author": "<ä&>"}
    return docker_save([ImageSpec([LayerSpec(it) for it in layers], config=config)])


ONE, OTHER = (make_tar([member(name, b"1")]) for name in ("a", "b"))
MADE = {
    "no history": made(ONE, OTHER, history=[]),
    "one layer": made(ONE, history=[{"created_by": "<&>", "comment": "c", "author": "ann"}]),
    "a layer that comes again": made(ONE, ONE, history=[{}, {}]),
    "steps without a layer": made(
        ONE, OTHER, history=[{"created": "2024-01-02T03:04:05.6Z"}, {"empty_layer": True}, {}]
    ),
}


@pytest.mark.parametrize("case", MADE)
def test_made_images(real_registry, repository, engine, crane_saves, tmp_path, case):
    reference = f"{real_registry.host}/{repository}:1"
    (tmp_path / "made.tar").write_bytes(MADE[case])
    push(tmp_path / "made.tar", reference, engine)
    assert save(tmp_path / "ours.tar", reference, engine=engine) == crane_saves(reference)


def test_a_history_of_other_layers_is_an_error(tmp_path, engine):
    (tmp_path / "made.tar").write_bytes(made(ONE, OTHER, history=[{}]))
    with (
        tarball.image_from_path(tmp_path / "made.tar", engine=engine) as image,
        pytest.raises(errors.MismatchedLayersError) as caught,
    ):
        crane.save_legacy({"app": image}, io.BytesIO())
    assert str(caught.value) == (
        "image config had layer history which did not match the number of layers, "
        "got len(history)=1, len(layers)=2, want len(history)=len(layers)"
    )


def test_tags_of_one_image_share_its_entries(tmp_path, engine):
    stream = io.BytesIO()
    with tarball.image_from_path(DATA / "25.0.2" / "app-tag.tar", engine=engine) as image:
        tags = ["registry.example.com:5000/app", "b:2", "a:1"]
        crane.save_legacy(dict.fromkeys(tags, image), stream)
        with tarball.image(lambda: io.BytesIO(stream.getvalue()), "a:1", engine=engine) as saved:
            assert saved.config_name() == image.config_name()
            validate.image(saved)
    (described,) = tarball.load_manifest(lambda: io.BytesIO(stream.getvalue()))
    assert described.repo_tags == sorted(tags)
    top = described.layers[-1].partition("/")[0]
    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as archive:
        assert json.load(archive.extractfile("repositories")) == {
            "registry.example.com:5000/app": {"": top},
            "b": {"2": top},
            "a": {"1": top},
        }
