"""``pyggcr.cache``: the folder of ``crane pull --cache_path``, made and read by both programs."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from support.command_runner import CliRunner

from pyggcr import crane, errors, tarball, v1, validate
from pyggcr.cache import CachedImage, FilesystemCache
from pyggcr.cli import app as program

DATA = Path(__file__).parent.parent / "data" / "docker"
GZIP = DATA / "28.5.2-containerd-store" / "app-tag.tar"


@pytest.fixture
def app(real_registry, repository, engine):
    """An image in a registry, by reference."""
    reference = f"{real_registry.host}/{repository}:1"
    with tarball.image_from_path(GZIP, engine=engine) as image:
        crane.push(image, reference, engine=engine)
    return reference


@pytest.fixture
def pull(monkeypatch, engine):
    """``pull(…)``: the command, on the engine."""
    monkeypatch.setenv("PYGGCR_ENGINE", engine)

    def pull(*arguments) -> None:
        result = CliRunner().invoke(program, ["pull", *map(str, arguments)])
        assert result.exit_code == 0, result.output

    return pull


def files_of(folder: Path) -> dict[str, bytes]:
    return {it.name: it.read_bytes() for it in folder.iterdir()}


@pytest.mark.parametrize("form", ["tarball", "legacy", "oci"])
def test_the_folder_is_crane_s(app, pull, run_crane, tmp_path, form):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    pull(app, tmp_path / "a", "--format", form, "-c", ours)
    run_crane("pull", app, tmp_path / "b", "--format", form, "-c", theirs)
    assert files_of(ours) == files_of(theirs)
    assert ours.stat().st_mode & 0o777 == theirs.stat().st_mode & 0o777 == 0o700
    # Each reads what the other has kept.
    pull(app, tmp_path / "c", "--format", form, "--cache_path", theirs)
    run_crane("pull", app, tmp_path / "d", "--format", form, "-c", ours)
    if form != "oci":
        written = {(tmp_path / it).read_bytes() for it in "abcd"}
        assert len(written) == 1


def test_what_is_kept_is_not_fetched(app, real_registry, faulty, engine, tmp_path):
    proxy = faulty(real_registry.host)
    reference = app.replace(real_registry.host, proxy.host)
    cache = FilesystemCache(tmp_path)
    for _ in range(2):
        with CachedImage(crane.pull(reference, engine=engine), cache) as image:
            crane.save({"app:1": image}, io.BytesIO())
            layers = {layer.digest() for layer in image.layers()}
    fetched = [it for it in proxy.paths("GET") if any(str(layer) in it for layer in layers)]
    assert len(fetched) == len(layers)


def test_a_damaged_file_is_fetched_again(app, engine, tmp_path):
    cache = FilesystemCache(tmp_path)
    with CachedImage(crane.pull(app, engine=engine), cache) as image:
        digest = image.layers()[0].digest()
        for content in (b"", b"something else"):
            (tmp_path / str(digest)).write_bytes(content)
            assert cache.open(digest) is None
            (tmp_path / str(digest)).write_bytes(content)
            validate.image(image)
            with (tmp_path / str(digest)).open("rb") as file:
                assert v1.sha256(file)[0] == digest


def test_what_was_not_read_to_its_end_is_not_kept(app, engine, tmp_path):
    with CachedImage(crane.pull(app, engine=engine), FilesystemCache(tmp_path)) as image:
        with image.layers()[0].compressed() as stream:
            assert stream.read(10)
        assert list(tmp_path.iterdir()) == []
        by_digest = image.layer_by_digest(image.layers()[0].digest())
        with by_digest.compressed() as stream:
            content = stream.readall()
        assert files_of(tmp_path) == {str(by_digest.digest()): content}
        by_diff_id = image.layer_by_diff_id(by_digest.diff_id())
        with by_diff_id.uncompressed() as stream:
            stream.readall()
        assert len(files_of(tmp_path)) == 2
        assert by_diff_id.media_type() == by_digest.media_type()
        assert by_diff_id.size() == len(content)


def test_a_folder_that_is_none_is_an_error(app, engine, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere/at/all")
    for place, text in (("file", "open .*/file/sha256:.*: not a directory"), ("link", "mkdir .*")):
        cache = FilesystemCache(tmp_path / place)
        with (
            CachedImage(crane.pull(app, engine=engine), cache) as image,
            pytest.raises(errors.FileAccessError, match=f"^{text}$"),
        ):
            image.layers()[0].compressed()


def other_gzip(size: int) -> bytes:
    """A gzip file of that many bytes, which holds what nobody asked for."""
    for content in range(size):
        deflate = zlib.compressobj(0, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        made = deflate.compress(b"x" * content) + deflate.flush()
        if len(made) == size:
            return made
    raise AssertionError(f"no gzip file has {size} bytes")


def test_crane_believes_another_layer_and_pyggcr_does_not(app, pull, run_crane, engine, tmp_path):
    """docs/upstream-findings.md: the cache of layers believes its files."""
    pull(app, tmp_path / "right.tar", "-c", tmp_path / "cache")
    with crane.pull(app, engine=engine) as image:
        layer = image.layers()[0]
        place = tmp_path / "cache" / str(layer.digest())
        place.write_bytes(other_gzip(layer.size()))
    run_crane("pull", app, tmp_path / "crane.tar", "-c", tmp_path / "cache")
    assert (tmp_path / "crane.tar").read_bytes() != (tmp_path / "right.tar").read_bytes()
    pull(app, tmp_path / "ours.tar", "-c", tmp_path / "cache")
    assert (tmp_path / "ours.tar").read_bytes() == (tmp_path / "right.tar").read_bytes()
