"""How often an archive is scanned and a config is parsed: what is known is not found out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_runner import CliRunner
from support.layouts import Layout

import pyggcr
from pyggcr import tarball, validate
from pyggcr._gostd import json
from pyggcr._gostd.tar import reader
from pyggcr.cli.commands import app
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from pyggcr.doctor import diagnose, repair

CONFIG = "v1.ConfigFile"


def image(compression: str) -> ImageSpec:
    """An image of three layers."""
    contents = [layer_tar({f"file-{number}": bytes(5000)}) for number in range(3)]
    return ImageSpec([LayerSpec(content, compression) for content in contents], tags=["app:1"])


def layout() -> bytes:
    """The same in an OCI layout, behind an index."""
    made = Layout()
    made.roots = [made.add_index([made.add_image(image("gzip"))])]
    return made.tar()


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "plain": lambda: docker_save([image("none")]),
    "gzip": lambda: docker_save([image("gzip")]),
    "layout": layout,
}


def write(kind: str, folder: Path) -> Path:
    """An archive of that kind, in a folder."""
    path = folder / "archive.tar"
    path.write_bytes(ARCHIVES[kind]())
    return path


@pytest.fixture(params=ARCHIVES)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An archive of any kind."""
    return write(request.param, tmp_path)


@pytest.fixture(params=["plain", "gzip"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An archive with a ``manifest.json``, which is what go-containerregistry reads."""
    return write(request.param, tmp_path)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many headers of archives were read, and how many documents of each kind were parsed."""
    counts: Counter[str] = Counter()
    parse_header, decode = reader.parse_header, json.decode

    def counting_header(block: bytes) -> object:
        counts["header"] += 1
        return parse_header(block)

    def counting_decode(data: bytes, kind: object, **options: object) -> object:
        counts[getattr(kind, "name", "")] += 1
        return decode(data, kind, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "parse_header", counting_header)
    monkeypatch.setattr(json, "decode", counting_decode)
    return counts


def scans(readings: Counter[str], archive: Path) -> float:
    """How many times all headers of the archive were read."""
    read = readings["header"]
    with archive.open("rb") as file:
        scanner = reader.Reader(file)
        while scanner.next() is not None:
            pass
    return read / (readings["header"] - read)


@pytest.mark.parametrize("deep", [False, True])
def test_the_doctor_scans_an_archive_once_and_parses_a_config_once(
    archive: Path, readings: Counter[str], deep: bool
) -> None:
    assert diagnose(archive, deep=deep).exit_code == 0
    assert scans(readings, archive) == 1
    assert readings[CONFIG] == 1


def test_validate_parses_a_config_twice(saved: Path, readings: Counter[str]) -> None:
    # Once for the DiffIDs that lead to the layers, which Go looks up first, and once as the config
    # file that is compared with them: who asks for that may change it, so it is nobody else's.
    with tarball.image_from_path(saved, engine="python") as opened:
        validate.image(opened)
    assert scans(readings, saved) == 1
    assert readings[CONFIG] == 2


def test_validate_of_a_stored_image_parses_its_config_twice(
    archive: Path, readings: Counter[str]
) -> None:
    with pyggcr.open(archive) as store:
        validate.image(store.image())
    assert scans(readings, archive) == 1
    assert readings[CONFIG] == 2


def test_an_image_that_is_asked_everything_parses_its_config_once(
    archive: Path, readings: Counter[str]
) -> None:
    with pyggcr.open(archive) as store:
        opened = store.image()
        for layer in opened.layers():
            opened.layer_by_digest(layer.digest())
            opened.layer_by_diff_id(layer.diff_id())
        opened.digest()
    assert scans(readings, archive) == 1
    assert readings[CONFIG] == 1


def test_opening_a_store_parses_no_config(archive: Path, readings: Counter[str]) -> None:
    with pyggcr.open(archive) as store:
        assert len(store.images()) == 1
    assert scans(readings, archive) == 1
    assert readings[CONFIG] == 0


def test_a_repair_scans_an_archive_once(
    archive: Path, tmp_path: Path, readings: Counter[str]
) -> None:
    repair(archive, tmp_path / "repaired.tar")
    assert scans(readings, archive) == 1
    assert readings[CONFIG] == 2  # for the platform, and for the DiffIDs


@pytest.mark.parametrize(
    ("verb", "scanned", "parsed"),
    [("digest", 1, {0, 1}), ("layers", 1, {1}), ("validate", 1, {2}), ("inspect", 2, {2})],
)
def test_the_command_line_reads_no_more(
    saved: Path, readings: Counter[str], verb: str, scanned: int, parsed: set[int]
) -> None:
    # ``inspect`` reads manifest.json again for the tags, which no image of an engine knows.
    run = CliRunner().invoke(app, [verb, "--engine", "python", str(saved)])
    assert run.exit_code == 0, run.output
    assert scans(readings, saved) == scanned
    assert readings[CONFIG] in parsed
