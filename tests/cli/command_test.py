# SPDX-License-Identifier: Apache-2.0
"""The program as a person meets it first: versions, help, and what is refused by name."""
import os
import subprocess

import pytest

BINARY = os.environ["MOBILAKE_BIN"]


def run(*words):
    done = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def test_version_is_printed_on_stdout():
    code, out, err = run("version")
    assert code == 0 and err == ""
    assert "0.1.0" in out


@pytest.mark.parametrize("verb", ["sql", "device", "account", "user", "table", "replay"])
def test_help_of_every_verb_shows_examples_within_80_columns(verb):
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert f"mobilake {verb}" in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_a_wrong_verb_is_a_usage_error_with_the_nearest_one():
    code, out, err = run("devise", "ls")
    assert code == 2 and out == ""
    assert "device" in err


def test_serve_is_refused_by_name_until_it_exists():
    code, out, err = run("serve", "--data-dir", "/nonexistent")
    assert code == 2 and out == ""
    assert "serve" in err


def test_a_server_that_is_not_there_is_told_with_what_to_do():
    code, out, err = run("--server", "http://127.0.0.1:9", "--token", "x", "account", "ls")
    assert code in (2, 6) and out == ""
    assert err
