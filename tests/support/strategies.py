"""hypothesis strategies for archives: layers of every kind, links, tags, sources."""

from __future__ import annotations

from hypothesis import strategies as st

from support.archives import (
    DOCKER_FOREIGN,
    DOCKER_UNCOMPRESSED,
    OCI_UNCOMPRESSED,
    ImageSpec,
    LayerSpec,
    layer_tar,
    uncompressed_source,
)

TAGS = (
    "app:1",
    "app:2",
    "registry.example.com:5000/team/one:v2",
    "library/app:1",
    "UPPER:1",
    "a:b:c",
)

_file_names = st.sampled_from(("a.txt", "bin/tool", "etc/passwd", "deep/" * 30 + "file", "ü.txt"))
_file_contents = st.one_of(
    st.binary(max_size=300),
    st.integers(0, 70_000).map(lambda size: b"0123456789abcdef" * (size // 16)),
    st.tuples(st.binary(min_size=1, max_size=40), st.integers(1, 2000)).map(
        lambda pair: pair[0] * pair[1]
    ),
)
_contents = st.one_of(
    st.dictionaries(_file_names, _file_contents, max_size=3).map(layer_tar),
    st.just(bytes(1024)),  # the empty layer of BuildKit
    st.just(b""),
    st.binary(max_size=600),  # no tar at all
)


@st.composite
def _sources(draw: st.DrawFn, content: bytes) -> dict | None:
    kind = draw(st.sampled_from(("none", "oci", "docker", "foreign", "odd", "wrong size")))
    if kind == "none":
        return None
    source = uncompressed_source(content, OCI_UNCOMPRESSED)
    if kind == "docker":
        source["mediaType"] = DOCKER_UNCOMPRESSED
    elif kind == "foreign":
        source |= {
            "mediaType": DOCKER_FOREIGN,
            "urls": draw(st.lists(st.text(max_size=8), max_size=2)),
        }
    elif kind == "odd":
        source["mediaType"] = draw(st.text(max_size=20))
        source["annotations"] = draw(
            st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2)
        )
    elif kind == "wrong size":
        source["size"] += 1
    return source


@st.composite
def layer_specs(draw: st.DrawFn) -> LayerSpec:
    """One layer, mostly plain or gzip, now and then a link or with an entry in LayerSources."""
    content = draw(_contents)
    return LayerSpec(
        content=content,
        compression=draw(st.sampled_from(("none", "none", "gzip", "gzip", "zstd"))),
        source=draw(_sources(content)),
        link=draw(st.sampled_from(("", "", "", "hard", "symbolic"))),
    )


@st.composite
def uniform_layers(draw: st.DrawFn) -> list[LayerSpec]:
    """Layers that are all stored alike, some of them twice."""
    layers = draw(st.lists(layer_specs(), max_size=4))
    compression = draw(st.sampled_from(("none", "gzip")))
    for layer in layers:
        layer.compression = compression
    return layers + layers[: draw(st.integers(0, 2))]


@st.composite
def image_specs(draw: st.DrawFn) -> ImageSpec:
    """One image; its config may lie about the layers."""
    layers = draw(st.one_of(uniform_layers(), st.lists(layer_specs(), max_size=4)))
    config = draw(
        st.sampled_from(
            (
                {},
                {},
                {},
                {"history": [{"created": "2024-01-02T03:04:05Z", "empty_layer": True}]},
                {"rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}},
                {"rootfs": {"type": "other", "diff_ids": []}},
                {"config": {"Labels": {"a<b": "\u2028", "z": "é"}, "Env": []}},
                {"created": None, "os.features": []},
            )
        )
    )
    tags = draw(st.one_of(st.none(), st.lists(st.sampled_from(TAGS), max_size=2)))
    return ImageSpec(layers=layers, tags=tags, config=config)


image_lists = st.lists(image_specs(), min_size=1, max_size=3)
