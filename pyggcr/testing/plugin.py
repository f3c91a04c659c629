"""Fixtures for pytest: a registry, images, archives of each Docker, layouts, and both engines.

pytest loads this module by itself where pyggcr is installed (entry point ``pytest11``). All names
of fixtures begin with ``pyggcr``. Until a test uses one of them, nothing of pyggcr but this module
is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

import pyggcr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol, TypeVar, cast

    from pyggcr import v1
    from pyggcr.registry import RegistryServer
else:
    from pyggcr._typing import Protocol, TypeVar, cast

__all__ = [
    "BothEngines",
    "MakeArchive",
    "MakeImage",
    "MakeIndex",
    "MakeLayout",
    "pyggcr_both_engines",
    "pyggcr_docker_archive",
    "pyggcr_engine",
    "pyggcr_image",
    "pyggcr_index",
    "pyggcr_layout",
    "pyggcr_registry",
]

# What images hold if a test does not say.
_FILES: Mapping[str, str | bytes] = {"/etc/motd": "hello\n"}

_T = TypeVar("_T")


class BothEngines:
    """Calls a function on both engines; that they answer the same is asserted.

    Answers are compared by ``==``, exceptions by class and text. A function that reads from disk
    or network is called twice.
    """

    def __repr__(self) -> str:
        return "<BothEngines>"

    def __call__(self, function: Callable[..., _T], *arguments: Any, **options: Any) -> _T:
        """The function's answer; or what it raises, if that is the same on both.

        Raises:
            AssertionError: the engines differ.
        """
        go, python = (
            _outcome(engine, function, *arguments, **options) for engine in ("go", "python")
        )
        if isinstance(go, Exception) and isinstance(python, Exception):
            if (type(go), str(go)) == (type(python), str(python)):
                raise go
        elif not isinstance(go, Exception) and go == python:
            return cast(_T, go)
        raise AssertionError(f"the engines differ:\n  go:     {go!r}\n  python: {python!r}")


@pytest.fixture(params=["go", "python"])
def pyggcr_engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test once for each engine, which all calls in it use.

    An engine that is not available is skipped, with the reason.

    Args:
        request: which engine; pytest gives it.

    Yields:
        The name of the engine.
    """
    name: str = request.param
    _skip_without(name)
    with pyggcr.use_engine(name):
        yield name


@pytest.fixture(scope="session")
def pyggcr_both_engines() -> BothEngines:
    """Give a function that calls another on both engines and asserts that they agree.

    It can be used under hypothesis. The test is skipped where an engine is not available.

    Returns:
        The function.
    """
    for name in ("go", "python"):
        _skip_without(name)
    return BothEngines()


class MakeImage(Protocol):
    """The type of the fixture ``pyggcr_image``."""

    def __call__(
        self,
        *layers: Mapping[str, str | bytes],
        platform: str = "linux/amd64",
        compression: str = "gzip",
        **settings: Any,
    ) -> v1.Image:
        """Make an image.

        Args:
            layers: the files of each layer, their contents by their paths; default: one layer with
                one file.
            platform: such as ``linux/arm64``.
            compression: ``gzip``, ``zstd`` or ``none``.
            settings: such as ``env`` and ``cmd``, as for ``pyggcr.build.image``.

        Returns:
            The image, which is closed when the test is over.

        Raises:
            UnsupportedOptionError: there is no such compression or setting.
        """


class MakeIndex(Protocol):
    """The type of the fixture ``pyggcr_index``."""

    def __call__(
        self,
        *layers: Mapping[str, str | bytes],
        platforms: Sequence[str] = ("linux/amd64", "linux/arm64"),
        compression: str = "gzip",
        **settings: Any,
    ) -> v1.ImageIndex:
        """Make an index with one image for each platform.

        Args:
            layers: the files of each layer, as for ``pyggcr_image``.
            platforms: the platforms.
            compression: ``gzip``, ``zstd`` or ``none``.
            settings: such as ``env`` and ``cmd``, as for ``pyggcr.build.index``.

        Returns:
            The index, which is closed when the test is over.

        Raises:
            UnsupportedOptionError: there is no such compression or setting.
        """


class MakeArchive(Protocol):
    """The type of the fixture ``pyggcr_docker_archive``."""

    def __call__(
        self,
        version: str,
        images: Mapping[str, v1.Image] | v1.Image | None = None,
        *,
        containerd_store: bool | None = None,
    ) -> Path:
        """Write an archive as ``docker save`` of some version of Docker Engine does.

        Args:
            version: the version, from 24 to 29, such as ``25.0.2``.
            images: images by their tags; or one image, saved by its ID; default: an image of one
                layer as ``app:1``.
            containerd_store: whether the engine uses the containerd store; default: from Docker 29
                on.

        Returns:
            The path of the archive, in the test's own folder.

        Raises:
            UnsupportedOptionError: the form of the archives of this version is not known.
        """


class MakeLayout(Protocol):
    """The type of the fixture ``pyggcr_layout``."""

    def __call__(self, *images: v1.Image | v1.ImageIndex) -> Path:
        """Write an OCI layout.

        Args:
            images: the images and indexes; default: an image of one layer.

        Returns:
            The path of the folder, in the test's own folder.

        Raises:
            FileAccessError: the folder cannot be written.
        """


@pytest.fixture
def pyggcr_registry() -> Iterator[RegistryServer]:
    """Serve an empty registry in this process; ``host`` is its address, as in references.

    Yields:
        The registry.
    """
    from pyggcr import registry

    with registry.serve(engine="python") as server:
        yield server


@pytest.fixture
def pyggcr_image() -> Iterator[MakeImage]:
    """Give a function that makes images of files.

    Yields:
        The function.
    """
    from pyggcr import build

    with ExitStack() as owned:

        def make(
            *layers: Mapping[str, str | bytes],
            platform: str = "linux/amd64",
            compression: Any = "gzip",
            **settings: Any,
        ) -> v1.Image:
            made = _layers(owned, layers, compression)
            return owned.enter_context(build.image(layers=made, platform=platform, **settings))

        yield make


@pytest.fixture
def pyggcr_index() -> Iterator[MakeIndex]:
    """Give a function that makes indexes: an image of the same files for each platform.

    Yields:
        The function.
    """
    from pyggcr import build

    with ExitStack() as owned:

        def make(
            *layers: Mapping[str, str | bytes],
            platforms: Sequence[str] = ("linux/amd64", "linux/arm64"),
            compression: Any = "gzip",
            **settings: Any,
        ) -> v1.ImageIndex:
            made = _layers(owned, layers, compression)
            return owned.enter_context(build.index(layers=made, platforms=platforms, **settings))

        yield make


@pytest.fixture
def pyggcr_docker_archive(tmp_path: Path, pyggcr_image: MakeImage) -> MakeArchive:
    """Give a function that writes archives in the form of a version of Docker Engine.

    Args:
        tmp_path: the test's own folder; pytest gives it.
        pyggcr_image: makes the image of a test that has none.

    Returns:
        The function.
    """
    from pyggcr.testing.docker_archives import docker_archive

    def make(
        version: str,
        images: Mapping[str, v1.Image] | v1.Image | None = None,
        *,
        containerd_store: bool | None = None,
    ) -> Path:
        wanted = {"app:1": pyggcr_image()} if images is None else images
        data = docker_archive(wanted, version, containerd_store=containerd_store)
        path = _unused(tmp_path, f"docker-{version}", ".tar")
        path.write_bytes(data)
        return path

    return make


@pytest.fixture
def pyggcr_layout(tmp_path: Path, pyggcr_image: MakeImage) -> MakeLayout:
    """Give a function that writes OCI layouts.

    Args:
        tmp_path: the test's own folder; pytest gives it.
        pyggcr_image: makes the image of a test that has none.

    Returns:
        The function.
    """
    from pyggcr import empty, layout, v1

    def make(*images: v1.Image | v1.ImageIndex) -> Path:
        path = _unused(tmp_path, "layout", "")
        written = layout.write(path, empty.index())
        for it in images or [pyggcr_image()]:
            if isinstance(it, v1.ImageIndex):
                written.append_index(it)
            else:
                written.append_image(it)
        return path

    return make


def _layers(
    owned: ExitStack, layers: Sequence[Mapping[str, str | bytes]], compression: Any
) -> list[v1.Layer]:
    from pyggcr import build

    return [
        owned.enter_context(build.layer(dict(files), compression=compression))
        for files in layers or [_FILES]
    ]


def _unused(folder: Path, name: str, suffix: str) -> Path:
    """A path in a folder that nothing has yet."""
    path = folder / f"{name}{suffix}"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}{suffix}"
    return path


def _skip_without(name: str) -> None:
    info = pyggcr.engines()[name]
    if not info.available:
        pytest.skip(f"{name} engine: {info.reason}")


def _outcome(engine: str, function: Callable[..., _T], *arguments: Any, **options: Any) -> Any:
    with pyggcr.use_engine(engine):
        try:
            return function(*arguments, **options)
        except Exception as error:  # noqa: BLE001 - whatever was raised is the outcome
            return error
