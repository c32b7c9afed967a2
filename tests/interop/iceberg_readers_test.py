# SPDX-License-Identifier: Apache-2.0
"""The table's files, read by other engines, hold what `mobilake sql` answers."""

import decimal
import pathlib
import subprocess
import sys

import duckdb
import pytest
from harness import fleet as recorded
from harness.lake import SIGNALS
from pyiceberg.table import StaticTable

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shown(fleet):
    return fleet.lake.owner.json("table", "show", SIGNALS)


@pytest.fixture(scope="module")
def ours(fleet):
    """Returns per vehicle the number of rows and the sum of speeds, as `mobilake sql` says."""
    rows = fleet.lake.owner.sql(
        f"SELECT vehicle_id, count(*), sum(speed) FROM {SIGNALS} GROUP BY vehicle_id"
    )
    return {vehicle: (int(count), decimal.Decimal(str(total))) for vehicle, count, total in rows}


def duckdb_with_extensions() -> duckdb.DuckDBPyConnection:
    """Returns a connection with the pinned extensions, and with no way to fetch others."""
    told = subprocess.run(
        [sys.executable, ROOT / "tools" / "fetch_third_party.py", "--print-path"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    folder = pathlib.Path(told.stdout.strip()) / "duckdb-extensions"
    connection = duckdb.connect(
        config={"extension_directory": str(folder), "autoinstall_known_extensions": False}
    )
    for extension in ("avro", "iceberg"):
        connection.execute(f"LOAD {extension}")
    return connection


def test_the_fleet_has_the_rows_that_it_should(ours, shown):
    assert sum(count for count, _ in ours.values()) == recorded.FACTS["distinct_messages"]
    assert int(shown["rows"]) == recorded.FACTS["distinct_messages"]


def test_pyiceberg_reads_the_same_rows(ours, shown):
    table = StaticTable.from_metadata(shown["metadata_location"])
    read = table.scan(selected_fields=("vehicle_id", "speed")).to_arrow()
    found = {}
    for vehicle, speed in zip(read["vehicle_id"].to_pylist(), read["speed"].to_pylist()):
        count, total = found.get(vehicle, (0, decimal.Decimal(0)))
        found[vehicle] = (count + 1, total + (speed or 0))
    assert found == ours


def test_pyiceberg_prunes_by_the_statistics(shown):
    table = StaticTable.from_metadata(shown["metadata_location"])
    vehicle = recorded.vehicles()[0]["vin"]
    read = table.scan(row_filter=f"vehicle_id = '{vehicle}'", selected_fields=("seq",)).to_arrow()
    assert sorted(read["seq"].to_pylist()) == list(range(1260))
    none = table.scan(row_filter="ts < '2020-01-01T00:00:00+00:00'")
    assert list(none.plan_files()) == []


def test_duckdb_reads_the_same_rows(ours, shown):
    connection = duckdb_with_extensions()
    rows = connection.execute(
        "SELECT vehicle_id, count(*), sum(speed) FROM iceberg_scan(?) GROUP BY vehicle_id",
        [shown["metadata_location"]],
    ).fetchall()
    assert {vehicle: (count, total) for vehicle, count, total in rows} == ours
