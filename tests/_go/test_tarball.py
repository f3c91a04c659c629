"""The Go engine's options, and the classes of Go's errors."""

from __future__ import annotations

import pytest

from pyggcr import errors


def opened(go, path, **options):
    given = {"gzip_profile": go.info.gzip_profile, "layer_sources": "patched", **options}
    return go.tarball.image_from_path(path=str(path), tag=None, **given)


def test_its_own_gzip_profile_is_taken(go, small_archive):
    opened(go, small_archive, gzip_profile=go.info.gzip_profile).close()


def test_another_gzip_profile_is_refused_with_advice(go, small_archive):
    other = "go1.26" if go.info.gzip_profile != "go1.26" else "go1.27"
    with pytest.raises(errors.UnsupportedOptionError) as raised:
        opened(go, small_archive, gzip_profile=other)
    assert go.info.go_version in str(raised.value)
    assert 'engine="python"' in str(raised.value)


def test_trusted_layer_sources_are_refused_with_advice(go, small_archive):
    with pytest.raises(errors.UnsupportedOptionError, match='engine="python"'):
        opened(go, small_archive, layer_sources="trusted")


def test_a_missing_file_is_a_missing_path(go, tmp_path):
    with pytest.raises(errors.MissingPathError) as raised:
        opened(go, tmp_path / "none.tar")
    assert str(raised.value) == f"open {tmp_path}/none.tar: no such file or directory"
    assert isinstance(raised.value, FileNotFoundError)
    assert raised.value.errno == 2


def test_a_directory_cannot_be_read(go, tmp_path):
    with pytest.raises(errors.FileAccessError, match="is a directory"):
        opened(go, tmp_path)


@pytest.mark.parametrize(
    ("operation", "data", "kind", "text"),
    [
        ("hash", b"foo", errors.InvalidHashError, 'cannot parse hash: "foo"'),
        ("gunzip", bytes(64), errors.CompressionError, "gzip: invalid header"),
        ("gunzip", b"", errors.TruncatedError, "EOF"),
        ("config_file", b"{", errors.TruncatedError, "unexpected EOF"),
        (
            "manifest",
            b"}",
            errors.JSONError,
            "invalid character '}' looking for beginning of value",
        ),
        (
            "platform",
            b"a/b/c/d",
            errors.InvalidPlatformError,
            "too many slashes in platform spec: a/b/c/d",
        ),
        ("tag", b'{"name": "a b"}', errors.InvalidReferenceError, None),
        ("nothing", b"", errors.UnsupportedOptionError, 'no operation "nothing"'),
    ],
)
def test_an_error_of_go_has_its_class_and_its_text(go, operation, data, kind, text):
    with pytest.raises(errors.Error) as raised:
        go.gostd.call(operation, data)
    assert type(raised.value) is kind
    assert text is None or str(raised.value) == text


def test_bytes_that_are_no_text_survive(go):
    with pytest.raises(errors.InvalidPlatformError) as raised:
        go.gostd.call("platform", b"\xff/b/c/d")
    assert str(raised.value).encode("utf-8", "surrogateescape").endswith(b"\xff/b/c/d")


def test_what_is_no_image_is_refused(go):
    with pytest.raises(errors.UnsupportedOptionError, match="not a object"):
        go.validate.image(image=object(), fast=False)
