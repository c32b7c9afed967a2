# SPDX-License-Identifier: Apache-2.0
"""mobilake sql as a person types into it: on a terminal of 80 columns, with mistakes."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest

from harness.lake import SIGNALS, eventually
from harness.server import binary

PROMPTS = ("sql> ", "  -> ", "  '> ", '  "> ', "  *> ", "  $> ")


def reach(lake) -> dict[str, str]:
    return {"MOBILAKE_SERVER": lake.server.endpoints["http"], "MOBILAKE_TOKEN": lake.owner.token}


class Shell:
    """A shell on a terminal of its own; what it says comes without colours and returns."""

    def __init__(self, lake, folder):
        self.process_id, self.terminal = pty.fork()
        if self.process_id == 0:
            place = {"HOME": str(folder), "TERM": "xterm", "PATH": os.environ["PATH"]}
            os.execve(binary(), [str(binary()), "sql"], place | reach(lake))
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.said = self.until_prompt()

    def until_prompt(self, prompts=PROMPTS, within_s: float = 30) -> str:
        text, deadline = "", time.monotonic() + within_s
        while not text.endswith(prompts):
            assert time.monotonic() < deadline, f"no prompt after {text!r}"
            read = os.read(self.terminal, 65536).decode(errors="replace")
            text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text + read)
        # The editor shows its prompt and then turns the line discipline off, which would turn a
        # Ctrl-D that comes between them into another byte.
        while termios.tcgetattr(self.terminal)[3] & termios.ICANON:
            assert time.monotonic() < deadline, "the editor does not take over the terminal"
            os.sched_yield()
        return text

    def type(self, line: str) -> str:
        """Types a line and returns what came until the next prompt."""
        os.write(self.terminal, line.encode() + b"\r")
        return self.until_prompt()

    def interrupt(self) -> str:
        os.write(self.terminal, b"\x03")
        # The line that was left is drawn once more, with its own prompt.
        return self.until_prompt(("sql> ",))

    def leave(self, how: bytes) -> int:
        os.write(self.terminal, how)
        try:
            while os.read(self.terminal, 65536):
                pass
        except OSError:
            pass  # the other side of the terminal is closed
        return os.waitstatus_to_exitcode(os.waitpid(self.process_id, 0)[1])


@pytest.fixture
def shell(shared_lake, tmp_path):
    opened = Shell(shared_lake, tmp_path)
    yield opened
    try:
        os.kill(opened.process_id, signal.SIGKILL)
    except ProcessLookupError:
        pass


def test_a_statement_ends_with_a_semicolon_on_whichever_line(shell):
    assert shell.type(f"SELECT count(*) AS n FROM {SIGNALS}").endswith("  -> ")
    assert "1 row in" in shell.type(";")
    told = shell.type("SELECT 1 AS one; SELECT 2 AS two;")
    assert "one" in told and "two" in told and "error" not in told


def test_an_open_quote_shows_in_the_prompt_and_ctrl_c_forgets_it(shell):
    assert shell.type("SELECT 'a").endswith("  '> ")
    assert shell.interrupt().endswith("sql> ")
    assert "1 row in" in shell.type("SELECT 1;")


def test_a_comment_or_a_quoted_text_may_take_several_lines(shell):
    assert shell.type("/* first;").endswith("  *> ")
    assert shell.type("second */").endswith("sql> ")
    assert shell.type("SELECT 1 /* a").endswith("  *> ")
    assert "1 row in" in shell.type("b; */ + 1;")
    assert shell.type("SELECT $$a;").endswith("  $> ")
    told = shell.type("b$$ AS t;")
    assert "a;·b" in told and "error" not in told


def test_ctrl_c_cancels_a_statement_that_runs_and_the_shell_goes_on(shell, shared_lake):
    endless = "SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3;"
    os.write(shell.terminal, endless.encode() + b"\r")
    # What is typed ahead would be cancelled with the line, not with the statement.
    eventually(lambda: shared_lake.metric("mobilake_query_statements_running"), 1)
    assert "cancelled" in shell.interrupt()
    assert "1 row in" in shell.type("SELECT 1;")


def test_letters_of_any_language_are_taken_without_a_locale(shell):
    told = shell.type('SELECT \'Grüße 車\' AS "größe";')
    assert "größe\nGrüße 車\n" in told


def test_mistakes_are_answered_with_what_was_meant(shell):
    assert "did you mean vehicle.telemetry.signals?" in shell.type("SELECT * FROM signals;")
    told = shell.type("SELECT * FROM vehicle.telemetry.signal;")
    assert "did you mean vehicle.telemetry.signals?" in told and "request" not in told
    assert '"speed"' in shell.type(f"SELECT spede FROM {SIGNALS};")
    assert "^" in shell.type("SELCT 1;")
    told = shell.type(f'SELECT 1 FROM {SIGNALS} WHERE vehicle_id = "MY-CAR";')
    assert "a text is 'MY-CAR'" in told
    assert 'names are quoted with "..."' in shell.type("SELECT `a`;")
    told = shell.type(f"SELECT t.x FROM {SIGNALS} s;")
    assert "error" in told and "\\t lists" not in told


@pytest.mark.parametrize(
    "line, told",
    [("show tables;", SIGNALS), (f"DESCRIBE {SIGNALS};", "km/h"), (f"\\d {SIGNALS}", "km/h")],
)
def test_tables_and_columns_are_told_by_the_words_of_other_shells_too(shell, line, told):
    assert told in shell.type(line)


@pytest.mark.parametrize("word", ["help", "HELP;", "\\help", "\\?"])
def test_help_is_found_by_any_of_its_names(shell, word):
    assert "\\q" in shell.type(word)


@pytest.mark.parametrize("word", [b"quit\r", b"EXIT;\r", b"\\q\r", b"\x04"])
def test_one_leaves_by_any_of_the_usual_ways(shell, word):
    assert shell.leave(word) == 0


def test_many_columns_come_one_a_line_and_many_rows_are_cut(shell):
    wide = ", ".join(f"{n} AS a_long_column_name_{n}" for n in range(20))
    told = shell.type(f"SELECT {wide};")
    assert "-- row 1\n" in told and "a_long_column_name_19  19\n" in told
    assert max(len(line) for line in told.splitlines() if "SELECT" not in line) <= 80
    told = shell.type("SELECT 123456789012345678901234567890 AS a, now() AS b, uuid() AS c;")
    assert "a  123456789012345678901234567890\n" in told
    assert "the first 1000 rows" in shell.type("SELECT i FROM range(100000) t(i);")


@pytest.mark.parametrize("form, expected", [("csv", "a\n1\n"), ("ndjson", '{"a":1}\n')])
def test_a_pipe_needs_no_semicolon_and_gets_the_form_that_is_asked_for(shared_lake, form, expected):
    told = subprocess.run(
        [binary(), "sql", "-o", form],
        input="SELECT 1 AS a",
        env=os.environ | reach(shared_lake),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (told.returncode, told.stdout.replace("\r", "")) == (0, expected), told.stderr


def test_a_missing_value_is_told_from_an_empty_text(shell):
    assert "a     b\nNULL\n" in shell.type("SELECT NULL AS a, '' AS b;")
