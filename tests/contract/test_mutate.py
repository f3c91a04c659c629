"""``pyggcr.mutate`` on both engines: pkg/v1/mutate.

Of ``extract`` only what it adds to ``crane.export``, whose tests are in test_mutate_extract.py.
"""

from __future__ import annotations

import io
import tarfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import boundary

from pyggcr import crane, empty, errors, limits, mutate, tarball, types, v1, validate
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar


@pytest.fixture
def image(tmp_path, engine):
    contents = [{"kept": b"1", "replaced": b"2"}, {"replaced": b"3"}]
    layers = [LayerSpec(layer_tar(it), "gzip") for it in contents]
    (tmp_path / "source.tar").write_bytes(docker_save([ImageSpec(layers, ["app:1"])]))
    with tarball.image_from_path(tmp_path / "source.tar", engine=engine) as opened:
        yield opened


def test_the_stream_is_what_export_writes(image):
    exported = io.BytesIO()
    crane.export(image, exported)

    with mutate.extract(image) as stream:
        flat = stream.read()

    assert flat == exported.getvalue()
    with tarfile.open(fileobj=io.BytesIO(flat)) as tar:
        contents = {it.name: tar.extractfile(it).read() for it in tar}
    assert contents == {"replaced": b"3", "kept": b"1"}


def test_a_stream_that_is_read_byte_by_byte_gives_the_same(image):
    with mutate.extract(image) as whole, mutate.extract(image) as stream:
        assert b"".join(iter(lambda: stream.read(1), b"")) == whole.read()


def test_a_stream_may_be_closed_before_its_end(image):
    stream = mutate.extract(image)
    stream.read(10)
    stream.close()
    stream.close()
    assert stream.closed


def test_a_layer_that_is_no_tar_is_an_error(tmp_path, engine):
    layers = [LayerSpec(layer_tar({"f": b"1"})), LayerSpec(b"no tar" * 200)]
    (tmp_path / "bad.tar").write_bytes(docker_save([ImageSpec(layers, ["app:1"])]))

    with (
        tarball.image_from_path(tmp_path / "bad.tar", engine=engine) as image,
        mutate.extract(image) as stream,
        pytest.raises(errors.ArchiveError, match="^reading tar: "),
    ):
        stream.read()


# Images made of other images.


class OwnLayer(v1.Layer):
    """A layer of the user's own: another one, which answers all questions."""

    def __init__(self, inner):
        self.inner = inner

    def digest(self):
        return self.inner.digest()

    def diff_id(self):
        return self.inner.diff_id()

    def compressed(self):
        return self.inner.compressed()

    def uncompressed(self):
        return self.inner.uncompressed()

    def size(self):
        return self.inner.size()

    def media_type(self):
        return self.inner.media_type()


class SlowLayer(OwnLayer):
    """A layer that answers nothing until it may."""

    def __init__(self, inner):
        super().__init__(inner)
        self.may_answer = threading.Event()

    def diff_id(self):
        assert self.may_answer.wait(boundary.HANG)
        return super().diff_id()


class FailingLayer(OwnLayer):
    """A layer that raises an error, if it has one."""

    error = None

    def diff_id(self):
        if self.error is not None:
            raise self.error
        return super().diff_id()


def layer(content: bytes, engine: str | None = None) -> v1.Layer:
    return tarball.layer_from_opener(
        lambda: io.BytesIO(layer_tar({"file": content})), engine=engine
    )


def observed(image: v1.Image) -> tuple[object, ...]:
    return (
        image.media_type(),
        image.raw_manifest(),
        image.raw_config_file(),
        image.digest(),
        image.config_name(),
        image.size(),
        [(it.digest(), it.diff_id(), it.size(), it.media_type()) for it in image.layers()],
    )


def both(change: Callable[[v1.Image, str], v1.Image], base: v1.Image) -> v1.Image:
    """What both engines make of a change, which must be the same."""
    made = [change(base, name) for name in ("python", "go")]
    assert observed(made[0]) == observed(made[1])
    assert [it.engine for it in made] == ["python", "go"]
    return made[0]


@pytest.mark.parametrize("origin", ["empty", "archive"])
def test_layers_are_added_on_top(go_engine, image, origin, engine):
    base = empty.image(engine=engine) if origin == "empty" else image
    added = [layer(b"4"), layer(b"5")]

    made = both(lambda it, name: mutate.append_layers(it, *added, engine=name), base)

    assert [it.diff_id() for it in made.layers()] == [
        *(it.diff_id() for it in base.layers()),
        *(it.diff_id() for it in added),
    ]
    assert len(made.config_file().history) == len(base.config_file().history or ()) + 2
    assert made.config_file().history[-1] == v1.History()


def test_no_layers_leave_the_base_as_it_is(image):
    assert mutate.append_layers(image) is image


def test_layers_come_from_anywhere(go_engine, image, tmp_path):
    """An archive of each engine, a layer of the user's own, and an image of another archive."""
    (tmp_path / "other.tar").write_bytes(
        docker_save([ImageSpec([LayerSpec(layer_tar({"other": b"6"}), "gzip")], ["other:1"])])
    )
    other = tarball.image_from_path(tmp_path / "other.tar", engine="go")
    parts = [other.layers()[0], layer(b"7"), OwnLayer(layer(b"8"))]
    made = both(lambda it, name: mutate.append_layers(it, *parts, engine=name), image)
    for part in parts:
        part.close()
    other.close()
    assert len(made.layers()) == len(image.layers()) + 3


def test_a_cancelled_call_leaves_an_image_of_several_archives_usable(go_engine, image):
    slow = SlowLayer(layer(b"9"))
    made = mutate.append_layers(image, slow, engine="go")
    with limits.limit(timeout=0.2), pytest.raises(errors.DeadlineExceededError):
        made.digest()
    slow.may_answer.set()
    assert made.digest() == mutate.append_layers(image, layer(b"9"), engine="python").digest()


def test_limits_of_the_call_that_made_an_image_do_not_hold_later(go_engine, image):
    with limits.limit(timeout=0.3):
        made = mutate.append_layers(image, OwnLayer(layer(b"1")), engine="go")
    time.sleep(0.4)
    assert len(made.layers()) == len(image.layers()) + 1


def test_the_exception_of_the_source_that_failed_is_raised(go_engine, image):
    """Not that of another source, which failed in an earlier call."""
    first, second = FailingLayer(layer(b"1")), FailingLayer(layer(b"2"))
    made = mutate.append_layers(image, first, second, engine="go")
    first.error = OSError("first")
    with pytest.raises(OSError, match="^first$"):
        made.digest()
    first.error, second.error = None, OSError("second")
    with pytest.raises(OSError, match="^second$"):
        made.digest()
    second.error = None
    assert made.digest()


def test_a_base_that_fails_is_asked_only_when_it_must_be(image, engine):
    class Broken(boundary.Wrapped):
        def manifest(self):
            raise errors.ArchiveError("broken")

    made = mutate.append_layers(Broken(image), layer(b"1"), engine=engine)
    retyped = mutate.media_type(made, "application/x", engine=engine)
    assert retyped.media_type() == "application/x"
    with pytest.raises(errors.ArchiveError, match="^broken$"):
        retyped.digest()


def test_a_layer_by_diff_id_is_known_once_something_was_computed(image, engine):
    """go-containerregistry computes nothing for this question (docs/upstream-findings.md)."""
    added = layer(b"1")
    made = mutate.append_layers(image, added, engine=engine)
    with pytest.raises(errors.UnknownDiffIDError):
        made.layer_by_diff_id(added.diff_id())
    made.digest()
    assert made.layer_by_diff_id(added.diff_id()).digest() == added.digest()


def test_the_config_file_is_a_layer_too(image, engine):
    made = mutate.append_layers(image, layer(b"1"), engine=engine)
    with made.layer_by_digest(made.config_name()).compressed() as stream:
        assert stream.read() == made.raw_config_file()


def test_an_unknown_layer_is_the_base_s_error(image, engine):
    made = mutate.append_layers(image, layer(b"1"), engine=engine)
    with pytest.raises(errors.UnknownBlobError):
        made.layer_by_digest("sha256:" + 64 * "0")


def test_two_layers_of_one_content_stay_two(go_engine, image):
    """One DiffID, two digests."""
    content = layer_tar({"file": b"1"})
    levels = [
        tarball.layer_from_opener(lambda: io.BytesIO(content), compression_level=level)
        for level in (1, 0)
    ]
    made = both(lambda it, name: mutate.append_layers(it, *levels, engine=name), image)
    assert [it.digest() for it in made.layers()[-2:]] == [it.digest() for it in levels]


def test_the_config_is_replaced(go_engine, image):
    wanted = v1.Config(cmd=["run"], env=["A=B"], labels={"k": "v"}, volumes={"/data"})
    made = both(lambda it, name: mutate.config(it, wanted, engine=name), image)
    assert made.config_file().config == wanted
    assert made.config_file().rootfs == image.config_file().rootfs
    assert made.config_name() != image.config_name()


def test_the_config_file_is_replaced(go_engine, image):
    wanted = image.config_file()
    wanted.os, wanted.architecture, wanted.raw = "plan9", "mips", None
    made = both(lambda it, name: mutate.config_file(it, wanted, engine=name), image)
    assert (made.config_file().os, made.config_file().architecture) == ("plan9", "mips")


def test_the_caller_s_config_file_is_copied(image, engine):
    wanted = image.config_file()
    made = mutate.config_file(image, wanted, engine=engine)
    before = made.digest(), made.raw_config_file()
    wanted.os = "plan9"
    assert (made.digest(), made.raw_config_file()) == before
    made.config_file().os = "plan9"
    assert made.raw_config_file() == before[1]


def test_fields_that_nobody_knows_are_lost_as_in_go(go_engine, image):
    class Extended(boundary.Wrapped):
        def raw_config_file(self):
            return b'{"unknown":1,' + self.inner.raw_config_file().lstrip()[1:]

        def config_file(self):
            return v1.parse_config_file(self.raw_config_file())

    made = both(
        lambda it, name: mutate.append_layers(it, layer(b"1"), engine=name), Extended(image)
    )
    assert b"unknown" not in made.raw_config_file()


def test_the_config_of_an_artifact_stays_as_it_is(go_engine, image):
    class Artifact(boundary.Wrapped):
        def manifest(self):
            manifest = self.inner.manifest()
            manifest.config.media_type = types.MediaType("application/vnd.example+json")
            manifest.raw = None
            return manifest

    made = both(
        lambda it, name: mutate.append_layers(it, layer(b"1"), engine=name), Artifact(image)
    )
    assert made.raw_config_file() == image.raw_config_file()
    assert len(made.layers()) == len(image.layers()) + 1


def test_the_media_type_is_all_that_changes(go_engine, image):
    oci = types.MediaType.OCI_MANIFEST_SCHEMA1
    made = both(lambda it, name: mutate.media_type(it, oci, engine=name), image)
    assert made.manifest().media_type == oci
    assert made.manifest().config.media_type == image.manifest().config.media_type
    assert [it.media_type() for it in made.layers()] == [it.media_type() for it in image.layers()]


def test_changes_follow_each_other(go_engine, image):
    def change(it: v1.Image, name: str) -> v1.Image:
        it = mutate.append_layers(it, layer(b"1"), engine=name)
        it = mutate.config(it, v1.Config(cmd=["x"]), engine=name)
        it = mutate.media_type(it, types.MediaType.OCI_MANIFEST_SCHEMA1, engine=name)
        return mutate.append_layers(it, layer(b"2"), engine=name)

    both(change, image)


def test_a_changed_image_is_valid_once_it_was_written(image, engine, tmp_path):
    made = mutate.append_layers(image, layer(b"1"), engine=engine)
    crane.save({"app:2": made}, tmp_path / "changed.tar")
    with tarball.image_from_path(tmp_path / "changed.tar", engine=engine) as saved:
        assert saved.config_name() == made.config_name()
        validate.image(saved)


def test_a_new_layer_makes_an_image_contradict_itself_in_go_s_eyes(image, engine):
    """A layer of a tar says that it has no annotations, and a parsed manifest nothing of them.

    go-containerregistry's ``validate`` takes that for a difference (docs/upstream-findings.md).
    """
    made = mutate.append_layers(image, layer(b"1", engine), engine=engine)
    with pytest.raises(errors.ValidationError, match="mismatched manifest content"):
        validate.image(made)


def test_a_changed_image_can_be_changed_by_the_other_engine(go_engine, image):
    def change(it: v1.Image, name: str) -> v1.Image:
        other = {"go": "python", "python": "go"}[name]
        it = mutate.append_layers(it, layer(b"1"), engine=other)
        return mutate.config(it, v1.Config(cmd=["x"]), engine=name)

    both(change, image)


@pytest.mark.parametrize(
    "call",
    [
        lambda image: mutate.append_layers(image, None),
        lambda image: mutate.append_layers("image", image),
        lambda image: mutate.config(image, {"Cmd": []}),
        lambda image: mutate.config_file(image, v1.Config()),
        lambda image: mutate.media_type(image, None),
    ],
)
def test_an_argument_of_another_type_is_a_type_error(image, call):
    with pytest.raises(TypeError, match=r"^expected a \w+, not \w+$"):
        call(image)


def test_eight_threads_share_a_changed_image(image, engine):
    made = mutate.append_layers(image, layer(b"1"), layer(b"2"), engine=engine)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: observed(made), range(32)))
    assert answers == [answers[0]] * 32
