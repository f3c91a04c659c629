"""The doctor judges images in registries as it judges the same images in a layout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_runner import CliRunner

import pyggcr
from pyggcr import convert, doctor, empty, mutate, random, registry, remote, tarball
from pyggcr.cli import app

DATA = Path(__file__).parents[1] / "data" / "docker"
ARCHIVE = DATA / "25.0.2" / "app-tag.tar"


@pytest.fixture
def server():
    with registry.serve(engine="python", referrers=True) as serving:
        yield serving


def codes(report: doctor.Report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_a_good_image_is_clean(server, engine) -> None:
    target = f"{server.host}/app:1"
    with tarball.image_from_path(ARCHIVE, engine=engine) as image:
        remote.write(target, image)

    report = doctor.diagnose(f"docker://{target}")

    assert (report.status, codes(report)) == ("clean", [])


@pytest.mark.parametrize("deep", [False, True])
def test_the_layers_are_judged_by_media_types_or_by_bytes(server, tmp_path, deep) -> None:
    layout = tmp_path / "layout"
    target = f"{server.host}/zstd:1"
    with tarball.image_from_path(ARCHIVE, engine="python") as image:
        small = convert.image(image, compression="zstd")
        pyggcr.layout.write(layout, empty.index()).append_image(small)
        remote.write(target, small)

    expected = codes(doctor.diagnose(layout, deep=deep))
    assert "PYG007" in expected
    assert set(codes(doctor.diagnose(target, deep=deep))) == set(expected) - {"PYG025"}


def test_all_images_of_an_index_are_judged(server) -> None:
    index = mutate.append_manifests(
        empty.index(), *(mutate.IndexAddendum(random.image(10, 1)) for _ in range(3))
    )
    remote.write_index(f"{server.host}/multi:1", index)
    report = doctor.diagnose(f"{server.host}/multi:1")
    assert report.status == "clean"


def test_what_is_not_there_is_unreadable(server) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json", f"docker://{server.host}/gone:1"])
    assert result.exit_code == 2
    (archive,) = json.loads(result.stdout)["archives"]
    assert "MANIFEST_UNKNOWN" in archive["reason"] or "NAME_UNKNOWN" in archive["reason"]


def test_layers_are_read_with_deep_only(server) -> None:
    target = f"{server.host}/app:1"
    with random.image(100, 2) as image:
        remote.write(target, image)
        gone = image.layers()[1].digest()
    delete(server, f"app/blobs/{gone}")

    assert doctor.diagnose(target).status == "clean"
    assert doctor.diagnose(target, deep=True).status != "clean"


def delete(server, path: str) -> None:
    """Delete a blob by the registry's API."""
    import http.client

    connection = http.client.HTTPConnection(server.host)
    connection.request("DELETE", f"/v2/{path}")
    assert connection.getresponse().status in (200, 202)
    connection.close()
