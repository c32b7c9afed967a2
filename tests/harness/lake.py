# SPDX-License-Identifier: Apache-2.0
"""A server with the account that takes vehicles in, its people, and waiting for what it derives."""

import dataclasses
import pathlib
import re
import time
import urllib.request

from harness.server import Cli, Server

SIGNALS = "vehicle.telemetry.signals"


@dataclasses.dataclass
class Device:
    id: str
    username: str
    password: str


class Lake:
    """admin manages; owner reads the vehicle account, and its rows of the system's tables."""

    def __init__(self, folder: pathlib.Path, *options: str):
        self.server = Server(folder / "data", *options).start()
        self.admin = Cli(self.server, self.server.admin_token())
        self.admin.run("account", "new", "vehicle", "--kind", "producer", "--template", "vehicle")
        self.owner = self.person("olga", "vehicle")

    def person(self, name: str, account: str, role: str = "owner") -> Cli:
        self.admin.run("user", "new", name, "--account", account, "--role", role)
        return Cli(self.server, self.admin.json("user", "token", name)["token"])

    def device(self, name: str, *options: str) -> Device:
        made = self.admin.json("device", "new", name, "--account", "vehicle", *options)
        return Device(made["id"], made["username"], made["password"])

    def metric(self, name: str, **labels: str) -> int:
        """Returns the sum of a metric's lines that have these labels."""
        request = urllib.request.Request(
            self.server.endpoints["http"] + "/metrics",
            headers={"Authorization": f"Bearer {self.admin.token}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        found = 0
        for line in lines:
            given = dict(re.findall(r'(\w+)="([^"]*)"', line))
            if re.match(name + "[ {]", line) and labels.items() <= given.items():
                found += int(float(line.rsplit(" ", 1)[1]))
        return found

    def close(self) -> None:
        if self.server.running():
            self.server.stop()


def eventually(ask, expected, within_s: float = 30):
    """Asks until the answer is as expected: what is derived follows the log, with a limit."""
    deadline = time.monotonic() + within_s
    while (answer := ask()) != expected:
        assert time.monotonic() < deadline, f"after {within_s} s {answer!r}, not {expected!r}"
    return answer
