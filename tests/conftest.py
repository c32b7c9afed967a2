# SPDX-License-Identifier: Apache-2.0
import pytest
from harness import fleet as recorded
from harness.lake import Lake


@pytest.fixture
def lake(tmp_path):
    """A server of this test's own."""
    made = Lake(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared_lake(tmp_path_factory):
    """A server that the tests of one file share; each uses devices of its own."""
    made = Lake(tmp_path_factory.mktemp("lake"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def fleet(tmp_path_factory):
    """The recorded fleet, replayed twice into one server; see harness/fleet.py."""
    made = recorded.ReplayedFleet(Lake(tmp_path_factory.mktemp("fleet")))
    yield made
    made.lake.close()
