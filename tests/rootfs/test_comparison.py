"""``pyggcr.rootfs.compare``: what differs between two images."""

from __future__ import annotations

import tarfile

import pytest
from rootfs.conftest import layer_of, special

from pyggcr import mutate, v1
from pyggcr.rootfs import ComparedLayer, Setting, compare

BASE = layer_of("etc/", ("etc/a", b"1"), ("etc/b", b"2"))


def told(comparison):
    return [(it.kind, it.path, it.fields) for it in comparison.files]


def test_an_image_equals_itself(image):
    result = compare(image(BASE), image(BASE))

    assert result.equal
    assert (result.files, result.settings, result.unread) == ((), (), 1)


def test_files_that_are_added_removed_and_changed(image):
    first = image(layer_of(("a", b"1"), ("b", b"2"), ("same", b"")))
    second = image(layer_of(("a", b"22"), ("c", b"333"), ("same", b"")))

    result = compare(first, second)

    assert told(result) == [
        ("changed", "a", ("content",)),
        ("removed", "b", ()),
        ("added", "c", ()),
    ]
    assert [it.growth for it in result.files] == [1, -1, 3]
    assert not result.equal


@pytest.mark.parametrize(
    ("fields", "differs"),
    [
        ({"mode": 0o600}, ("mode",)),
        ({"uid": 7}, ("owner",)),
        ({"gid": 7}, ("owner",)),
        ({"pax_headers": {"SCHILY.xattr.user.a": "b"}}, ("xattrs",)),
        ({"mtime": 9}, ()),
    ],
)
def test_attributes_that_differ(image, fields, differs):
    first = special("a", tarfile.REGTYPE, mode=0o644)
    second = special("a", tarfile.REGTYPE, **{"mode": 0o644, **fields})
    pair = image(layer_of(first)), image(layer_of(second))

    assert told(compare(*pair)) == ([("changed", "a", differs)] if differs else [])
    assert compare(*pair, times=True).files


def test_types_and_targets_that_differ(image):
    first = image(layer_of("a", special("l", tarfile.SYMTYPE, "x")))
    second = image(layer_of("a/", special("l", tarfile.SYMTYPE, "y")))

    assert told(compare(first, second)) == [
        ("changed", "a", ("type",)),
        ("changed", "l", ("target",)),
    ]


def test_the_same_content_of_the_same_size_does_not_differ(image):
    first = image(layer_of(("a", b"1"), ("b", b"2")), layer_of(("a", b"2")))
    second = image(layer_of(("b", b"2"), ("a", b"2")))

    assert compare(first, second).files == ()


def test_layers_that_both_have_are_not_read(image, engine, monkeypatch):
    top = layer_of(("etc/a", b"new"), "etc/.wh.b", ("etc/n", b""))
    pair = image(BASE), image(BASE, top)
    read = []
    kind = type(pair[0].layers()[0])
    whole = kind.uncompressed
    monkeypatch.setattr(kind, "uncompressed", lambda self: read.append(self) or whole(self))

    result = compare(*pair)

    assert len(read) == 1
    assert result.unread == 1
    assert told(result) == [
        ("added", "etc/a", ()),
        ("removed", "etc/b", ()),
        ("added", "etc/n", ()),
    ]
    assert told(compare(*pair, every_layer=True)) == [
        *(("changed", "etc/a", ("content",)), ("removed", "etc/b", ()), ("added", "etc/n", ())),
    ]


def test_a_whiteout_in_the_first_image_alone_is_an_addition_in_the_second(image):
    result = compare(image(BASE, layer_of("etc/.wh.b")), image(BASE))

    assert told(result) == [("added", "etc/b", ())]


def test_layers_in_another_order_are_read(image):
    other = layer_of(("etc/a", b"2"))
    result = compare(image(BASE, other), image(other, BASE))

    assert result.unread == 0
    assert told(result) == [("changed", "etc/a", ("content",))]


def test_the_layers_are_listed(image):
    top = layer_of(("a", b"123"))
    first, second = image(BASE, top), image(BASE, BASE)
    diff_ids = [str(layer.diff_id()) for layer in first.layers()]

    assert compare(first, second).layers == (
        ComparedLayer(diff_ids[0], 0, 0),
        ComparedLayer(diff_ids[1], 1, None, 3),
        ComparedLayer(diff_ids[0], None, 1, 2),
    )


def test_settings_that_differ(image):
    first = image(BASE)
    config = v1.Config(env=["A=1"], labels={"x": "y"})
    second = mutate.created_at(mutate.config(first, config), v1.Time(1_704_067_200))

    result = compare(first, second)

    assert result.settings == (
        Setting("config.Env", None, ["A=1"]),
        Setting("config.Labels.x", None, "y"),
    )
    assert "created" in [it.name for it in compare(first, second, times=True).settings]


def test_without_files_no_layer_is_read(image, monkeypatch):
    pair = image(BASE), image(layer_of("a"))
    monkeypatch.setattr("pyggcr.rootfs.comparison.FileSystem", None)

    result = compare(*pair, files=False)

    assert result.files == ()
    assert not result.equal
