#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Telemetry NDJSON to sorted, typed Parquet: ours and DuckDB's COPY, in turns on the same core.

Both read the same file of payloads and write the same columns, types, order and codec (zstd, the
same level). DuckDB gets the types in advance, so that it guesses nothing; larger row groups,
Parquet V1 and giving up the order of lines make it no faster.
"""

import datetime
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import proof

ROUNDS = 5
CORE = 0
GROUPS, SHIFTS = 8, 5  # 30,240 x 8 vehicles x 5 times
STRETCH_S = 1260
LEVEL = 3
SAMPLE = proof.ROOT / "examples" / "data" / "mqtt-telemetry"
SCALED = {"speed_kmh": 2, "steering_deg": 1, "accel_mps2": 2, "lat": 6, "lon": 6, "odometer_km": 3}
KEYS = {"vehicle_id", "ts", "seq", "extra"}
COPY = """
COPY (
  SELECT vin AS vehicle_id, ts, seq, TIMESTAMPTZ '2026-03-03 00:00:00Z' AS received_at,
    speed_kmh AS speed, wheel_kmh.fl AS wheel_speed_front_left,
    wheel_kmh.fr AS wheel_speed_front_right, wheel_kmh.rl AS wheel_speed_rear_left,
    wheel_kmh.rr AS wheel_speed_rear_right, steering_deg AS steering_angle,
    accel_mps2 AS acceleration_longitudinal, lat AS latitude, lon AS longitude,
    heading_deg AS heading, odometer_km AS odometer, outside_c AS outside_temperature,
    soc_pct AS state_of_charge, fuel_pct AS fuel_level, dtc,
    NULL::MAP(VARCHAR, VARCHAR) AS extra
  FROM read_json('{source}', format = 'newline_delimited', columns = {{
    vin: 'VARCHAR', ts: 'TIMESTAMPTZ', seq: 'BIGINT', speed_kmh: 'DECIMAL(5,2)',
    wheel_kmh: 'STRUCT(fl DECIMAL(5,2), fr DECIMAL(5,2), rl DECIMAL(5,2), rr DECIMAL(5,2))',
    steering_deg: 'DECIMAL(5,1)', accel_mps2: 'DECIMAL(5,2)', lat: 'DECIMAL(8,6)',
    lon: 'DECIMAL(9,6)', heading_deg: 'DECIMAL(4,1)', odometer_km: 'DECIMAL(9,3)',
    outside_c: 'DECIMAL(4,1)', soc_pct: 'DECIMAL(5,2)', fuel_pct: 'DECIMAL(5,2)',
    dtc: 'VARCHAR[]'}})
  ORDER BY vehicle_id, ts
) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {level}, PARQUET_VERSION V2)
"""
DUCKDB = """
import duckdb, sys, time
connection = duckdb.connect(config={"threads": 1})
connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
begun, cpu = time.perf_counter(), time.process_time()
connection.execute(sys.stdin.read())
wall = time.perf_counter() - begun
print(f'{{"seconds": {wall}, "cpu_seconds": {time.process_time() - cpu}}}')
"""


def messages() -> list[tuple[int, dict]]:
    """Returns the sample's distinct good messages as they arrive, with microseconds of arrival."""
    begin = int(datetime.datetime(2026, 3, 2, 8, tzinfo=datetime.timezone.utc).timestamp() * 1e6)
    odd = {"malformed", "duplicate", "clock-ahead"}
    lines = (SAMPLE / "expected" / "labels.csv").read_text().splitlines()[1:]
    labels = [line.split(",") for line in lines]
    left_out = {int(label[0]) for label in labels if label[1].split(":")[0] in odd}
    good = []
    with gzip.open(SAMPLE / "replay.ndjson.gz", "rt") as file:
        for number, line in enumerate(file, 1):
            if number not in left_out:
                sent = json.loads(line)
                good.append((begin + 1000 * sent["arrival_offset_ms"], sent["payload"]))
    assert len(good) == 30_240, len(good)
    return good


def compact(payload: dict) -> str:
    return json.dumps(payload, separators=(",", ":"))


def another(payload: dict, group: int, shift: int) -> dict:
    """Returns the message of another vehicle, whose values no codec finds in the first one's."""
    factor = 1 - (1 + group + GROUPS * shift) / 1000
    vin = payload["vin"]
    # The tenth and eleventh place of a VIN: model year and plant.
    changed = {**payload, "vin": f"{vin[:9]}R{group}{vin[11:]}"}
    changed["wheel_kmh"] = {at: round(kmh * factor, 2) for at, kmh in payload["wheel_kmh"].items()}
    for name, digits in SCALED.items():
        changed[name] = round(payload[name] * factor, digits)
    return changed


def write_fleet(good: list[tuple[int, dict]], target: pathlib.Path) -> int:
    """Writes the fleet several times over, with other vehicles and times; returns the rows."""
    with target.open("w") as file:
        for shift in range(SHIFTS):
            later = datetime.timedelta(seconds=shift * STRETCH_S)
            for _, payload in good:
                ts = datetime.datetime.fromisoformat(payload["ts"]) + later
                text = ts.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ts.microsecond // 1000:03}Z"
                moved = {**payload, "seq": payload["seq"] + shift * STRETCH_S, "ts": text}
                for group in range(GROUPS):
                    file.write(compact(another(moved, group, shift)) + "\n")
    return len(good) * GROUPS * SHIFTS


def ours(source: pathlib.Path, target: pathlib.Path, *options: str) -> dict:
    words = ["taskset", "-c", str(CORE), proof.RELEASE / "bin" / "telemetry_parquet_bench"]
    told = subprocess.run([*words, source, target, *options], stdout=subprocess.PIPE, check=True)
    return json.loads(told.stdout)


def duckdb(source: pathlib.Path, target: pathlib.Path) -> dict:
    told = subprocess.run(
        ["taskset", "-c", str(CORE), sys.executable, "-B", "-c", DUCKDB],
        input=COPY.format(source=source, target=target, level=LEVEL),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(told.stdout)


def expect_same_rows(ours_file: pathlib.Path, other_file: pathlib.Path) -> None:
    """Compares the two files column by column, in their order."""
    from duckdb import sql

    columns = sql(f"SELECT * FROM '{ours_file}' LIMIT 0").columns
    assert columns == sql(f"SELECT * FROM '{other_file}' LIMIT 0").columns
    numbered = "SELECT * REPLACE (extra::VARCHAR AS extra), file_row_number AS place FROM '{}'"
    unlike = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in columns)
    found = sql(
        f"SELECT count(*), count(*) FILTER (WHERE {unlike}) FROM "
        f"({numbered.format(ours_file)}) a FULL JOIN "
        f"({numbered.format(other_file)}) b USING (place)"
    ).fetchone()
    assert found[0] > 0 and found[1] == 0, found


def race(good: list[tuple[int, dict]], folder: pathlib.Path) -> None:
    source, mine, other = folder / "fleet.ndjson", folder / "ours.parquet", folder / "duck.parquet"
    rows = write_fleet(good, source)
    ratios, cpu_ratios, speeds = [], [], []
    for turn in range(ROUNDS):
        told, theirs = ours(source, mine), duckdb(source, other)
        assert told["rows"] == rows
        if turn == 0:
            expect_same_rows(mine, other)
        ratios.append(theirs["seconds"] / told["seconds"])
        cpu_ratios.append(theirs["cpu_seconds"] / told["cpu_seconds"])
        speeds.append(rows / told["seconds"])
        proof.say(
            f"ours {told['seconds']:.2f} s (decode {told['decode_s']:.2f}, "
            f"sort {told['sort_s']:.2f}, write {told['write_s']:.2f}; "
            f"CPU {told['cpu_seconds']:.2f}), "
            f"{mine.stat().st_size / rows:.1f} B a row; DuckDB {theirs['seconds']:.2f} s "
            f"(CPU {theirs['cpu_seconds']:.2f}), {other.stat().st_size / rows:.1f} B a row"
        )
    ratio, note = proof.median_and_spread(ratios)
    speed, _ = proof.median_and_spread(speeds)
    cpu, _ = proof.median_and_spread(cpu_ratios)
    note += f"; {rows:,} rows, {speed:,.0f} a second; {cpu:.2f} by CPU time; beside DuckDB's COPY "
    note += "from read_json with types, one core each, in turns"
    proof.report("parquet.of_duckdb", ratio, ">= 1.5", "times", note)


def size(good: list[tuple[int, dict]], folder: pathlib.Path) -> None:
    """Reports what a row of the sample takes on disk, once its file is merged."""
    source, target = folder / "sample.txt", folder / "sample.parquet"
    source.write_text("".join(f"{arrival} {compact(payload)}\n" for arrival, payload in good))
    columns = ours(source, target, "--arrivals")["columns"]
    arrival = columns.pop("received_at") / len(good)
    keys = sum(columns.pop(name) for name in KEYS) / len(good)
    signals = sum(columns.values()) / len(good)
    note = f"received_at {arrival:.2f}, vehicle_id, ts, seq and extra {keys:.2f} bytes beside it; "
    note += f"{len(good):,} rows of the sample in one file"
    proof.report("parquet.signal_bytes", signals, "<= 11", "bytes a row", note)


def main() -> None:
    proof.built("telemetry_parquet_bench")
    good = messages()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", proof.ROOT / "build")) as folder:
        size(good, pathlib.Path(folder))
        race(good, pathlib.Path(folder))


if __name__ == "__main__":
    main()
