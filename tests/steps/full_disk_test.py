# SPDX-License-Identifier: Apache-2.0
"""A full disk: nothing is acknowledged that is not on it, reads go on, writes resume with space."""

import time

from harness.lake import SIGNALS, Lake, eventually
from harness.mqtt import vss_payload
from harness.siege import Attacker, NotLetIn, publish_bytes
from harness.small_disk import fill, free_bytes, run_in_namespace, small_disk

TS = "2026-03-02T08:00:00.000Z"
RESUMED_WITHIN_S = 5
FULL_WITHIN_S = 60
QUOTA_EXCEEDED = 0x97
# Small segments, so that what is set aside for the log is used up soon.
OPTIONS = (
    *("-X", "log.data_segment_size=1MiB", "-X", "log.system_segment_size=256KiB"),
    *("-X", "log.spare_segments=1", "-X", "log.frame_size=256KiB", "-X", "log.partitions=4"),
)


class Sender:
    """A vehicle that speaks MQTT 5 and keeps what was acknowledged, one message after the other."""

    def __init__(self, lake: Lake):
        self.lake = lake
        self.device = lake.device("FULL")
        self.acked: list[int] = []
        self._seq = 0
        self._client = None

    def send(self) -> int | None:
        """Returns None when one more message was acknowledged, else the reason of the refusal."""
        self._seq += 1
        payload = vss_payload(self._seq, TS, speed=1).encode()
        told = self._tell(publish_bytes(b"vehicles/FULL/telemetry", payload))
        if told is None:
            self.acked.append(self._seq)
        return told

    def use_up(self) -> None:
        """Sends until not the smallest message finds room in what was set aside for the log."""
        begun = time.monotonic()
        large = publish_bytes(b"vehicles/FULL/event", bytes(100_000))
        for send in (lambda: self._tell(large), self.send):
            while send() is None:
                assert time.monotonic() - begun < FULL_WITHIN_S

    def reconnect(self) -> None:
        self._client = None

    def _tell(self, message: bytes) -> int | None:
        try:
            if self._client is None:
                self._client = Attacker(self.lake.server.address("mqtt"), self.device)
            self._client.send(message)
            kind, body = self._client.read_packet()
        except NotLetIn as refused:
            return refused.reason
        if kind == 14:
            self._client = None
            return body[0]
        # A PUBACK with a reason would be the end of the message.
        assert kind == 4 and len(body) == 2, f"{kind} {body!r}"
        return None


def stored(lake: Lake) -> list[int]:
    return [int(row[0]) for row in lake.owner.sql(f"SELECT seq FROM {SIGNALS} ORDER BY seq")]


def test_a_full_disk_loses_nothing_and_passes(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder) as ours:
        if not ours:
            return run_in_namespace(__file__, "test_a_full_disk_loses_nothing_and_passes")
        lake = Lake(folder, *OPTIONS)
        try:
            watch_a_full_disk(lake, folder)
        finally:
            lake.close()


def watch_a_full_disk(lake: Lake, folder) -> None:
    sender = Sender(lake)
    assert sender.send() is None
    eventually(lambda: stored(lake), [1])
    for _ in range(2):
        ballast = fill(folder)
        assert free_bytes(folder) == 0
        sender.use_up()
        # What is acknowledged is on the disk; there is no room, so nothing is.
        count = len(sender.acked)
        assert [sender.send() for _ in range(10)] == [QUOTA_EXCEEDED] * 10
        assert int(lake.owner.value(f"SELECT count(*) FROM {SIGNALS}")) >= 1
        ballast.unlink()
        begun = time.monotonic()
        while sender.send() is not None:
            assert time.monotonic() - begun < RESUMED_WITHIN_S
        print(f"{count} acked when full; resumed after {time.monotonic() - begun:.2f} s")
    eventually(lambda: set(sender.acked) <= set(stored(lake)), True, 60)
    # Also what the process may have held in memory alone.
    lake.server.kill()
    lake.server.start()
    sender.reconnect()
    assert sender.send() is None
    eventually(lambda: set(sender.acked) <= set(stored(lake)), True, 60)
    found = stored(lake)
    assert len(found) == len(set(found))
