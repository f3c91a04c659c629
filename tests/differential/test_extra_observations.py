"""Further observations: asked of both engines, they are the same, and failures are answers."""

from __future__ import annotations

import pytest

from pyggcr.differential import Failure
from pyggcr.differential.extra_observations import observe_path_extra
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from pyggcr.differential.short_reads import short_reads
from pyggcr.differential.whole_archive import verdict_of


@pytest.fixture
def answers(tmp_path, engine):
    """The function that gives the further answers of an archive with these layers."""

    def observe(*layers: LayerSpec):
        path = tmp_path / "archive.tar"
        path.write_bytes(docker_save([ImageSpec(list(layers))]))
        return observe_path_extra(path, None, engine=engine, gzip_profile=None)

    return observe


def test_every_layer_is_asked(answers):
    told = answers(LayerSpec(layer_tar({"a": b"a"})), LayerSpec(layer_tar({"b": b"b"})))
    assert told["layers[0].uncompressed_size"] == told["layers[1].uncompressed_size"] == "10240"
    assert told["layers[0].blob_size"] == told["layers[0].found_by_digest"].split()[-1]
    assert told["layers[1].exists"] == "True"
    assert told["validate_fast"] == told["layers[1].validate"] == "ok"
    assert told["config_file"].startswith('{"architecture":"amd64"')


def test_a_failure_is_an_answer_and_stops_nothing(answers):
    told = answers(LayerSpec(b"\x1f\x8b"))
    assert told["layers[0].uncompressed_size"] == Failure("unexpected EOF", "TruncatedError")
    assert isinstance(told["unknown_blob_size"], Failure)
    assert told["layers[0].validate_fast"] == "ok"


def test_short_reads_give_the_whole_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 1000)
    with short_reads(path)() as file:
        assert len(file.read(1000)) == 100
        assert not file.seekable()
        assert file.read(1000) + file.readall() == path.read_bytes()[100:]


def test_the_engines_agree_on_real_archives(go_engine, archives):
    for archive in archives[::6]:
        verdict = verdict_of(archive)
        assert verdict.differences == ()
        assert verdict.compared > verdict_of(archive, more=False).compared + 20
