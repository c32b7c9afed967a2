# SPDX-License-Identifier: Apache-2.0
"""Kills the server under load, again and again, and compares table and acknowledgements."""

import dataclasses
import json
import pathlib
import random
import subprocess
import sys

from harness.lake import SIGNALS, Lake, eventually

VEHICLES = [f"KILLED{number:02}" for number in range(10)]
WINDOW = 100
DERIVED_WITHIN_S = 180
OBSERVER = pathlib.Path(__file__).with_name("ack_observer.py")


@dataclasses.dataclass
class Outcome:
    acked: int
    lost: int
    duplicated: int
    reordered: int


class ObserverProcess:
    """ack_observer.py, seen from the test."""

    def __init__(self, lake: Lake, device):
        host, port = lake.server.address("mqtt")
        words = [sys.executable, "-B", OBSERVER, host, str(port), ",".join(VEHICLES), str(WINDOW)]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.process.stdin.write(json.dumps(dataclasses.asdict(device)) + "\n")
        self.process.stdin.flush()
        self.count = 0

    def await_acks(self, more: int) -> None:
        """Returns when at least `more` messages were acknowledged since the call."""
        wanted = self.count + more
        while self.count < wanted:
            line = self.process.stdout.readline()
            assert line, f"the observer ended with {self.process.wait()}"
            self.count = int(line)

    def finish(self) -> dict[str, int]:
        """Returns per vehicle the highest acknowledged sequence, when nothing is open any more."""
        self.process.stdin.close()
        lines = self.process.stdout.read().splitlines()
        assert self.process.wait() == 0 and lines, "the observer did not finish"
        return json.loads(lines[-1])

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def compare(lake: Lake, acked: dict[str, int]) -> Outcome:
    rows = lake.owner.sql(
        f"SELECT vehicle_id, count(*), count(DISTINCT seq), max(seq) FROM {SIGNALS} "
        "GROUP BY vehicle_id"
    )
    stored = {
        vehicle: (int(count), int(distinct), int(highest))
        for vehicle, count, distinct, highest in rows
    }
    none = (0, 0, 0)
    # Sequences are 1..n without a gap: as many distinct ones as the highest, and all are there.
    lost = sum(
        max(seq, stored.get(v, none)[2]) - stored.get(v, none)[1] for v, seq in acked.items()
    )
    duplicated = sum(count - distinct for count, distinct, _ in stored.values())
    reordered = lake.owner.value(
        "SELECT count(*) FROM (SELECT received_at < lag(received_at) OVER "
        f"(PARTITION BY vehicle_id ORDER BY seq) AS behind FROM {SIGNALS}) WHERE behind"
    )
    return Outcome(sum(acked.values()), lost, duplicated, int(reordered))


def kill_under_load(lake: Lake, kills: int, seed: int) -> Outcome:
    """Kills and restarts the server `kills` times while a gateway publishes, then compares."""
    chance = random.Random(seed)
    gateway = lake.device("uplink", "--gateway", "+", "--register")
    observer = ObserverProcess(lake, gateway)
    try:
        for _ in range(kills):
            observer.await_acks(chance.randrange(100, 3000))
            lake.server.kill()
            lake.server.start()
        observer.await_acks(100)
        acked = observer.finish()
    finally:
        observer.end()
    count = f"SELECT count(DISTINCT (vehicle_id, seq)) FROM {SIGNALS}"
    eventually(lambda: int(lake.owner.value(count)), sum(acked.values()), DERIVED_WITHIN_S)
    return compare(lake, acked)
