"""asyncio: the same answers; a task that is cancelled takes its work with it, on both engines."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from pathlib import Path

import pytest
from support.faulty_proxy import Fault, stall

from pyggcr import aio, crane, errors, limits, remote, tarball, validate
from pyggcr._values.remote import Retry

GZIP = Path(__file__).parent.parent / "data" / "docker" / "28.5.2-containerd-store" / "app-tag.tar"


# Of ``pyggcr.remote``, what no work is done by.
VALUES = {
    *("Catalogs", "ConnectionOptions", "Diagnostic", "MountableLayer", "Options"),
    *("RemoteDescriptor", "Retry", "Source", "Tags"),
}
# What functions return, in place of classes whose methods would block.
TWINS = {"Catalogger", "Lister"}


@pytest.mark.parametrize(
    ("ours", "mirrored", "left_out"),
    [
        (aio.remote, remote, VALUES | TWINS),
        (aio.crane, crane, {"RefusingToClobberError"}),
        (aio.validate, validate, set()),
    ],
)
def test_everything_that_waits_is_there(ours, mirrored, left_out):
    assert set(ours.__all__) == set(mirrored.__all__) - left_out
    for name in ours.__all__:
        if inspect.isfunction(getattr(mirrored, name)):
            assert inspect.iscoroutinefunction(getattr(ours, name))


@pytest.mark.parametrize("name", sorted(TWINS))
def test_what_functions_return_does_not_block(name):
    twin, mirrored = getattr(aio.listing, name), getattr(remote, name)
    assert {it for it in vars(twin) if not it.startswith("_")} == {"has_next", "next"}
    for method in ("has_next", "next"):
        assert inspect.iscoroutinefunction(getattr(twin, method))
        ours, theirs = (inspect.signature(getattr(it, method)) for it in (twin, mirrored))
        assert ours.parameters.keys() == theirs.parameters.keys()


@pytest.mark.parametrize("name", ["Puller", "Pusher"])
def test_classes_have_the_same_methods(name):
    def methods(kind):
        return {it for it in dir(kind) if not it.startswith("_") and it != "engine"}

    assert methods(getattr(aio.remote, name)) == methods(getattr(remote, name))


def test_push_and_pull(real_registry, repository, engine):
    app = f"{real_registry.host}/{repository}"

    async def main():
        image = await aio.tarball.image_from_path(GZIP, engine=engine)
        await aio.remote.write(f"{app}:1", image, engine=engine)
        pulled, tags, head = await asyncio.gather(
            aio.remote.image(f"{app}:1", engine=engine),
            aio.crane.list_tags(app, engine=engine),
            aio.remote.Puller(engine=engine).head(f"{app}:1"),
        )
        await aio.validate.image(pulled)
        digest = await pulled.digest()
        assert (digest, tags, head.digest) == (await image.digest(), ["1"], digest)
        async with aio.remote.Pusher(engine=engine) as pusher:
            await pusher.push(f"{app}:2", pulled)
            await pusher.delete(f"{app}@{digest}")
        with pytest.raises(errors.ClosedError, match="^client already closed$"):
            await pusher.delete(f"{app}@{digest}")
        with pytest.raises(errors.TransportError):
            await aio.remote.get(f"{app}:2", engine=engine)
        await pulled.close()
        await image.close()

    asyncio.run(main())


def test_progress_comes_in_the_event_loop(real_registry, repository, engine):
    loops = []

    async def main():
        with tarball.image_from_path(GZIP, engine=engine) as image:
            await aio.remote.write(
                f"{real_registry.host}/{repository}:1",
                image,
                engine=engine,
                progress=lambda _: loops.append(asyncio.get_running_loop()),
            )
        await asyncio.sleep(0)
        assert set(loops) == {asyncio.get_running_loop()}

    asyncio.run(main())


class TestCancelling:
    @pytest.fixture
    def stalled(self, real_registry, faulty, repository, engine):
        """The address of a manifest that never comes."""
        proxy = faulty(real_registry.host, Fault("GET", "/manifests/", stall(), times=None))
        app = f"{real_registry.host}/{repository}:1"
        with tarball.image_from_path(GZIP, engine=engine) as image:
            remote.write(app, image, engine=engine)
        return f"{proxy.host}/{repository}:1"

    def test_a_task_takes_its_work_with_it(self, stalled, engine):
        async def main():
            task = asyncio.create_task(aio.remote.get(stalled, engine=engine, retry=Retry(steps=1)))
            await asyncio.sleep(0.3)
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - began < 1

        asyncio.run(main())

    def test_a_timeout_of_asyncio_will_do(self, stalled, engine):
        async def main():
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(aio.remote.get(stalled, engine=engine), 0.3)

        asyncio.run(main())

    def test_a_timeout_of_the_call_will_do(self, stalled, engine):
        async def main():
            with pytest.raises(errors.DeadlineExceededError):
                await aio.remote.get(stalled, engine=engine, timeout=0.3)

        asyncio.run(main())

    def test_a_token_from_outside_still_holds(self, stalled, engine):
        token = limits.CancelToken()

        async def main():
            asyncio.get_running_loop().call_later(0.3, token.cancel)
            with limits.limit(cancel=token), pytest.raises(errors.CancelledError):
                await aio.remote.get(stalled, engine=engine)

        asyncio.run(main())


def test_a_token_as_an_argument_is_refused():
    with pytest.raises(TypeError, match="cancel the task"):
        asyncio.run(aio.remote.get("app", cancel=limits.CancelToken()))


def test_a_function_of_one_s_own():
    async def main():
        began, ended = [], []

        def work():
            began.append(True)
            while True:
                limits.current().check()
                time.sleep(0.01)

        def never_ends():
            try:
                work()
            finally:
                ended.append(True)

        task = asyncio.create_task(aio.run(never_ends))
        while not began:
            await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert ended == [True]

    asyncio.run(main())
