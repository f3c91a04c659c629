"""What Python developers expect of a package: imports that hide nothing, reprs, helpful errors."""

from __future__ import annotations

import asyncio
import builtins
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.public_names import Member, members, public_modules

import pyggcr
from pyggcr import (
    audit,
    authn,
    build,
    cache,
    crane,
    daemon,
    empty,
    google,
    limits,
    random,
    registry,
    remote,
    rootfs,
    static,
    sync,
    tarball,
)
from pyggcr._typing import Protocol
from pyggcr.remote import transport
from pyggcr.testing.plugin import BothEngines

SECRET = "correct-horse"
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
        (lambda: audit.Audit([], options={"rety": 1}), "'rety'; did you mean 'retry'?"),
        (lambda: build.image(entrypoin=[]), "'entrypoin'; did you mean 'entrypoint'?"),
        (lambda: build.index(entrypoin=[]), "'entrypoin'; did you mean 'entrypoint'?"),
        (
            lambda: build.write(empty.image(engine="python"), "a", job=1),
            "'job'; did you mean 'jobs'?",
        ),
        (
            lambda: authn.authorization(authn.ANONYMOUS, cancle=1),
            "'cancle'; did you mean 'cancel'?",
        ),
        (lambda: get(time_out=1), "'time_out'; did you mean 'timeout'?"),
    ],
)
def test_a_misspelt_option_is_named_with_the_closest_one(call, says) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == f"unexpected option {says}"


def get(**options: Any) -> None:
    with remote.Puller() as puller:
        puller.get("a/b", **options)


def with_options() -> Iterator[Member]:
    """The public functions that take options by name."""
    for it in {it.key: it for module in public_modules() for it in members(module)}.values():
        if it.owner is None and not inspect.isclass(it.value):
            parameters = inspect.signature(it.function).parameters.values()
            if any("Unpack" in str(parameter.annotation) for parameter in parameters):
                yield it


@pytest.mark.parametrize("member", [*with_options()], ids=lambda it: it.key)
def test_an_unknown_option_is_refused_before_anything_is_done(member: Member) -> None:
    values = {"image": empty.image(engine="python"), "tag": "b"}
    arguments = {
        it.name: values.get(it.name, "127.0.0.1:1/b")
        for it in inspect.signature(member.function).parameters.values()
        if it.default is it.empty and it.kind is not it.VAR_KEYWORD
    }

    with pytest.raises(TypeError, match="unexpected option 'insecur'"):
        asyncio.run(member.value(**arguments, insecur=True))


def without_values() -> set[type]:
    """Public classes of which there are only subclasses, most of them a user's."""
    return {
        it.value
        for module in public_modules()
        for it in members(module)
        if inspect.isabstract(it.value) or Protocol in getattr(it.value, "__bases__", ())
    }


def test_every_public_class_has_a_repr() -> None:
    classes = {
        it.value for module in public_modules() for it in members(module) if it.owner is None
    }
    bare = {it for it in classes if inspect.isclass(it) and it.__repr__ is object.__repr__}

    assert bare - without_values() == set()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (limits.CancelToken(), "<CancelToken>"),
        (BothEngines(), "<BothEngines>"),
        (cache.FilesystemCache("folder"), "FilesystemCache('folder')"),
        (random.Source(-1), "<Source with the seed -1, numbers drawn: 0>"),
        (authn.Basic("ann", SECRET), "Basic('ann', …)"),
        (authn.Bearer(SECRET), "Bearer(…)"),
        (authn.AuthConfig("ann", SECRET), "AuthConfig(username='ann', password=…)"),
        (google.Token(SECRET, 0.0), "Token(expiry=0.0)"),
        (transport.Token(SECRET, SECRET, SECRET), "Token(expires_in=0)"),
        (registry.ServerCertificate(b"public", SECRET.encode()), "ServerCertificate(certificate="),
    ],
)
def test_a_value_says_what_it_is_and_tells_no_secret(value: object, shown: str) -> None:
    assert repr(value).startswith(shown)
    assert type(value).__name__ in repr(value)
    assert len(repr(value)) <= 200
    assert SECRET not in repr(value)


def test_what_changes_is_told() -> None:
    token, source = limits.CancelToken(), random.Source(1)
    token.cancel()
    source.int63()

    assert repr(token) == "<CancelToken, cancelled>"
    assert repr(source) == "<Source with the seed 1, numbers drawn: 1>"


def test_what_has_resources_says_what_it_is(engine: str) -> None:
    auth = authn.Basic("ann", SECRET)
    with remote.Puller(auth=auth, engine=engine) as puller, remote.Pusher(auth=auth) as pusher:
        assert repr(puller) == f"<Puller by {engine}>"
        assert SECRET not in repr(pusher)
    with audit.Audit(["a/b"], options={"auth": auth}) as found:
        assert repr(found) == "<Audit of 1 target>"
    with random.image(10, 2) as image:
        assert repr(rootfs.FileSystem(image)) == "<FileSystem of 2 layers>"
    with registry.serve(engine="python") as server, random.image(10, 1) as image:
        remote.write(f"{server.host}/app:1", image)
        found = remote.get(f"{server.host}/app:1", engine=engine)
        assert repr(found) == f"<RemoteDescriptor {image.digest()}>"
        with remote.lister(f"{server.host}/app", engine=engine) as lister:
            assert repr(lister) == f"<Lister of {server.host}/app>"
        with remote.catalogger(server.host, engine=engine) as catalogger:
            assert repr(catalogger) == f"<Catalogger of {server.host}>"


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
