"""Both engines, and go-containerregistry itself, make the same of chains of mutations.

A sample; ``python -m support.mutation_campaign`` runs more of them.
"""

from __future__ import annotations

import shutil

import pytest
from support import mutation_campaign, mutation_inputs
from support.mutation_chains import MOST_STEPS, chain

COUNT = 40
JUDGED = 20


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> mutation_inputs.Inputs:
    return mutation_inputs.make(tmp_path_factory.mktemp("inputs"))


def test_the_engines_agree(go_engine, inputs):
    for seed in range(COUNT):
        told = chain(seed, inputs)
        seen = mutation_campaign.observed(told, "python")
        for engines in (("go",), ("go", "python"), ("python", "go")):
            others = mutation_campaign.observed(told, *engines)
            assert mutation_campaign.differences(others, seen) == [], f"{seed}: {told}"


def test_go_containerregistry_agrees(go_engine, require, inputs, tmp_path):
    if shutil.which("go") is None:
        require("go", "there is no Go on PATH")
    chains = [chain(seed, inputs) for seed in range(JUDGED)]
    judged = mutation_campaign.Referee(tmp_path).observed(chains)
    for told, said in zip(chains, judged, strict=True):
        seen = mutation_campaign.without_classes(mutation_campaign.observed(told, "python"))
        assert mutation_campaign.differences(said, seen) == [], told


def test_a_seed_makes_the_same_chain_again(inputs):
    chains = [chain(seed, inputs) for seed in range(200)]
    assert chains == [chain(seed, inputs) for seed in range(200)]
    assert {len(it["steps"]) for it in chains} == set(range(1, MOST_STEPS + 1))


def test_a_difference_is_told_with_its_place():
    one, other = {"a": [1, {"b": 2}], "c": 3}, {"a": [1, {"b": 4}]}
    assert mutation_campaign.differences(one, other) == [".a[1].b: 2 | 4", ".c: 3 | None"]
    assert mutation_campaign.differences([1], [1, 2]) == [": [1] | [1, 2]"]
