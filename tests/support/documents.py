"""hypothesis strategies for JSON documents: of the right shape, with faults here and there."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pyggcr.differential.generate.json_damage import Members, written

HASHES = ("sha256:" + "a" * 64, "sha256:" + "0" * 64, "sha512:" + "b" * 128)
TIMES = (
    "2024-01-02T03:04:05Z",
    "2024-01-02T03:04:05.123456789+02:00",
    "0001-01-01T00:00:00Z",
    "0000-02-29T23:59:59.1-23:59",
    "2024-02-30T00:00:00Z",
    "2024-01-02T3:04:05Z",
    "2024-01-02T03:04:05,5Z",
    "2024-01-02T03:04:05+24:00",
    "2024-01-02T03:04:05+23:60",
    "2024-13-02T03:04:05Z",
    "2024-01-02T03:04:05Zx",
    "2024-01-02",
)
TEXTS = ("", "é", "\u2028<>&", "\x7f\x01\b\f", "aGVsbG8=", "a===", "aG\nVs", "sha256:zz")
NAMES = (
    "mediaType",
    "size",
    "digest",
    "data",
    "urls",
    "annotations",
    "platform",
    "artifactType",
    "architecture",
    "os",
    "os.version",
    "os.features",
    "config",
    "layers",
    "manifests",
    "schemaVersion",
    "subject",
    "Config",
    "RepoTags",
    "Layers",
    "LayerSources",
    "created",
    "history",
    "rootfs",
    "diff_ids",
    "type",
    "Healthcheck",
    "Test",
    "Interval",
    "Retries",
    "Volumes",
    "Labels",
    "Env",
)
NUMBERS = (0, 1, -1, 255, 256, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**30)


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(NUMBERS),
    st.sampled_from((1.5, 2e20, -0.0)),
    st.sampled_from((*TEXTS, *TIMES, *HASHES)),
    st.text(max_size=5),
)
values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.tuples(st.sampled_from((*NAMES, *HASHES)), inner), max_size=4).map(Members),
    ),
    max_leaves=8,
)


def _object(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Members]:
    fields = [st.tuples(st.just(name.replace("__", ".")), value) for name, value in members.items()]
    return st.tuples(*fields).map(Members)


_hashes = st.sampled_from(HASHES)
_texts = st.text(max_size=6)
_maps = st.dictionaries(_texts, _texts, max_size=2).map(lambda it: Members(it.items()))
descriptors = _object(
    mediaType=_texts,
    size=st.integers(0, 9),
    digest=_hashes,
    data=st.sampled_from(("aGk=", "")),
    urls=st.lists(_texts, max_size=2),
    annotations=_maps,
    platform=_object(architecture=_texts, os=_texts, os__features=st.lists(_texts, max_size=2)),
)
DOCUMENTS = {
    "manifest": _object(
        schemaVersion=st.just(2), config=descriptors, layers=st.lists(descriptors, max_size=2)
    ),
    "index_manifest": _object(
        schemaVersion=st.just(2), manifests=st.lists(descriptors, max_size=2), annotations=_maps
    ),
    "tarball_manifest": st.lists(
        _object(
            Config=_texts,
            RepoTags=st.lists(_texts, max_size=2),
            Layers=st.lists(_texts, max_size=2),
            LayerSources=st.lists(st.tuples(_hashes, descriptors), max_size=2).map(Members),
        ),
        max_size=2,
    ),
    "config_file": _object(
        architecture=_texts,
        created=st.sampled_from(TIMES[:4]),
        history=st.lists(
            _object(created=st.sampled_from(TIMES[:4]), empty_layer=st.booleans()), max_size=2
        ),
        rootfs=_object(type=_texts, diff_ids=st.lists(_hashes, max_size=2)),
        config=_object(
            Env=st.lists(_texts, max_size=2),
            Labels=_maps,
            Volumes=st.lists(st.tuples(_texts, st.just(Members())), max_size=2).map(Members),
            Healthcheck=_object(Test=st.lists(_texts, max_size=1), Interval=st.integers(0, 9)),
        ),
    ),
}


@st.composite
def disturbed(draw: st.DrawFn, document: Any) -> Any:
    """The document with values replaced, names in other cases, members twice or in other order."""
    if draw(st.integers(0, 14)) == 0:
        return draw(values)
    if isinstance(document, Members):
        members = Members()
        for name, value in document:
            kind = draw(st.integers(0, 19))
            if kind == 0:
                continue
            other = (name.upper(), name.title(), name.replace("s", "\u017f"))
            members.append(
                (draw(st.sampled_from(other)) if kind == 1 else name, draw(disturbed(value)))
            )
            if kind == 2:
                members.append((name, draw(st.one_of(st.just(value), values))))
        return members
    if isinstance(document, list):
        return [draw(disturbed(value)) for value in document]
    return document


@st.composite
def damaged_json(draw: st.DrawFn, kind: str) -> bytes:
    """Bytes that are, were, or nearly are such a document."""
    data = written(draw(disturbed(draw(DOCUMENTS[kind])))).encode("utf-8", "surrogatepass")
    damage = draw(st.sampled_from(("none", "none", "cut", "byte", "insert", "append")))
    at = draw(st.integers(0, len(data)))
    if damage == "cut":
        return data[:at]
    if damage == "byte":
        return data[:at] + draw(st.binary(min_size=1, max_size=1)) + data[at + 1 :]
    if damage == "insert":
        odd = (
            b"\\u12",
            b"\\ud800",
            b"\\q",
            b'"',
            b"0",
            b"-",
            b"nul",
            b"\0",
            b"\xff",
            b"\xed\xa0\x80",
        )
        return data[:at] + draw(st.sampled_from(odd)) + data[at:]
    return data + (draw(st.binary(max_size=4)) if damage == "append" else b"")
