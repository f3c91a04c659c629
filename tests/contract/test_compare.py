"""``pyggcr.compare`` on both engines: pkg/v1/compare."""

from __future__ import annotations

import io
import re

import pytest
from support import boundary

from pyggcr import compare, empty, errors, mutate, partial, tarball, types, v1
from pyggcr.differential.generate.archives import layer_tar


def layer(content: bytes, level: int = 1) -> v1.Layer:
    data = layer_tar({"file": content})
    return tarball.layer_from_opener(lambda: io.BytesIO(data), compression_level=level)


def image(*contents: bytes) -> v1.Image:
    return mutate.append_layers(empty.image(), *map(layer, contents))


def text_of(function: str, a: object, b: object, engine: str) -> str:
    with pytest.raises(errors.Error) as raised:
        getattr(compare, function)(a, b, engine=engine)
    assert type(raised.value) is errors.Error
    return str(raised.value)


def text_of_both(function: str, a: object, b: object) -> str:
    """What the engines say, which must be the same."""
    texts = [text_of(function, a, b, engine) for engine in ("go", "python")]
    assert texts[0] == texts[1]
    return texts[0]


def test_what_is_the_same_passes(engine):
    assert compare.images(image(b"1", b"2"), image(b"1", b"2"), engine=engine) is None
    assert compare.indexes(empty.index(), empty.index(), engine=engine) is None
    assert compare.layers(layer(b"1"), layer(b"1"), engine=engine) is None


def test_objects_of_both_engines_are_compared(go_engine, engine):
    compare.images(empty.image(engine="go"), empty.image(engine="python"), engine=engine)
    compare.indexes(empty.index(engine="go"), empty.index(engine="python"))


def test_layers_differ(go_engine):
    text = text_of_both("layers", layer(b"1"), partial.config_layer(empty.image()))
    lines = text.splitlines()
    assert lines[0] == "Layers differ:"
    assert [it.partition(";")[0] for it in lines[1:]] == [
        "a.Digest() != b.Digest()",
        "a.DiffID() != b.DiffID()",
        "a.Size() != b.Size()",
        "a.MediaType() != b.MediaType()",
    ]


def test_a_line_has_both_values(go_engine):
    one, other = layer(b"1"), layer(b"1", level=0)
    assert text_of_both("layers", one, other) == (
        f"Layers differ:\na.Digest() != b.Digest(); {one.digest()} != {other.digest()}\n"
        f"a.Size() != b.Size(); {one.size()} != {other.size()}"
    )


def test_images_differ(go_engine):
    add = mutate.Addendum(
        layer(b"1"), urls=["u", "v"], annotations={"b": "2", "a": "1"}, media_type="x/y"
    )
    other = mutate.append(empty.image(), add)
    other = mutate.annotations(other, {"z": "1", "é": "2", "a": "3"})
    text = text_of_both("images", image(b"1"), mutate.media_type(other, "application/x"))
    assert "map[a:3 z:1 é:2]" in text
    assert "[] [u v] map[a:1 b:2] <nil> }" in text
    assert [it.partition(";")[0] for it in text.splitlines()] == [
        "Images differ:",
        "a.Digest() != b.Digest()",
        "a.Manifest() != b.Manifest()",
        "a.Size() != b.Size()",
        "a.MediaType() != b.MediaType()",
    ]


def test_layers_of_images_differ(go_engine):
    text = text_of_both("images", image(b"1", b"2"), image(b"1", b"3"))
    assert "\nLayers[1]: Layers differ:\na.Digest() != b.Digest(); " in text
    assert "Layers[0]" not in text
    assert text.endswith("\n")


def test_the_number_of_layers_hides_the_rest(go_engine):
    text = text_of_both("images", image(b"1"), image())
    assert text == "len(a.Layers()) != len(b.Layers())"


def test_indexes_differ(go_engine):
    platform = v1.Platform("arm64", "linux", variant="v8")
    add = mutate.IndexAddendum(empty.image(), platform=platform, data=b"\x01d", size=3)
    other = mutate.append_manifests(empty.index(), add)
    text = text_of_both("indexes", empty.index(), other)
    assert " [1 100] [] map[] linux/arm64/v8 application/vnd.docker" in text
    assert text.startswith("Indexes differ:\na.Digest() != b.Digest(); ")


def test_a_subject_is_an_address_in_go(go_engine):
    subject = v1.Descriptor(types.MediaType("x/y"), 1, empty.image().digest())
    about = mutate.subject(empty.image(), subject)
    go, python = [text_of("images", empty.image(), about, engine) for engine in ("go", "python")]
    printed = f"map[] &{{x/y 1 {subject.digest} [] [] map[] <nil> }}"
    assert printed in python
    assert re.sub(r"map\[\] 0x[0-9a-f]+", printed, go) == python


def test_what_fails_is_raised(engine):
    def fail():
        raise errors.ArchiveError("broken")

    broken = boundary.Wrapped(empty.image(), config_name=fail)
    with pytest.raises(errors.ArchiveError, match="^broken$"):
        compare.images(empty.image(), broken, engine=engine)


@pytest.mark.parametrize("function", ["images", "indexes", "layers"])
def test_an_argument_of_another_type_is_a_type_error(function, engine):
    with pytest.raises(TypeError, match=r"^expected a \w+, not str$"):
        getattr(compare, function)("a", "b", engine=engine)
