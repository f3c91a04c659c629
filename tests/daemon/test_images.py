"""The images that a daemon lists."""

from __future__ import annotations

from support.fake_engine import RECORDED, FakeEngine

from pyggcr import daemon
from pyggcr.audit import Audit


def test_each_image_is_listed_by_its_names_or_its_id(tmp_path):
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "s") as fake:
        listed = daemon.images(host=fake.host)
        tags = {tag for image in fake.images for tag in image.tags}
        unnamed = {image.id for image in fake.images if not fake.tags_of(image)}
    assert set(listed) == tags | unnamed
    assert len(listed) == len(set(listed))


def test_an_audit_of_a_daemon_has_a_row_for_each(tmp_path, monkeypatch):
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "s") as fake:
        monkeypatch.setenv("DOCKER_HOST", fake.host)
        with Audit(["docker-daemon:"]) as run:
            rows = list(run)
        listed = daemon.images()
    assert {row.reference.partition(":")[0] for row in rows} == {"docker-daemon"}
    assert {row.reference.removeprefix("docker-daemon:") for row in rows} >= set(listed)
