# SPDX-License-Identifier: Apache-2.0
"""Killed again and again under load, the server keeps each acknowledged message, once, in order."""

import os

import pytest
from harness.durability import kill_under_load
from harness.lake import Lake


@pytest.fixture
def lake(tmp_path):
    """A server that writes down what it saw every few messages, so that starts lean on that."""
    made = Lake(tmp_path, "-X", "prepare.checkpoint_records=500")
    yield made
    made.close()


def test_nothing_acknowledged_is_lost_doubled_or_reordered(lake):
    kills = int(os.environ.get("MOBILAKE_KILLS", "20"))
    outcome = kill_under_load(lake, kills, seed=20260302)
    assert outcome.acked >= 100 * kills
    assert (outcome.lost, outcome.duplicated, outcome.reordered) == (0, 0, 0)
