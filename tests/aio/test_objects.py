"""The objects of ``pyggcr.aio``: nothing that they do blocks the event loop, and nothing leaks."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import threading
from pathlib import Path
from typing import Any

import pytest

from pyggcr import aio, crane, daemon, name, random, remote, tarball, v1, validate
from pyggcr.aio import listing

GZIP = Path(__file__).parent.parent / "data" / "docker" / "28.5.2-containerd-store" / "app-tag.tar"

# How often the loop must go round while a source is being waited for.
TURNS = 20
# Long enough for any machine, and only waited for by a test that fails.
PATIENCE = 30


class Gate:
    """Something slow: whoever passes waits until the event loop has gone round some times."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def passed(self, *_arguments: object, **_options: object) -> Any:
        self.reached.set()
        assert self._open.wait(PATIENCE), "the event loop was blocked"

    def open(self) -> None:
        self._open.set()

    async def goes_round(self, task: asyncio.Task[Any]) -> None:
        """Return when the loop went round some times while the task waited at the gate."""
        while not self.reached.is_set():
            assert not task.done(), f"nothing waited: {task}"
            await asyncio.sleep(0)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert not task.done()

    def run(self, call: Any) -> Any:
        """Run what has to wait at the gate, and open the gate when the loop went round."""

        async def main() -> Any:
            task = asyncio.ensure_future(call())
            try:
                await self.goes_round(task)
            finally:
                self.open()
            return await task

        return asyncio.run(main())


@pytest.fixture
def gate():
    return Gate()


class Slow:
    """An object of which every method waits at a gate."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        return self._gate.passed

    def __repr__(self) -> str:
        return "<slow>"


def methods(kind: type) -> list[str]:
    return [it for it, value in inspect.getmembers(kind, callable) if not it.startswith("_")]


def awaited(twin: Any, method: str) -> Any:
    """A call of a method, with made-up arguments."""
    function = getattr(twin, method)
    needed = [
        it
        for it in inspect.signature(function).parameters.values()
        if it.default is it.empty and it.kind is it.POSITIONAL_OR_KEYWORD
    ]
    return function(*["app"] * len(needed))


OBJECTS = {
    "Image": (aio.Image, v1.Image),
    "ImageIndex": (aio.ImageIndex, v1.ImageIndex),
    "Layer": (aio.Layer, v1.Layer),
    "Stream": (aio.Stream, io.RawIOBase),
    "Lister": (listing.Lister, remote.Lister),
    "Catalogger": (listing.Catalogger, remote.Catalogger),
    "RemoteDescriptor": (aio.RemoteDescriptor, remote.RemoteDescriptor),
}
# The bytes are there already.
AT_HAND = {("RemoteDescriptor", "raw_manifest")}


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (kind, method)
        for kind, (twin, _) in OBJECTS.items()
        for method in methods(twin)
        if (kind, method) not in AT_HAND
    ],
)
def test_a_method_works_in_a_thread(gate, kind, method):
    twin, _ = OBJECTS[kind]
    wrapped = Slow(gate)
    # What comes back is nothing that could be wrapped in a list of layers.
    expected = pytest.raises(TypeError) if method == "layers" else contextlib.nullcontext()
    with expected:
        gate.run(lambda: awaited(twin(wrapped), method))


@pytest.mark.parametrize("kind", sorted(set(OBJECTS) - {"Stream"}))
def test_an_object_has_all_methods_of_the_one_it_wraps(kind):
    twin, wrapped = OBJECTS[kind]
    assert set(methods(twin)) == set(methods(wrapped)) | {"close"}
    assert all(inspect.iscoroutinefunction(getattr(twin, it)) for it in methods(twin))


@pytest.mark.parametrize("kind", sorted(OBJECTS))
def test_a_block_closes_in_a_thread(gate, kind):
    async def block():
        async with OBJECTS[kind][0](Slow(gate)):
            pass

    gate.run(block)


@pytest.mark.parametrize("kind", ["Stream", "Lister", "Catalogger"])
def test_iterating_works_in_a_thread(gate, kind):
    async def iterate():
        return [it async for it in OBJECTS[kind][0](Slow(gate))]

    assert gate.run(iterate) == []


@pytest.mark.parametrize("kind", ["Puller", "Pusher"])
def test_a_client_is_made_and_used_in_a_thread(gate, kind, monkeypatch):
    monkeypatch.setattr(remote, kind, gate.passed)
    client = getattr(aio.remote, kind)(insecure=True)
    assert repr(client) == f"<aio {kind}>"
    gate.run(client.__aenter__)


@pytest.mark.parametrize(
    ("kind", "method"),
    [(it, method) for it in ("Puller", "Pusher") for method in methods(getattr(aio.remote, it))],
)
def test_a_method_of_a_client_works_in_a_thread(gate, kind, method):
    client = getattr(aio.remote, kind)()
    client._wrapped = Slow(gate)
    gate.run(lambda: awaited(client, method))


@pytest.mark.parametrize(
    ("module", "function"),
    [
        (module, function)
        for module in (crane, daemon, remote, tarball, validate)
        for function in getattr(aio, module.__name__.rpartition(".")[2]).__all__
        if inspect.isfunction(getattr(module, function))
    ],
    ids=lambda it: it if isinstance(it, str) else it.__name__.rpartition(".")[2],
)
def test_a_function_works_in_a_thread(gate, module, function, monkeypatch):
    monkeypatch.setattr(module, function, gate.passed)
    twin = getattr(aio, module.__name__.rpartition(".")[2])
    gate.run(lambda: awaited(twin, function))


class SlowFile(io.BytesIO):
    """An archive whose bytes come when a gate opens."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(GZIP.read_bytes())
        self._gate = gate

    def read(self, size: int | None = -1, /) -> bytes:
        self._gate.passed()
        return super().read(size)

    def readinto(self, buffer: Any, /) -> int:
        self._gate.passed()
        return super().readinto(buffer)


def test_a_slow_archive_does_not_stop_the_loop(gate, engine):
    async def read():
        async with await aio.tarball.image(lambda: SlowFile(gate), engine=engine) as image:
            layers = await image.layers()
            async with await layers[0].uncompressed() as stream:
                return v1.sha256(io.BytesIO(b"".join([it async for it in stream])))[0]

    with tarball.image_from_path(GZIP) as image:
        assert gate.run(read) == image.layers()[0].diff_id()


class TestCancelling:
    def test_what_was_opened_meanwhile_is_closed(self, gate, monkeypatch):
        closed = []

        class Opened:
            def close(self):
                closed.append(threading.current_thread())

        def open_slowly(*_arguments, **_options):
            gate.passed()
            return Opened()

        monkeypatch.setattr(tarball, "image_from_path", open_slowly)

        async def main():
            task = asyncio.ensure_future(aio.tarball.image_from_path("app.tar"))
            await gate.goes_round(task)
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()  # a second time: the thread still works
            await asyncio.sleep(0)
            assert not task.done()
            gate.open()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        assert len(closed) == 1
        assert closed[0] is not threading.main_thread()

    def test_a_stream_is_closed_and_so_is_the_archive(self, gate, engine):
        files = []

        def opener():
            files.append(SlowFile(gate))
            return files[-1]

        async def read():
            async with await aio.tarball.image(opener, engine=engine) as image:
                await image.digest()

        async def main():
            task = asyncio.ensure_future(read())
            await gate.goes_round(task)
            task.cancel()
            gate.open()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        assert all(it.closed for it in files)

    def test_work_that_has_not_begun_does_not_begin(self, gate):
        begun = []

        async def main():
            from concurrent.futures import ThreadPoolExecutor

            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
            first = asyncio.ensure_future(aio.run(gate.passed))
            await gate.goes_round(first)
            second = asyncio.ensure_future(aio.run(begun.append, 1))
            await asyncio.sleep(0)
            second.cancel()
            await asyncio.sleep(0)
            gate.open()
            await first
            with pytest.raises(asyncio.CancelledError):
                await second

        asyncio.run(main())
        assert begun == []

    def test_closing_goes_to_its_end(self, gate):
        async def main():
            task = asyncio.ensure_future(aio.Layer(Slow(gate)).close())
            await gate.goes_round(task)
            task.cancel()
            await asyncio.sleep(0)
            assert not task.done()
            gate.open()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())


def test_functions_take_objects_of_both_kinds(tmp_path, engine):
    async def main():
        plain = random.image(16, 1, engine=engine)
        made = [aio.Image(plain), plain]
        for number, image in enumerate(made):
            await aio.validate.image(image)
            path = tmp_path / f"{number}.tar"
            await aio.crane.save({"app:1": image}, path)
            await aio.tarball.multi_write_to_file(
                tmp_path / f"x{number}.tar", iter([(name.new_tag("app:1"), image)])
            )
        await made[0].close()
        return [(tmp_path / f"{it}.tar").read_bytes() for it in ("0", "x0", "1", "x1")]

    first, *others = asyncio.run(main())
    assert others == [first] * 3


def test_a_pusher_takes_what_a_puller_gives(real_registry, repository, engine):
    app = f"{real_registry.host}/{repository}"

    async def main():
        async with aio.remote.Pusher(engine=engine) as pusher:
            await pusher.push(f"{app}:1", aio.Image(random.image(16, 1, engine=engine)))
            found = await aio.remote.get(f"{app}:1", engine=engine)
            await pusher.put(f"{app}:2", found)
            assert await found.raw_manifest() == found.manifest
            async with await found.image() as image:
                assert await image.digest() == found.descriptor.digest
                assert repr(image) == repr(image.wrapped).replace("<", "<aio ")
        return await aio.crane.list_tags(app, engine=engine)

    assert sorted(asyncio.run(main())) == ["1", "2"]


def test_a_misspelt_option_of_a_client_is_named_at_once():
    with pytest.raises(TypeError, match="'insecur'; did you mean 'insecure'"):
        aio.remote.Puller(insecur=True)


def test_a_method_that_is_awaited_needs_no_run():
    layer = aio.Layer(random.layer(16))
    with pytest.raises(TypeError, match="Layer.digest does not block: await it directly"):
        asyncio.run(aio.run(layer.digest))
