"""Where links lead: as a walk tells that takes every step, but without taking every step."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pyggcr._gostd import path
from pyggcr._layers.entries import LINKS, Entry, EntryTable
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, layer_tar, make_tar, member
from pyggcr.doctor import diagnose
from pyggcr.doctor.names import Names, leads_out

NAMES = ["a", "b", "c", "d/a", "d/b", "./a", "d/../b", "/a", "../a", "d/"]
ENTRIES = st.builds(
    Entry,
    name=st.sampled_from(NAMES),
    kind=st.sampled_from(["file", "link", "symlink", "folder"]),
    size=st.just(0),
    target=st.sampled_from(["", "a", "b", "c", "../a", "d/b", "d/../c", "/a", "../../x"]),
)


def walked(entries: list[Entry], name: str) -> tuple[object, ...]:
    """Where go-containerregistry arrives (extractFileFromTar), step by step."""
    table: dict[str, Entry] = {}
    for entry in entries:
        table.setdefault(path.clean(entry.name), entry)
    visited, links = set(), []
    while name not in visited:
        visited.add(name)
        found = table.get(path.clean(name))
        if found is None or found.kind not in LINKS:
            unsafe = found is None and any(map(leads_out, links))
            return found, name, False, unsafe, set(links)
        links.append(found)
        name = path.join(path.filepath_dir(name), path.clean(found.target))
    return None, name, True, True, set(links)


@given(st.lists(ENTRIES, max_size=12), st.lists(st.sampled_from(NAMES), min_size=1, max_size=12))
def test_every_way_ends_where_go_arrives_in_whatever_order_it_is_asked_for(entries, asked):
    names = Names(EntryTable(entries))
    for name in asked:
        way = names.follow(name)
        found = (way.entry, way.name, way.turns, way.is_unsafe, set(way.links))
        assert found == walked(entries, name)
        assert way.is_link == bool(found[-1])


def linked(count: int, last: str) -> Names:
    """As many links, each to the next, and the last to what is named."""
    links = [Entry(f"l{number}", "symlink", 0, f"l{number + 1}") for number in range(count - 1)]
    return Names(EntryTable([*links, Entry(f"l{count - 1}", "symlink", 0, last)]))


def test_all_ways_over_many_links_take_linear_time():
    # Step by step these are more than a billion steps.
    for last in ("missing", "l0", "l20000"):
        names = linked(50_000, last)
        ways = [names.follow(f"l{number}") for number in range(50_000)]
        assert (
            len({way.name for way in ways}) == {"missing": 1, "l0": 50_000, "l20000": 30_000}[last]
        )


def test_a_config_that_many_images_have_is_read_once(tmp_path, monkeypatch):
    from pyggcr.store.files import TarFiles

    image = ImageSpec([LayerSpec(layer_tar({"a": b"a"}), "gzip")])
    manifest = [{"Config": "config", "RepoTags": None, "Layers": ["l"]}] * 30
    archive = tmp_path / "archive.tar"
    archive.write_bytes(
        make_tar(
            [
                member("manifest.json", json.dumps(manifest).encode()),
                member("config", image.raw_config()),
                member("l", image.layers[0].stored()),
            ]
        )
    )
    read = []
    monkeypatch.setattr(
        TarFiles,
        "read",
        lambda self, name, limit: read.append(name) or super(TarFiles, self).read(name, limit),
    )
    assert diagnose(archive).exit_code == 0
    assert read == ["config"]
