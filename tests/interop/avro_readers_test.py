# SPDX-License-Identifier: Apache-2.0
"""Manifests and manifest lists, read by an Avro reader that is not ours."""

import json
import pathlib

import fastavro
import pytest
from harness.lake import SIGNALS


def read(address: str):
    """Returns schema, header entries and records of an Avro file."""
    with open(address.removeprefix("file://"), "rb") as file:
        reader = fastavro.reader(file)
        return reader.writer_schema, reader.metadata, list(reader)


@pytest.fixture(scope="module")
def metadata(fleet):
    shown = fleet.lake.owner.json("table", "show", SIGNALS)
    return json.loads(pathlib.Path(shown["metadata_location"].removeprefix("file://")).read_text())


@pytest.fixture(scope="module")
def manifests(metadata):
    """Returns the manifest files of the current snapshot."""
    current = next(
        s for s in metadata["snapshots"] if s["snapshot-id"] == metadata["current-snapshot-id"]
    )
    _, header, records = read(current["manifest-list"])
    assert header["format-version"] == "2"
    assert header["snapshot-id"] == str(current["snapshot-id"])
    return records


def field_ids(schema):
    """Yields the field ids in a schema, however deep they stand."""
    if isinstance(schema, dict):
        yield from (schema[key] for key in ("field-id", "element-id") if key in schema)
        for part in schema.values():
            yield from field_ids(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from field_ids(part)


def test_every_manifest_is_read_and_counts_what_it_lists(manifests):
    assert manifests
    for manifest in manifests:
        _, header, entries = read(manifest["manifest_path"])
        assert header["content"] == "data"
        assert json.loads(header["schema"])["type"] == "struct"
        for word, status in (("added", 1), ("existing", 0), ("deleted", 2)):
            listed = [e["data_file"] for e in entries if e["status"] == status]
            assert manifest[f"{word}_files_count"] == len(listed)
            assert manifest[f"{word}_rows_count"] == sum(f["record_count"] for f in listed)


def test_live_files_are_there_with_the_size_that_is_said(manifests):
    for manifest in manifests:
        for entry in read(manifest["manifest_path"])[2]:
            if entry["status"] == 2:
                continue
            path = pathlib.Path(entry["data_file"]["file_path"].removeprefix("file://"))
            assert path.stat().st_size == entry["data_file"]["file_size_in_bytes"]


def test_manifests_carry_the_field_ids_of_the_specification(manifests):
    ids = set(field_ids(read(manifests[0]["manifest_path"])[0]))
    required = {0, 1, 2, 3, 4, 134, 100, 101, 102, 103, 104}
    statistics = {108, 117, 118, 109, 119, 120, 110, 121, 122, 125, 126, 127, 128, 129, 130}
    assert required | statistics | {132, 133, 140, 1000} <= ids
