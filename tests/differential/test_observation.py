"""The JSON shape of an observation: that of the golden files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyggcr.differential import Failure, LayerObservation, Observation, StreamSummary

GOLDEN = Path(__file__).parent.parent / "data" / "golden"


def golden_observations() -> list[dict[str, Any]]:
    documents = [json.loads(path.read_text()) for path in sorted(GOLDEN.glob("*.json"))]
    return [
        observation
        for document in documents
        for observations in document["archives"].values()
        for observation in observations.values()
    ]


def from_json(document: dict[str, Any]) -> Observation:
    """The observation that the golden file describes; classes are not in it."""

    def answer(value: Any) -> Any:
        if isinstance(value, dict):
            return Failure(value["error"], "") if "error" in value else StreamSummary(**value)
        return tuple(value) if isinstance(value, list) else value

    fields = {key: answer(value) for key, value in document.items() if key != "layers"}
    if "layers" in document:
        fields["layers"] = tuple(
            LayerObservation(**{key: answer(value) for key, value in layer.items()})
            for layer in document["layers"]
        )
    return Observation(**fields)


def test_the_shape_is_that_of_every_golden_observation() -> None:
    observations = golden_observations()

    assert len(observations) > 200
    for observation in observations:
        assert from_json(observation).to_json() == observation


def test_the_engine_is_not_part_of_the_shape() -> None:
    assert Observation(digest="d", engine="go", gzip_profile="go1.26").to_json() == {"digest": "d"}


def test_failures_are_listed_by_place_with_their_classes() -> None:
    layer = LayerObservation(digest=Failure("EOF", "TruncatedError"), size="3")
    observation = Observation(layers=(layer,), validate=Failure("bad", "ValidationError"))

    assert observation.failures() == {
        "layers[0].digest": "TruncatedError",
        "validate": "ValidationError",
    }


def test_layers_that_cannot_be_listed_are_one_failure() -> None:
    failure = Failure("unexpected EOF", "TruncatedError")

    assert Observation(layers=failure).to_json() == {"layers": {"error": "unexpected EOF"}}
