"""What Python developers expect of a package: imports that hide nothing, reprs, helpful errors."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest

import pyggcr
from pyggcr import crane, daemon, google, random, registry, remote, static, sync, tarball

ARCHIVE = Path(__file__).parent / "data" / "docker" / "25.0.2" / "app-tag.tar"


def test_a_star_import_hides_no_builtin() -> None:
    names: dict[str, object] = {}
    exec("from pyggcr import *", names)

    assert not {it for it in names if hasattr(builtins, it)} - {"__builtins__", "__doc__"}
    assert names["tarball"] is tarball
    assert pyggcr.open is not open
    assert "open" in dir(pyggcr)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: remote.image("a/b", plaform="a"), "'plaform'; did you mean 'platform'?"),
        (lambda: remote.Puller(insecur=True), "'insecur'; did you mean 'insecure'?"),
        (lambda: crane.digest("a/b", time_out=1), "'time_out'; did you mean 'timeout'?"),
        (lambda: crane.copy("a/b", "a/c", xyz=1), "'xyz'"),
        (lambda: daemon.tag("a/b", "a/c", hots=""), "'hots'; did you mean 'host'?"),
        (lambda: google.list("gcr.io/a", keychan=None), "'keychan'; did you mean 'keychain'?"),
        (lambda: sync.run(sync.Config(()), insecur=1), "'insecur'; did you mean 'insecure'?"),
    ],
)
def test_a_misspelt_option_is_named_with_the_closest_one(call, says) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == f"unexpected option {says}"


def test_an_object_says_what_it_is_without_any_work(engine) -> None:
    with random.image(10, 1, engine=engine) as image, image.layers()[0] as layer:
        assert repr(image) == f"<image of the {engine} engine>"
        assert repr(layer) == f"<layer of the {engine} engine>"
    with random.index(10, 1, 1, engine=engine) as index:
        assert repr(index) == f"<index of the {engine} engine>"
    with static.new_layer(b"", "a/b", engine=engine) as layer:
        assert repr(layer) == f"<layer of the {engine} engine>"


def test_what_was_opened_says_what_it_is_called() -> None:
    with pyggcr.open(ARCHIVE) as store:
        assert repr(store) == f"<store {str(ARCHIVE)!r} with 1 image>"
        (image,) = store.images()
        assert repr(image) == f"<image of the python engine: {', '.join(image.tags)}>"
    assert "with 1 image" in repr(store)  # closed, too


def test_what_a_registry_has_says_where_it_is() -> None:
    with registry.serve(engine="python") as server, random.image(10, 1) as image:
        target = f"{server.host}/app:1"
        remote.write(target, image)
        with remote.image(target, engine="python") as pulled:
            digest = pulled.digest()
            assert repr(pulled) == f"<image of the python engine: {server.host}/app@{digest}>"
            assert repr(pulled.layers()[0]).endswith(f" engine: {pulled.layers()[0].digest()}>")
