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


def test_help_of_serve_shows_examples_within_80_columns():
    code, out, err = run("serve", "--help")
    assert code == 0 and err == ""
    assert out.startswith("Examples:\n  mobilake serve --data-dir ")
    assert max(len(line) for line in out.splitlines()) <= 80


def test_modules_and_settings_of_serve_are_listed():
    code, out, _ = run("serve", "--modules")
    assert code == 0 and "stream-tables" in out
    code, out, _ = run("serve", "--show-config")
    assert code == 0 and "commit_interval" in out


@pytest.mark.parametrize(
    "words, named",
    [
        (("--data-dri", "x"), "--data-dir"),
        (("--flight", "127.0.0.1:1"), "--flight"),
        (("--target", "http"), "--target"),
        (("-X", "log.writres=2", "--data-dir", "x"), "writers"),
        ((), "--data-dir"),
        (("--http",), "HOST:PORT"),
    ],
)
def test_serve_names_what_is_wrong_with_its_words(words, named):
    code, out, err = run("serve", *words)
    assert code == 2 and out == ""
    assert named in err


def test_a_door_without_tls_stays_on_this_machine(tmp_path):
    code, _, err = run("serve", "--data-dir", tmp_path / "data", "--http", "0.0.0.0:0")
    assert code == 2
    assert "plain_doors_on_any_address" in err


def test_a_folder_of_other_things_is_not_served(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    code, _, err = run("serve", "--data-dir", tmp_path)
    assert code == 2
    assert "letter.txt" in err and (tmp_path / "letter.txt").exists()


def test_a_server_that_is_not_there_is_told_with_what_to_do():
    code, out, err = run("--server", "http://127.0.0.1:9", "--token", "x", "account", "ls")
    assert code in (2, 6) and out == ""
    assert err
