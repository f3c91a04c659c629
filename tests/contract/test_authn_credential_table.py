"""Forty configurations of credentials and more, beside crane: ``support.credential_table``."""

from __future__ import annotations

import pytest
from support.credential_table import CONFIGURATIONS, KNOWN, StandIn, differences

pytestmark = pytest.mark.usefixtures("kept_for_warnings")


@pytest.fixture(scope="module")
def stand_ins():
    """Registries that want a name and a password, and tokens."""
    both = {tokens: StandIn(tokens=tokens) for tokens in (False, True)}
    yield both
    for it in both.values():
        it.close()


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda it: it.name)
def test_the_credentials_are_those_that_crane_finds(engine, configuration, stand_ins, run_crane):
    found = differences(configuration, engine, stand_ins[configuration.tokens])

    assert (found == []) == (configuration.name not in KNOWN), found


def test_there_are_enough_of_them() -> None:
    assert len({it.name for it in CONFIGURATIONS}) == len(CONFIGURATIONS) >= 40
    assert not {*KNOWN} - {it.name for it in CONFIGURATIONS}
