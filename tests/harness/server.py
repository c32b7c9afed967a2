# SPDX-License-Identifier: Apache-2.0
"""Starts the real binary in a folder of its own, and stops or kills it."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import urllib.parse

READY_WITHIN_S = 30
STOPPED_WITHIN_S = 10
COMMAND_WITHIN_S = 120
END = None


def binary() -> pathlib.Path:
    """Returns the program under test. A test run without one is a failure, never a skip."""
    path = pathlib.Path(os.environ.get("MOBILAKE_BIN", "build/release/bin/mobilake")).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"no program at {path}: set MOBILAKE_BIN or run ./dev build")
    return path


class Server:
    """`mobilake serve` on one data folder; may be started again after it ended."""

    def __init__(self, data_dir: pathlib.Path, *options: str):
        self.data_dir = data_dir
        self.options = options
        self.endpoints: dict[str, str] = {}
        self.process = None
        self._lines: queue.Queue = queue.Queue()

    @property
    def log_path(self) -> pathlib.Path:
        return self.data_dir.with_name(self.data_dir.name + ".log")

    def start(self) -> "Server":
        """Returns when the server says `ready`. Ports stay the same from the second start on."""
        words = [binary(), "serve", "--data-dir", self.data_dir, *self._doors(), *self.options]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True)
        self._lines = queue.Queue()
        threading.Thread(
            target=self._read_lines, args=(self.process.stdout, self._lines), daemon=True
        ).start()
        self._await_ready()
        self.endpoints = json.loads((self.data_dir / "endpoints.json").read_text())
        return self

    def stop(self) -> None:
        """Ends the server as an operator does, and asserts that it drains in time."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=STOPPED_WITHIN_S)
        assert code == 0, f"ended with {code}\n{self.log_end()}"

    def kill(self) -> None:
        """Ends the server as bad luck does."""
        self.process.kill()
        self.process.wait()

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def address(self, door: str) -> tuple[str, int]:
        url = urllib.parse.urlsplit(self.endpoints[door])
        return url.hostname, url.port

    def admin_token(self) -> str:
        return (self.data_dir / "admin.token").read_text().strip()

    def log_end(self) -> str:
        return self.log_path.read_text(errors="replace")[-4000:]

    def _doors(self) -> list[str]:
        words = []
        for door in ("http", "mqtt"):
            host, port = self.address(door) if self.endpoints else ("127.0.0.1", 0)
            words += [f"--{door}", f"{host}:{port}"]
        return words

    @staticmethod
    def _read_lines(stdout, lines: queue.Queue) -> None:
        for line in stdout:
            lines.put(line)
        lines.put(END)

    def _await_ready(self) -> None:
        line = ""
        while line is not END and not line.startswith("ready"):
            try:
                line = self._lines.get(timeout=READY_WITHIN_S)
            except queue.Empty:
                self.kill()
                raise TimeoutError(f"not ready in {READY_WITHIN_S} s\n{self.log_end()}") from None
        if line is END:
            raise RuntimeError(f"ended with {self.process.wait()} before ready\n{self.log_end()}")


class Cli:
    """The command line against one server, as one person."""

    def __init__(self, server: Server, token: str):
        self.server = server
        self.token = token

    def run(self, *words: str, check: bool = True, **options) -> subprocess.CompletedProcess:
        """Runs `mobilake words...`; with check, an exit code other than 0 fails the test."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.server.data_dir),
            "NO_COLOR": "1",
            "MOBILAKE_SERVER": self.server.endpoints["http"],
            "MOBILAKE_TOKEN": self.token,
        }
        told = subprocess.run(
            [binary(), *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN_S,
            **options,
        )
        if check and told.returncode != 0:
            shown = " ".join(str(word) for word in words)
            raise AssertionError(
                f"mobilake {shown}: exit code {told.returncode}\n{told.stderr}\n"
                f"{self.server.log_end()}"
            )
        return told

    def json(self, *words: str):
        return json.loads(self.run(*words, "-o", "json").stdout)

    def sql(self, statement: str) -> list[list]:
        """Returns the rows of a statement."""
        return self.json("sql", "-c", statement)["rows"]

    def value(self, statement: str):
        """Returns the one value of a statement that has one."""
        ((value,),) = self.sql(statement)
        return value
