"""``pyggcr.mutate`` on both engines: pkg/v1/mutate.

Of ``extract`` only what it adds to ``crane.export``, whose tests are in test_mutate_extract.py.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import tarfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import boundary

from pyggcr import (
    crane,
    empty,
    engines,
    errors,
    limits,
    match,
    mutate,
    partial,
    registry,
    remote,
    stream,
    tarball,
    types,
    v1,
    validate,
)
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
        lambda image: mutate.append(image, mutate.Addendum("layer")),
        lambda image: mutate.append(image, image.layers()[0]),
        lambda image: mutate.append_manifests(image, image),
        lambda image: mutate.created_at(image, 0),
        lambda image: mutate.index_media_type(image, "x"),
        lambda image: mutate.rebase(image, image, None),
        lambda image: mutate.remove_manifests(empty.index(), None),
        lambda image: mutate.subject(image, None),
        lambda image: mutate.config(image, {"Cmd": []}),
        lambda image: mutate.config_file(image, v1.Config()),
        lambda image: mutate.media_type(image, None),
    ],
)
def test_an_argument_of_another_type_is_a_type_error(image, call):
    with pytest.raises(TypeError, match=r"^expected an? [\w ]+, not \w+$"):
        call(image)


def test_eight_threads_share_a_changed_image(image, engine):
    made = mutate.append_layers(image, layer(b"1"), layer(b"2"), engine=engine)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: observed(made), range(32)))
    assert answers == [answers[0]] * 32


# What is added says more of itself than a layer does.


def _profile() -> str:
    """The gzip profile that both engines have."""
    return engines()["go"].gzip_profile


def test_an_addendum_describes_its_layer(go_engine, image):
    add = mutate.Addendum(
        layer(b"1"),
        v1.History(created_by="COPY", comment="<c>"),
        urls=["https://example.com/1"],
        annotations={"k": "<v>"},
        media_type="application/vnd.example",
    )
    made = both(lambda it, name: mutate.append(it, add, engine=name), image)
    described = made.manifest().layers[-1]
    assert described.urls == ["https://example.com/1"]
    assert described.annotations == {"k": "<v>"}
    assert described.media_type == "application/vnd.example"
    assert made.layers()[-1].media_type() == types.MediaType.DOCKER_LAYER
    assert made.config_file().history[-1].created_by == "COPY"


def test_history_without_a_layer_is_an_addendum_too(go_engine, image):
    add = mutate.Addendum(history=v1.History(created_by="ENV A=B", empty_layer=True))
    made = both(lambda it, name: mutate.append(it, add, engine=name), image)
    assert made.config_file().history[-1].created_by == "ENV A=B"
    assert len(made.layers()) == len(image.layers())


def test_an_addendum_without_a_layer_must_say_so(image, engine):
    with pytest.raises(errors.Error, match="^unable to add a nil layer to the image$"):
        mutate.append(image, mutate.Addendum(), engine=engine)


def test_no_addenda_leave_the_base_as_it_is(image):
    assert mutate.append(image) is image


def test_an_addendum_is_copied(image, engine):
    history, annotations = v1.History(comment="before"), {"k": "before"}
    add = mutate.Addendum(layer(b"1"), history, annotations=annotations)
    made = mutate.append(image, add, engine=engine)
    history.comment = annotations["k"] = "after"
    assert made.config_file().history[-1].comment == "before"
    assert made.manifest().layers[-1].annotations == {"k": "before"}


def test_layers_of_a_stream_that_is_not_read_yet_are_listed(image, engine):
    unread = stream.new_layer(io.BytesIO(layer_tar({"f": b"1"})), engine=engine)
    made = mutate.append_layers(image, unread, engine=engine)
    with pytest.raises(errors.StreamNotComputedError):
        made.digest()
    assert len(made.layers()) == len(image.layers()) + 1
    made.layers()[-1].compressed().close()


def test_annotations_are_merged(go_engine, image):
    def change(it: v1.Image, name: str) -> v1.Image:
        it = mutate.annotations(it, {"a": "1", "b": "1"}, engine=name)
        return mutate.annotations(it, {"b": "2", "c": "é"}, engine=name)

    made = both(change, image)
    assert made.manifest().annotations == {"a": "1", "b": "2", "c": "é"}


def test_annotations_are_copied(image, engine):
    given = {"a": "1"}
    made = mutate.annotations(image, given, engine=engine)
    given["a"] = "2"
    assert made.manifest().annotations == {"a": "1"}


def test_a_later_change_drops_the_subject(go_engine, image):
    """As in go-containerregistry (docs/upstream-findings.md)."""
    subject = v1.Descriptor(types.MediaType("x/y"), 3, image.digest(), data=b"d", urls=["u"])
    with_subject = both(lambda it, name: mutate.subject(it, subject, engine=name), image)
    assert with_subject.manifest().subject == subject
    without = both(lambda it, name: mutate.annotations(it, {"a": "b"}, engine=name), with_subject)
    assert without.manifest().subject is None


def test_the_config_media_type_decides_whether_the_config_is_written_anew(go_engine, image):
    def change(it: v1.Image, name: str) -> v1.Image:
        it = mutate.config_media_type(it, "application/vnd.example", engine=name)
        return mutate.append_layers(it, layer(b"1"), engine=name)

    made = both(change, image)
    assert made.manifest().config.media_type == "application/vnd.example"
    assert made.config_file().rootfs == image.config_file().rootfs

    again = both(
        lambda it, name: mutate.config_media_type(it, types.MediaType.OCI_CONFIG_JSON, engine=name),
        made,
    )
    assert again.manifest().config.media_type == types.MediaType.OCI_CONFIG_JSON


def test_an_image_is_made_at_another_time(go_engine, image):
    zone = dt.timezone(dt.timedelta(hours=-3, minutes=-30))
    when = dt.datetime(2024, 2, 29, 12, 30, 0, 250_000, tzinfo=zone)
    made = both(lambda it, name: mutate.created_at(it, when, engine=name), image)
    assert b'"created":"2024-02-29T12:30:00.25-03:30"' in made.raw_config_file()
    exact = v1.Time(1, 999_999_999, 0)
    made = both(lambda it, name: mutate.created_at(it, exact, engine=name), image)
    assert made.config_file().created == exact


def test_a_datetime_without_a_zone_is_refused(image, engine):
    with pytest.raises(ValueError, match="has no time zone"):
        mutate.created_at(image, dt.datetime(2024, 1, 1), engine=engine)  # noqa: DTZ001


# Times, and images on other bases: with upstream's bugs (docs/upstream-findings.md).


def image_of(engine: str, history: list[v1.History], *layers: v1.Layer) -> v1.Image:
    """A Docker image with any history; one that does not fit the layers, too."""
    made = mutate.append_layers(empty.image(engine=engine), *layers)
    config = made.config_file()
    config.history = history
    return mutate.config_file(made, config)


def contents(image: v1.Image) -> list[list[str]]:
    found = []
    for it in image.layers():
        with it.uncompressed() as content, tarfile.open(fileobj=io.BytesIO(content.read())) as tar:
            found.append(tar.getnames())
    return found


def named(name: str) -> v1.Layer:
    return tarball.layer_from_opener(lambda: io.BytesIO(layer_tar({name: b"1"})))


NOON = v1.Time(1_700_000_000, 500_000_000, 3600)


def test_all_times_become_one(go_engine, image):
    base = image_of("python", [v1.History(author="a", comment="c")], layer(b"1"))
    made = both(lambda it, name: mutate.time(it, NOON, engine=name, gzip_profile=_profile()), base)
    assert made.config_file().created == NOON
    assert made.config_file().history == [v1.History(created=NOON, comment="c")]
    with (
        made.layers()[0].uncompressed() as content,
        tarfile.open(fileobj=io.BytesIO(content.read())) as tar,
    ):
        assert [it.mtime for it in tar] == [1_700_000_000]


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_headers_keep_their_format(go_engine, form):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        info = tarfile.TarInfo("n" * 90 + "/" + "m" * (90 if form != tarfile.PAX_FORMAT else 120))
        info.size = 3
        info.pax_headers = {"atime": "12.5", "comment": "kept"}
        tar.addfile(info, io.BytesIO(b"abc"))
    content = buffer.getvalue()
    odd = tarball.layer_from_opener(lambda: io.BytesIO(content))
    base = image_of("python", [v1.History()], odd)
    both(lambda it, name: mutate.time(it, NOON, engine=name, gzip_profile=_profile()), base)
    both(lambda it, name: mutate.canonical(it, engine=name, gzip_profile=_profile()), base)


def test_a_canonical_image_says_nothing_of_its_machine(go_engine, image):
    config = v1.ConfigFile(
        container="c", docker_version="1", history=[v1.History()], config=v1.Config(hostname="h")
    )
    base = mutate.config_file(mutate.append_layers(empty.image(), layer(b"1")), config)
    # The config lists no DiffID, as it replaces the one that does.
    made = both(lambda it, name: mutate.canonical(it, engine=name, gzip_profile=_profile()), base)
    found = made.config_file()
    assert (found.container, found.docker_version, found.config.hostname) == ("", "", "")
    assert found.created == v1.Time(-62_135_596_800)


def test_the_level_of_compression_is_given(go_engine, image):
    base = image_of("python", [v1.History()], layer(b"1" * 1000))
    made = [
        both(
            lambda it, name, level=level: mutate.time(
                it, NOON, engine=name, gzip_profile=_profile(), compression_level=level
            ),
            base,
        )
        for level in (1, 0)
    ]
    assert made[0].layers()[0].size() < made[1].layers()[0].size()
    with pytest.raises(errors.UnsupportedOptionError, match=r"invalid compression level: 77$"):
        mutate.time(base, NOON, compression_level=77)


def test_layers_are_compressed_as_one_likes(go_engine, image):
    base = image_of("python", [v1.History()], layer(b"1" * 1000))
    options = {
        "compression": "zstd",
        "media_type": types.MediaType.OCI_LAYER_ZSTD,
        "compressed_caching": True,
        "gzip_profile": _profile(),
    }
    for change in (
        lambda it, name: mutate.time(it, NOON, engine=name, **options),
        lambda it, name: mutate.canonical(it, engine=name, **options),
    ):
        (made,) = both(change, base).layers()
        assert made.media_type() == types.MediaType.OCI_LAYER_ZSTD
        with made.compressed() as content:
            assert content.read(4) == b"\x28\xb5\x2f\xfd"


def test_layers_without_a_history_are_a_panic_in_go(image, engine):
    base = image_of(engine, [], layer(b"1"))
    expected = {"go": errors.NativePanicError, "python": errors.MismatchedLayersError}
    for change in (lambda it: mutate.time(it, NOON), mutate.canonical):
        with pytest.raises(expected[engine], match=r"index out of range|history has 0 entries"):
            change(base)


def test_a_layer_is_lost_where_empty_entries_make_up_the_number(image, engine):
    history = [v1.History(empty_layer=True), v1.History()]
    base = image_of(engine, history, named("first"), named("second"))
    assert contents(mutate.time(base, NOON)) == [["first"]]


def test_too_much_history_cannot_be_retimed(image, engine):
    base = image_of(engine, [v1.History(), v1.History()], layer(b"1"))
    with pytest.raises(errors.Error, match="^appending layers: unable to add a nil layer"):
        mutate.time(base, NOON)


def test_a_layer_that_is_no_tar_cannot_be_retimed(image, engine):
    bad = tarball.layer_from_opener(lambda: io.BytesIO(b"no tar" * 200))
    base = image_of(engine, [v1.History()], bad)
    with pytest.raises(errors.ArchiveError, match=r"^setting config file: reading layer: archive"):
        mutate.time(base, NOON)


def test_content_of_another_type_is_missed(image, engine):
    """A contiguous file, type 7, has content; go-containerregistry copies that of type 0 only."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("contiguous")
        info.type, info.size = tarfile.CONTTYPE, 3
        tar.addfile(info, io.BytesIO(b"abc"))
        tar.addfile(tarfile.TarInfo("next"))
    odd = tarball.layer_from_opener(lambda: io.BytesIO(buffer.getvalue()))
    base = image_of(engine, [v1.History()], odd)
    with pytest.raises(errors.ArchiveError, match=r"missed writing 3 bytes$"):
        mutate.time(base, NOON)


def test_an_image_gets_another_base(go_engine, image):
    old = image_of("python", [v1.History(comment="old")], named("old"))
    new = image_of("python", [v1.History(comment="new")], named("new"))
    new = mutate.config_file(new, v1.ConfigFile(os="plan9", history=new.config_file().history))
    original = mutate.append(old, mutate.Addendum(named("own"), v1.History(comment="own")))
    original = mutate.config(original, v1.Config(cmd=["run"]))
    original = mutate.annotations(original, {"lost": "yes"})

    made = both(lambda it, name: mutate.rebase(it, old, new, engine=name), original)

    assert contents(made) == [["new"], ["own"]]
    assert [it.comment for it in made.config_file().history] == ["new", "own"]
    assert made.config_file().os == "plan9"
    assert made.config_file().config.cmd == ["run"]
    assert made.manifest().annotations is None


def test_without_a_history_a_layer_is_lost(image, engine):
    old = image_of(engine, [], named("a"))
    new = image_of(engine, [], named("d"))
    original = image_of(engine, [], named("a"), named("b"), named("c"))
    assert contents(mutate.rebase(original, old, new)) == [["d"], ["c"]]


@pytest.mark.parametrize(
    ("old", "reason"), [(["b"], "(layer 0 mismatch)"), (["a", "b"], "(too few layers)")]
)
def test_an_image_that_is_not_built_on_the_base_is_refused(image, engine, old, reason):
    original = image_of(engine, [], named("a"))
    old_base = image_of(engine, [], *map(named, old))
    with pytest.raises(errors.Error) as raised:
        mutate.rebase(original, old_base, original)
    # Go prints the structs of both images before it, with their addresses.
    assert str(raised.value).startswith("image ")
    assert str(raised.value).endswith(reason)


def test_a_history_of_too_many_layers_cannot_be_rebased(image, engine):
    original = image_of(engine, [v1.History(), v1.History()], named("a"))
    base = image_of(engine, [], named("a"))
    with pytest.raises(
        errors.Error,
        match=r"^failed to process original image: malformed image: config history references at "
        r"least 2 non-empty layer\(s\), but only 1 layer\(s\) are present$",
    ):
        mutate.rebase(original, base, base)


# Indexes.


def told(index: v1.ImageIndex) -> tuple[object, ...]:
    entries = [(it.media_type(), it.size(), it.digest()) for it in partial.compute_manifests(index)]
    return index.media_type(), index.raw_manifest(), index.digest(), index.size(), entries


def both_indexes(change: Callable[[v1.ImageIndex, str], v1.ImageIndex]) -> v1.ImageIndex:
    """What both engines make of an index with an image, an index and a layer; it is the same."""
    made = [change(listed(name), name) for name in ("python", "go")]
    assert told(made[0]) == told(made[1])
    assert [it.engine for it in made] == ["python", "go"]
    return made[0]


def listed(engine: str) -> v1.ImageIndex:
    platform = v1.Platform("arm64", "linux")
    return mutate.append_manifests(
        empty.index(engine=engine),
        mutate.IndexAddendum(empty.image(engine=engine), platform=platform),
        mutate.append_manifests(empty.index(engine=engine), empty.image(engine=engine)),
        layer(b"1", engine),
        engine=engine,
    )


def test_an_index_lists_what_was_added(go_engine):
    index = both_indexes(lambda it, _name: it)
    entries = index.index_manifest().manifests
    assert [it.media_type for it in entries] == [
        types.MediaType.DOCKER_MANIFEST_SCHEMA2,
        types.MediaType.OCI_IMAGE_INDEX,
        types.MediaType.DOCKER_LAYER,
    ]
    assert str(entries[0].platform) == "linux/arm64"
    # Of every image, also where it is no artifact.
    assert entries[0].artifact_type == types.MediaType.DOCKER_CONFIG_JSON
    assert index.image(entries[0].digest).digest() == empty.image().digest()
    assert index.image_index(entries[1].digest).index_manifest().manifests
    assert index.layer(entries[2].digest).diff_id() == layer(b"1").diff_id()


def test_an_addendum_to_an_index_is_believed(go_engine):
    wrong = v1.Hash("sha256", 64 * "0")
    add = mutate.IndexAddendum(
        empty.image(),
        media_type="application/vnd.example",
        size=5,
        digest=wrong,
        data=b"data",
        urls=["https://example.com"],
        annotations={"k": "<v>"},
        artifact_type="application/vnd.example.type",
    )

    def change(it: v1.ImageIndex, name: str) -> v1.ImageIndex:
        return mutate.append_manifests(empty.index(engine=name), add, engine=name)

    made = [change(listed(name), name) for name in ("python", "go")]
    assert made[0].raw_manifest() == made[1].raw_manifest()
    assert made[0].index_manifest().manifests == [add.descriptor()]
    assert made[0].image(wrong).digest() == empty.image().digest()


class Manifest:
    """Something that is no image, index or layer, but can be in an index."""

    def digest(self):
        return v1.Hash("sha256", 64 * "1")

    def size(self):
        return 7

    def media_type(self):
        return types.MediaType("application/vnd.example")


class DescribedManifest(Manifest):
    def descriptor(self):
        return v1.Descriptor(annotations={"own": "words"})


@pytest.mark.parametrize("kind", [Manifest, DescribedManifest])
def test_an_index_takes_what_describes_itself(go_engine, kind):
    made = [
        mutate.append_manifests(empty.index(engine=name), kind(), engine=name)
        for name in ("python", "go")
    ]
    assert made[0].raw_manifest() == made[1].raw_manifest()
    assert len(made[0].index_manifest().manifests) == 1


@pytest.mark.parametrize(
    ("matcher", "left"),
    [
        (match.platforms(v1.Platform("arm64", "linux")), 2),
        (match.media_types("application/vnd.oci.image.index.v1+json"), 2),
        (match.annotation("a", "b"), 3),
        (match.name("b"), 3),
        (match.digests(empty.image(engine="python").digest()), 2),
        (lambda descriptor: descriptor.platform is None, 1),
        (lambda descriptor: "true where Python is", None),
    ],
)
def test_entries_are_removed(go_engine, matcher, left):
    index = both_indexes(lambda it, name: mutate.remove_manifests(it, matcher, engine=name))
    entries = index.index_manifest().manifests
    assert entries is None if left is None else len(entries) == left


def test_an_index_with_nothing_left_has_no_list(go_engine):
    """``null``, where an index that was empty from the beginning has ``[]``."""
    made = both_indexes(lambda it, name: mutate.remove_manifests(it, lambda _: True, engine=name))
    assert b'"manifests":null' in made.raw_manifest()
    assert b'"manifests":[]' in empty.index().raw_manifest()
    refilled = mutate.append_manifests(made, empty.image())
    assert len(refilled.index_manifest().manifests) == 1


def test_what_a_matcher_raises_is_raised_once_it_is_asked(engine):
    calls = []

    def matcher(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError("broken")
        return False

    made = mutate.remove_manifests(listed(engine), matcher, engine=engine)
    assert calls == []
    with pytest.raises(OSError, match="^broken$"):
        made.digest()
    assert made.digest() == listed(engine).digest()
    assert [it.size for it in calls[2:]] == [
        it.size for it in listed(engine).index_manifest().manifests
    ]


def test_a_layer_in_an_index_is_found_below_a_matcher_of_ones_own(engine):
    made = mutate.remove_manifests(listed(engine), lambda _: False, engine=engine)
    made.digest()
    assert made.layer(layer(b"1", engine).digest()).diff_id() == layer(b"1").diff_id()


def test_what_was_added_to_an_index_is_known_once_something_was_computed(engine):
    """go-containerregistry computes nothing for these questions (docs/upstream-findings.md)."""
    made = mutate.append_manifests(empty.index(engine=engine), empty.image(engine=engine))
    wanted = empty.image().digest()
    with pytest.raises(errors.Error, match="^empty index$"):
        made.image(wanted)
    with pytest.raises(errors.Error, match="^empty index$"):
        made.image_index(wanted)
    made.size()
    assert made.image(wanted).digest() == wanted


def test_an_index_without_layers_says_so(engine):
    made = mutate.index_media_type(empty.index(engine=engine), "x", engine=engine)
    with pytest.raises(errors.UnknownBlobError, match="^layer not found: sha256:0"):
        made.layer("sha256:" + 64 * "0")


def test_indexes_are_annotated_retyped_and_about_something(go_engine):
    subject = partial.descriptor(empty.image())

    def change(it: v1.ImageIndex, name: str) -> v1.ImageIndex:
        it = mutate.annotations(it, {"a": "b"}, engine=name)
        it = mutate.index_media_type(it, types.MediaType.DOCKER_MANIFEST_LIST, engine=name)
        return mutate.subject(it, subject, engine=name)

    found = both_indexes(change).index_manifest()
    assert found.annotations == {"a": "b"}
    assert found.media_type == types.MediaType.DOCKER_MANIFEST_LIST
    assert found.subject == subject
    dropped = both_indexes(
        lambda it, name: mutate.annotations(change(it, name), {"c": "d"}, engine=name)
    )
    assert dropped.index_manifest().subject is None


def test_an_index_is_changed_by_the_other_engine(go_engine):
    def change(it: v1.ImageIndex, name: str) -> v1.ImageIndex:
        other = {"go": "python", "python": "go"}[name]
        it = mutate.append_manifests(it, layer(b"2", other), engine=other)
        it = mutate.remove_manifests(it, match.annotation("a", "b"), engine=name)
        return mutate.annotations(it, {"a": "b"}, engine=name)

    index = both_indexes(change)
    assert len(index.index_manifest().manifests) == 4
    assert index.layer(layer(b"2").digest()).diff_id() == layer(b"2").diff_id()


def test_an_index_of_ones_own_is_asked_for_its_layers(engine):
    class Listing(boundary.ListIndex):
        def layer(self, digest):
            return layer(b"3")

    made = mutate.annotations(Listing(empty.image()), {"a": "b"}, engine=engine)
    assert made.layer("sha256:" + 64 * "0").diff_id() == layer(b"3").diff_id()


class CountedLayer(OwnLayer):
    """A layer that remembers what it was asked."""

    def __init__(self, inner):
        super().__init__(inner)
        self.asked = set()

    def __getattribute__(self, name):
        if name in ("digest", "diff_id", "size", "media_type", "compressed", "uncompressed"):
            self.asked.add(name)
        return super().__getattribute__(name)


def test_layers_are_asked_for_nothing_but_what_documents_need(image, engine):
    added = CountedLayer(layer(b"1"))
    made = mutate.append_layers(image, added, engine=engine)
    made = mutate.annotations(made, {"a": "b"}, engine=engine)
    made = mutate.media_type(made, "x", engine=engine)
    index = mutate.append_manifests(empty.index(engine=engine), made, engine=engine)
    assert added.asked == set()
    assert index.digest()
    assert added.asked == {"digest", "diff_id", "size", "media_type"}


def test_a_layer_that_is_lost_is_not_written_anew(image, engine):
    lost = CountedLayer(named("second"))
    history = [v1.History(empty_layer=True), v1.History()]
    base = image_of(engine, history, named("first"), lost)
    base.digest()
    lost.asked.clear()
    assert len(mutate.time(base, NOON, engine=engine).layers()) == 1
    assert "uncompressed" not in lost.asked


def test_overriding_a_descriptor_changes_an_image_of_a_registry(engine):
    """As in go-containerregistry (docs/upstream-findings.md)."""
    platform = v1.Platform("arm64", "linux")
    with registry.serve(engine="python") as server:
        remote.write(f"{server.host}/app:1", empty.image(), engine=engine)
        pulled = remote.image(f"{server.host}/app:1", engine=engine)
        first = mutate.append_manifests(
            empty.index(engine=engine), mutate.IndexAddendum(pulled, platform=platform)
        )
        assert first.index_manifest().manifests[0].platform == platform
        second = mutate.append_manifests(empty.index(engine=engine), pulled)
        assert second.index_manifest().manifests[0].platform == platform


def test_an_index_with_streams_that_are_not_read_yet_is_pushed(engine):
    def unread(content):
        return stream.new_layer(io.BytesIO(layer_tar({"f": content})), engine=engine)

    image = mutate.append_layers(empty.image(engine=engine), unread(b"1"))
    index = mutate.append_manifests(empty.index(engine=engine), image, unread(b"2"))
    with registry.serve(engine="python") as server:
        remote.write_index(f"{server.host}/app:1", index, engine=engine)
        pulled = remote.index(f"{server.host}/app:1", engine=engine)
        assert pulled.digest() == index.digest()
        found = partial.manifests(pulled)
        assert found[0].layers()[0].diff_id() == image.layers()[0].diff_id()
        with found[1].compressed() as content:
            assert len(content.read()) == found[1].size()


# Manifests of which only the bytes are there.

DOCUMENT = b'{"z":1e21,"a":{"q":[1.5,1e-7,1e-6,true,null,"<x>",123456789012]},"n":-0}'


@pytest.mark.parametrize("kind", ["manifest", "index_manifest"])
def test_any_manifest_can_be_annotated(kind, engine):
    parts = partial.Parts(**{kind: DOCUMENT})
    made = mutate.annotations(parts, {"x": "y", "a": "b"}, engine=engine)
    assert made.manifest_bytes() == (
        b'{"a":{"q":[1.5,1e-7,0.000001,true,null,"\\u003cx\\u003e",123456789012]},'
        b'"annotations":{"a":"b","x":"y"},"n":-0,"z":1e+21}'
    )
    assert (made.raw_index_manifest is None) == (kind == "manifest")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=8,
)


@given(members=st.dictionaries(st.text(), JSON_VALUES))
def test_any_json_is_written_anew_as_go_does(go_engine, members):
    parts = partial.Parts(manifest=json.dumps(members).encode())
    made = []
    for name in ("go", "python"):
        try:
            made.append(mutate.annotations(parts, {"k": "v"}, engine=name).manifest_bytes())
        except errors.Error as error:
            made.append((type(error), str(error)))
    assert made[0] == made[1]


def test_a_subject_brings_empty_annotations_along(engine):
    """As in go-containerregistry (docs/upstream-findings.md)."""
    parts = partial.Parts(manifest=b'{"config":1}', config_file=b"{}")
    made = mutate.subject(parts, v1.Descriptor(size=3), engine=engine)
    assert json.loads(made.manifest_bytes()) == {
        "annotations": None,
        "config": 1,
        "subject": {"mediaType": "", "size": 3, "digest": ":"},
    }
    assert made.raw_config_file == b"{}"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (b'{"annotations":{"a":"b"}}', r".annotations is not a map: map[string]interface {}"),
        (b'{"annotations":null}', ".annotations is not a map: <nil>"),
        (b'{"annotations":[1]}', ".annotations is not a map: []interface {}"),
        (b'{"annotations":"a"}', ".annotations is not a map: string"),
        (b'{"annotations":1}', ".annotations is not a map: float64"),
        (b'{"annotations":true}', ".annotations is not a map: bool"),
        (b"[]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        (b'{"a":1e999}', "json: cannot unmarshal number 1e999 into Go value of type float64"),
        (b"{", "unexpected end of JSON input"),
    ],
)
def test_manifests_that_cannot_be_annotated(engine, document, text):
    parts = partial.Parts(manifest=document)
    for change in (
        lambda: mutate.annotations(parts, {"x": "y"}, engine=engine),
        lambda: mutate.subject(parts, v1.Descriptor(), engine=engine),
    ):
        with pytest.raises(errors.Error) as raised:
            change()
        assert str(raised.value) == text


def test_a_manifest_that_is_null_is_a_panic_in_go(engine):
    expected = {"go": errors.NativePanicError, "python": errors.JSONError}
    with pytest.raises(expected[engine]):
        mutate.annotations(partial.Parts(manifest=b"null"), {"x": "y"}, engine=engine)
