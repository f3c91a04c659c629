"""``deep``: each layer of a registry is read once, whoever reads it, and each row is right."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter

import pytest
from support.dask_cluster import DaskCluster
from support.faulty_proxy import Fault, FaultyProxy, answer, corrupt, truncate
from support.fleets import LAYER, push_fleet

from pyggcr import empty, mutate, random, registry, remote, static
from pyggcr.audit import Audit, images
from pyggcr.audit.layers import WaitingImages
from pyggcr.remote import Retry

QUICK = {"retry": Retry(duration=0.01, factor=1.0, steps=2)}


def rows_of(*targets, deep=True, **options):
    with Audit(targets, deep=deep, options=QUICK, **options) as run:
        for _ in run:
            pass
        return list(run.rows())


def reads(proxy: FaultyProxy, rows) -> Counter[str]:
    """How often each layer was fetched."""
    layers = {layer.digest for row in rows for layer in row.layers}
    asked = (re.search(r"/blobs/(.*)", path) for path in proxy.paths("GET"))
    return Counter(it[1] for it in asked if it and it[1] in layers)


@pytest.fixture(scope="module")
def shared():
    """Ten images in two repositories with one lower layer, and a layer of their own each."""
    with registry.serve(engine="python") as server:
        push_fleet(server.host, 2, 5)
        yield server.host


@pytest.fixture
def unshared(monkeypatch):
    """Rows as they were when each image read its own layers."""

    def read(*targets, **options):
        with monkeypatch.context() as patch:
            original = images.RepositoryReader.__init__

            def init(self, *arguments, **named):
                original(self, *arguments, **named)
                self._facts = {}

            patch.setattr(images.RepositoryReader, "__init__", init)
            return rows_of(*targets, **options)

    return read


def test_a_layer_that_ten_images_share_is_fetched_once(shared, faulty, plain, unshared):
    proxy = faulty(shared)
    rows = rows_of(proxy.host)
    fetched = reads(proxy, rows)
    assert len(rows) == 10
    assert set(fetched.values()) == {1}
    assert len(fetched) == 11
    assert plain(rows) == plain(unshared(proxy.host))


def test_the_next_run_knows_the_layers(faulty, tmp_path):
    with registry.serve(engine="python") as server:
        push_fleet(server.host, 1, 2)
        proxy = faulty(server.host)
        rows_of(proxy.host, state=tmp_path / "s")
        base = remote.image(f"{server.host}/team0/app:0", engine="python")
        own = static.new_layer(b"own", LAYER)
        remote.write(f"{server.host}/other:1", mutate.append_layers(base, own), engine="python")
        proxy.requests.clear()
        rows = rows_of(proxy.host, state=tmp_path / "s")
        assert reads(proxy, rows) == {str(own.digest()): 1}


def test_layers_that_were_read_before_a_stop_are_not_read_again(
    shared, faulty, tmp_path, plain, monkeypatch
):
    proxy = faulty(shared)
    whole = plain(rows_of(proxy.host))
    proxy.requests.clear()
    original, taken = WaitingImages.take, []

    def take(self, task, outcome):
        original(self, task, outcome)
        taken.append(task)
        if len(taken) == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(WaitingImages, "take", take)
        with pytest.raises(KeyboardInterrupt):
            rows_of(proxy.host, state=tmp_path / "s", max_per_host=1)
    proxy.requests.clear()

    rows = rows_of(proxy.host, state=tmp_path / "s", max_per_host=1)

    again = reads(proxy, rows)
    kept = {digest for task in taken for digest in task.layers}
    assert len(kept) == 4
    assert not kept & set(again)
    assert set(again.values()) == {1}
    assert plain(rows) == whole


def test_damaged_layers_are_found_in_each_image(faulty, plain, unshared):
    wrong = static.new_layer(b"no gzip at all, whatever its media type says", LAYER)
    cut = static.new_layer(b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x4b\x4c", LAYER)
    with registry.serve(engine="python") as server:
        for number, layer in enumerate((wrong, wrong, cut, cut)):
            image = mutate.append_layers(random.image(16, 1, source=number), layer)
            remote.write(f"{server.host}/app{number % 2}:{number}", image, engine="python")
        proxy = faulty(server.host)
        rows = rows_of(proxy.host)
        assert plain(rows) == plain(unshared(proxy.host))
    assert all(row.findings or row.error for row in rows)


@pytest.mark.parametrize(
    "fault",
    [truncate(20), corrupt(15), answer(404), answer(500)],
    ids=["cut", "wrong", "404", "500"],
)
def test_layers_that_cannot_be_fetched_are_told_of_in_each_image(
    shared, faulty, plain, unshared, fault
):
    (row,) = rows_of(f"{shared}/team0/app:0")
    base = row.layers[0].digest
    proxy = faulty(shared, Fault("GET", f"/blobs/{base}", fault, None))
    rows = rows_of(proxy.host)
    assert [bool(row.error) for row in rows] == [True] * 10
    assert plain(rows) == plain(unshared(proxy.host))


def test_a_layer_that_one_repository_lacks_is_told_of_there(shared, faulty):
    (row,) = rows_of(f"{shared}/team0/app:0")
    path = f"team1/app/blobs/{row.layers[0].digest}"
    proxy = faulty(
        shared, Fault("GET", path, answer(404), None), Fault("HEAD", path, answer(404), None)
    )
    rows = rows_of(proxy.host)
    assert {row.reference.split("/")[1] for row in rows if row.error} == {"team1"}


@pytest.mark.usefixtures("kept_for_processes")
def test_processes_read_each_layer_once(shared, faulty, plain):
    proxy = faulty(shared)
    rows = rows_of(proxy.host, jobs=2)
    assert set(reads(proxy, rows).values()) == {1}
    assert plain(rows) == plain(rows_of(proxy.host))


@pytest.mark.full
def test_workers_of_dask_read_each_layer_once(shared, faulty, plain, require):
    if importlib.util.find_spec("distributed") is None:
        require("dask", "distributed is not installed")
    proxy = faulty(shared)
    with DaskCluster(2) as cluster:
        rows = rows_of(proxy.host, dask=cluster.address)
    assert set(reads(proxy, rows).values()) == {1}
    assert plain(rows) == plain(rows_of(proxy.host))


def test_images_without_layers_need_none():
    with registry.serve(engine="python") as server:
        remote.write(f"{server.host}/app:1", empty.image(), engine="python")
        (row,) = rows_of(server.host)
    assert (row.layers, row.error) == ((), None)
