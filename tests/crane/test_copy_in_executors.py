"""Whole repositories copied by the workers of an executor."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from pyggcr import crane, empty, mutate, random, registry, remote
from pyggcr.errors import TransportError


@pytest.fixture
def host(engine):
    """A registry with a repository of 20 images, an index of them, and an index of that."""
    with registry.serve(engine="python") as server:
        image = random.image(16, 1)
        name = f"{server.host}/app"
        remote.write(f"{name}:0", image)
        for tag in range(1, 20):
            remote.tag(f"{name}:{tag}", image)
        index = mutate.append_manifests(empty.index(), mutate.IndexAddendum(image))
        remote.write_index(f"{name}:index", index)
        outer = mutate.append_manifests(empty.index(), mutate.IndexAddendum(index))
        remote.write_index(f"{name}:a-outer", outer)
        yield server.host


def digests(repository: str) -> dict[str, str]:
    return {tag: crane.digest(f"{repository}:{tag}") for tag in crane.list_tags(repository)}


def test_threads_copy_all_tags(host, engine):
    with ThreadPoolExecutor(4) as executor:
        copied = crane.copy_repository(
            f"{host}/app", f"{host}/mirror/app", executor=executor, engine=engine
        )
    assert len(copied) == 22
    assert digests(f"{host}/mirror/app") == digests(f"{host}/app")


@pytest.mark.usefixtures("kept_for_processes")
def test_processes_copy_all_tags(host, engine):
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        crane.copy_repository(
            f"{host}/app", f"{host}/mirror/app", executor=executor, referrers=True, engine=engine
        )
    assert digests(f"{host}/mirror/app") == digests(f"{host}/app")


def test_a_tag_that_cannot_be_copied_is_an_error(host, engine, faulty):
    from support.faulty_proxy import Fault, answer

    proxy = faulty(host, Fault("GET", "manifests/7", answer(403), None))
    with ThreadPoolExecutor(2) as executor, pytest.raises(TransportError, match="403"):
        crane.copy_repository(
            f"{proxy.host}/app", f"{host}/mirror/app", executor=executor, engine=engine
        )
