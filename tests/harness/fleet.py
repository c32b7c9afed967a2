# SPDX-License-Identifier: Apache-2.0
"""The recorded fleet of examples/data/mqtt-telemetry: what its README promises, and its replay."""

import collections
import csv
import json
import pathlib

from harness.lake import SIGNALS, Lake, eventually

DATA = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data" / "mqtt-telemetry"
FACTS = json.loads((DATA / "expected" / "facts.json").read_text())
DERIVED_WITHIN_S = 120

# How the recording's labels are called in system.dead_letters.
CAUSE_OF_LABEL = {
    "malformed:bad-timestamp": "bad-timestamp",
    "malformed:empty-payload": "empty-payload",
    "malformed:lat-out-of-range": "out-of-range",
    "malformed:no-vin": "no-vehicle",
    "malformed:truncated-json": "truncated-json",
    "malformed:unknown-vin": "unknown-vehicle",
    "malformed:vin-not-topic": "vehicle-not-topic",
    "malformed:wrong-type": "wrong-type",
    "clock-ahead": "clock-ahead",
}


def vehicles() -> list[dict]:
    """Returns the rows of expected/vehicles.csv."""
    with (DATA / "expected" / "vehicles.csv").open() as file:
        return list(csv.DictReader(file))


def expected_causes() -> dict[str, int]:
    """Returns how many of the recording's lines are quarantined, by cause."""
    with (DATA / "expected" / "labels.csv").open() as file:
        labels = collections.Counter(row["label"] for row in csv.DictReader(file))
    return {cause: labels[label] for label, cause in CAUSE_OF_LABEL.items()}


class ReplayedFleet:
    """A lake with the fleet's vehicles registered and the recording replayed twice.

    `once` and `twice` hold what stood in the tables after the first and the second replay.
    """

    def __init__(self, lake: Lake):
        self.lake = lake
        for row in vehicles():
            lake.device(row["vin"])
        self.once = self._replay(1)
        self.twice = self._replay(2)

    def _replay(self, times: int) -> dict:
        told = self.lake.admin.json(
            "replay",
            str(DATA / "replay.ndjson.gz"),
            "--speed",
            "max",
            "--mqtt",
            self.lake.server.endpoints["mqtt"],
        )
        eventually(self._accounted, times * FACTS["lines"], DERIVED_WITHIN_S)
        return {
            "replay": told,
            "rows": int(self.lake.owner.value(f"SELECT count(*) FROM {SIGNALS}")),
            "speed": str(self.lake.owner.value(f"SELECT sum(speed) FROM {SIGNALS}")),
            "duplicates": self.conservation("duplicate"),
            "causes": self.causes(),
        }

    def conservation(self, column: str) -> int:
        """Returns a column of the vehicles' stream in the law of conservation, summed."""
        return int(self.lake.owner.value(f"SELECT sum({column}) FROM system.conservation"))

    def causes(self) -> dict[str, int]:
        rows = self.lake.owner.sql(
            "SELECT cause, count(*) FROM system.dead_letters GROUP BY cause"
        )
        return {cause: int(count) for cause, count in rows}

    def _accounted(self) -> int:
        columns = ("stored", "duplicate", "quarantined")
        return sum(self.conservation(column) for column in columns)
