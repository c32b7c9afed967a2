# SPDX-License-Identifier: Apache-2.0
"""What an operator does: start, stop, look, back up, restore."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest
from harness.lake import SIGNALS, eventually
from harness.mqtt import BareClient, vss_payload
from harness.server import Cli, Server, binary

TS = "2026-03-02T08:00:00.000Z"


def get(server: Server, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(server.endpoints["http"] + path, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def publish(lake, name: str, count: int) -> None:
    device = lake.device(name)
    client = BareClient(lake.server.address("mqtt"), device)
    for seq in range(1, count + 1):
        client.publish(seq, f"vehicles/{name}/telemetry", vss_payload(seq, TS, speed=seq))
        client.read_puback()
    client.close()
    eventually(lambda: rows_of(lake.owner, name), count)


def rows_of(person: Cli, name: str) -> int:
    return int(person.value(f"SELECT count(*) FROM {SIGNALS} WHERE vehicle_id = '{name}'"))


def offline(*words) -> subprocess.CompletedProcess:
    """Runs the program without a server."""
    environment = {"HOME": "/nonexistent"}
    return subprocess.run(
        [binary(), *words], capture_output=True, text=True, timeout=120, env=environment
    )


def test_a_second_server_on_the_same_folder_is_refused(lake):
    data = lake.server.data_dir
    told = offline("serve", "--data-dir", data, "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0")
    assert told.returncode == 5
    assert str(data) in told.stderr
    assert get(lake.server, "/healthz")[0] == 200


def test_health_is_for_everybody_and_the_rest_for_who_signs_in(lake):
    assert get(lake.server, "/healthz")[0] == 200
    assert get(lake.server, "/readyz")[0] == 200
    assert json.loads(get(lake.server, "/api/v1/openapi.json")[1])["openapi"].startswith("3.1")
    assert get(lake.server, "/api/v1/accounts")[0] == 401
    assert get(lake.server, "/metrics")[0] == 401


def test_the_bootstrap_token_ends_with_the_first_administrator(lake):
    token_file = lake.server.data_dir / "admin.token"
    assert token_file.stat().st_mode & 0o777 == 0o600
    lake.admin.run("user", "new", "root", "--account", "system", "--role", "admin")
    assert not token_file.exists()
    assert lake.admin.run("account", "ls", check=False).returncode == 3


def test_the_administrator_reads_no_data(lake):
    told = lake.admin.run("sql", "-c", f"SELECT * FROM {SIGNALS}", check=False)
    assert told.returncode == 4
    assert lake.owner.run("sql", "-c", f"SELECT * FROM {SIGNALS}").returncode == 0


def test_what_came_in_is_accounted_for(lake):
    publish(lake, "COUNTED", 5)
    ((received, logged, refused, in_flight),) = lake.owner.sql(
        "SELECT received, logged, refused, in_flight FROM system.ingest"
    )
    assert (received, logged, refused, in_flight) == (5, 5, 0, 0)
    ((logged, *parts),) = lake.owner.sql(
        "SELECT logged, stored, duplicate, quarantined, other, skipped, in_flight "
        "FROM system.conservation"
    )
    assert logged == sum(parts) == 5


def test_a_backup_of_a_serving_folder_is_served_again(lake, tmp_path):
    publish(lake, "KEPT", 7)
    copy, again = tmp_path / "copy", tmp_path / "again" / "data"
    made = lake.admin.json("backup", str(lake.server.data_dir), str(copy))
    assert made["files"] > 0
    publish(lake, "LATER", 3)
    restored = offline("restore", copy, again)
    assert restored.returncode == 0, restored.stderr
    server = Server(again).start()
    try:
        person = Cli(server, lake.owner.token)
        assert rows_of(person, "KEPT") == 7
        assert rows_of(person, "LATER") in range(4)
    finally:
        server.stop()


def test_a_stopped_folder_is_examined_without_a_server(lake):
    publish(lake, "LOOKED", 4)
    data = lake.server.data_dir
    assert offline("doctor", "--data-dir", data).returncode == 5
    lake.server.stop()
    told = offline("doctor", "--data-dir", data, "-o", "json")
    assert told.returncode == 0, told.stdout + told.stderr
    checks = {check["name"]: check["ok"] for check in json.loads(told.stdout)["checks"]}
    assert checks["log"] and checks["tables"] and checks["format"]
    verified = offline("log", "verify", "--data-dir", data, "-o", "json")
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["records"] >= 4


def test_damage_in_the_log_is_found(lake):
    publish(lake, "HURT", 4)
    lake.server.stop()
    data = lake.server.data_dir
    hurt = False
    for segment in sorted((data / "log" / "data").glob("*")):
        content = bytearray(segment.read_bytes())
        at = content.find(b"vehicles/HURT/telemetry")
        if at >= 0:
            content[at] ^= 1
            segment.write_bytes(content)
            hurt = True
    assert hurt
    told = offline("doctor", "--data-dir", data)
    assert told.returncode == 1
    assert "damaged" in told.stdout


@pytest.mark.parametrize("signal_count", [1, 2])
def test_a_stop_is_orderly_also_when_asked_twice(lake, signal_count):
    for _ in range(signal_count):
        lake.server.process.terminate()
    assert lake.server.process.wait(timeout=10) == 0
    assert not (lake.server.data_dir / "endpoints.json").exists()
