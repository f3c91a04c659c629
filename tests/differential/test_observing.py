"""Observing images: every call is made, each on its own, and nothing is held whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

import pyggcr
from pyggcr._values.engine import EngineInfo
from pyggcr.differential import Failure, compare, observe, observe_path
from pyggcr.errors import (
    AmbiguousImageError,
    CancelledError,
    ClosedError,
    EngineUnavailableError,
    InvalidReferenceError,
    TruncatedError,
    UnsupportedOptionError,
)
from pyggcr.limits import CancelToken, limit

if TYPE_CHECKING:
    from pyggcr.v1 import Image

DATA = Path(__file__).parent.parent / "data"
PLAIN = DATA / "docker" / "28.5.2" / "app-tag.tar"
GZIP = DATA / "docker" / "28.5.2-containerd-store" / "app-tag.tar"
SEVERAL = DATA / "docker" / "28.5.2" / "multi.tar"

Break = Callable[[object, str, Exception], None]


@pytest.fixture
def image(engine: str) -> Iterator[Image]:
    with pyggcr.tarball.image_from_path(GZIP, engine=engine) as image:
        yield image


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Make a method of an object's class raise an error."""

    def breaks(victim: object, method: str, error: Exception) -> None:
        def broken(*_arguments: object) -> NoReturn:
            raise error

        monkeypatch.setattr(type(victim), method, broken)

    return breaks


def golden(archive: Path, tag: str = "(no tag)") -> dict[str, Any]:
    text = (DATA / "golden" / "head-go1.26.6.json").read_text(encoding="utf-8")
    observations = json.loads(text)["archives"][archive.relative_to(DATA).as_posix()]
    answer: dict[str, Any] = observations[tag]
    return answer


def test_an_image_is_asked_everything(image: Image) -> None:
    assert observe(image).to_json() == golden(GZIP)


def test_an_archive_is_opened_and_asked_everything(engine: str) -> None:
    observation = observe_path(GZIP, "app:1", engine=engine)

    assert observation.to_json() == golden(GZIP, "app:1")
    assert observation.engine == engine
    assert observation.gzip_profile == pyggcr.engines()[engine].gzip_profile


def test_an_engine_that_there_is_not_is_no_result() -> None:
    with pytest.raises(UnsupportedOptionError, match='there is no engine "rust"'):
        observe_path(GZIP, engine="rust")


def test_a_profile_that_was_asked_for_is_recorded() -> None:
    observation = observe_path(PLAIN, engine="python", gzip_profile="go1.26")

    assert observation.gzip_profile == "go1.26"
    assert observation.digest == golden(PLAIN)["digest"]


def test_trusted_layer_sources_are_passed_on() -> None:
    observation = observe_path(PLAIN, engine="python", layer_sources="trusted")

    assert isinstance(observation.validate, Failure)
    assert "unknown blob" in observation.validate.error


def test_an_archive_that_does_not_open_is_one_failure(engine: str) -> None:
    observation = observe_path(SEVERAL, engine=engine)

    assert observation.to_json() == golden(SEVERAL)
    assert observation.open is not None
    assert observation.open.kind == AmbiguousImageError.__name__


def test_failures_keep_their_classes(image: Image) -> None:
    assert observe(image).failures() == {
        "unknown_blob": "UnknownBlobError",
        "unknown_diff_id": "UnknownDiffIDError",
    }


def test_one_failure_does_not_stop_the_next_observation(image: Image, breaks: Break) -> None:
    breaks(image, "media_type", TruncatedError("unexpected EOF"))
    breaks(image, "size", TypeError("a bug"))

    observation = observe(image)

    assert observation.media_type == Failure("unexpected EOF", "TruncatedError")
    assert observation.size == Failure("a bug", "TypeError")
    assert observation.digest == golden(GZIP)["digest"]
    assert isinstance(observation.layers, tuple)


def test_a_layer_without_a_digest_is_not_looked_up_by_it(image: Image, breaks: Break) -> None:
    breaks(image.layers()[0], "digest", TruncatedError("EOF"))

    observation = observe(image)

    assert isinstance(observation.layers, tuple)
    layer = observation.layers[0]
    assert layer.digest == Failure("EOF", "TruncatedError")
    assert (layer.layer_by_digest, layer.blob_to_diff_id) == (None, None)
    assert layer.layer_by_diff_id == "ok"


def test_a_stream_that_breaks_is_a_failure(image: Image, breaks: Break) -> None:
    breaks(image.layers()[0], "compressed", TruncatedError("unexpected EOF"))

    observation = observe(image)

    assert isinstance(observation.layers, tuple)
    assert observation.layers[0].compressed == Failure("unexpected EOF", "TruncatedError")
    assert not isinstance(observation.layers[0].uncompressed, Failure)


def test_cancelled_work_is_no_observation(image: Image) -> None:
    token = CancelToken()
    token.cancel()

    with limit(cancel=token), pytest.raises(CancelledError):
        observe(image)


def test_a_closed_image_answers_with_failures(image: Image) -> None:
    image.close()

    assert set(observe(image).failures().values()) == {ClosedError.__name__}


def test_an_option_that_the_engine_refuses_is_raised() -> None:
    info = pyggcr.engines()["go"]
    if not info.available:
        pytest.skip(info.reason)

    with pytest.raises(UnsupportedOptionError):
        observe_path(PLAIN, engine="go", layer_sources="trusted")


def test_a_tag_that_is_none_is_raised() -> None:
    with pytest.raises(InvalidReferenceError):
        observe_path(PLAIN, "Not A Tag", engine="python")


class TestCompare:
    @pytest.fixture(autouse=True)
    def _both_engines(self) -> None:
        for info in pyggcr.engines().values():
            if not info.available:
                pytest.skip(info.reason)

    @pytest.mark.parametrize("archive", [PLAIN, GZIP, SEVERAL])
    def test_the_engines_agree_on_a_real_archive(self, archive: Path) -> None:
        comparison = compare(archive)

        assert comparison.differences == ()
        assert comparison.left_out == ()
        assert (comparison.path, comparison.tag) == (str(archive), None)

    def test_they_agree_on_what_another_gzip_leaves(self) -> None:
        profile = pyggcr.engines()["go"].gzip_profile
        other = "go1.27" if profile == "go1.26" else "go1.26"

        comparison = compare(PLAIN, "app:1", gzip_profile=other)

        assert comparison.differences == ()
        assert not comparison.same_gzip
        assert "digest" in {omission.where for omission in comparison.left_out}
        assert comparison.tag == "app:1"

    def test_both_engines_are_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        infos = pyggcr.engines()
        missing = EngineInfo("go", False, "no library", "", "", "")
        monkeypatch.setattr("pyggcr.engine.engines", lambda: {**infos, "go": missing})

        with pytest.raises(EngineUnavailableError, match="go is not available: no library"):
            compare(PLAIN)
