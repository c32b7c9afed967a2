# SPDX-License-Identifier: Apache-2.0
"""The demo: serve, replay a fleet over MQTT, ask in SQL, and stay up until Ctrl-C.

Run by `./dev demo`. State lives in build/demo; `--reset` begins afresh.
"""

import argparse
import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("MOBILAKE_BIN", ROOT / "build/release/bin/mobilake"))
STATE = ROOT / "build" / "demo"
DATA = ROOT / "examples" / "data" / "mqtt-telemetry"
FACTS = json.loads((DATA / "expected" / "facts.json").read_text())
SIGNALS = "vehicle.telemetry.signals"
CONTEXT = "mobilake-demo"
OWN_VEHICLE = "MY-CAR"
# What people publish for their own vehicle is not the recording's.
RECORDED = f"vehicle_id IS DISTINCT FROM '{OWN_VEHICLE}'"
DERIVED_WITHIN_S = 120


def fail(text: str):
    sys.exit(f"demo: {text}")


def step(text: str) -> None:
    print(f"\n{text}", flush=True)


class Demo:
    """The server of the demo and the command line against it."""

    def __init__(self):
        self.process = None
        self.endpoints: dict[str, str] = {}

    def start(self) -> None:
        words = [BINARY, "serve", "--data-dir", STATE / "data"]
        for door, port in (("http", 8400), ("mqtt", 1883)):
            words += [f"--{door}", f"127.0.0.1:{free_or_any(port)}"]
        with (STATE / "server.log").open("ab") as log:
            # Ctrl-C is for this script, which then stops the server once and in order.
            self.process = subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        line = self.process.stdout.readline()
        if not line.startswith("ready"):
            fail(f"the server did not start; its last lines:\n{log_end()}")
        self.endpoints = json.loads((STATE / "data" / "endpoints.json").read_text())

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)

    def run(self, person: str, *words: str, capture: bool = True) -> str:
        environment = {
            **os.environ,
            "MOBILAKE_SERVER": self.endpoints["http"],
            "MOBILAKE_TOKEN": secret(person),
        }
        done = subprocess.run(
            [BINARY, *words],
            env=environment,
            stdout=subprocess.PIPE if capture else None,
            stderr=subprocess.PIPE if capture else None,
            text=True,
        )
        if done.returncode != 0:
            shown = f"mobilake {shlex.join(words)}: exit code {done.returncode}"
            fail(f"{shown}\n{done.stderr or ''}\n{log_end()}")
        return done.stdout or ""

    def json(self, person: str, *words: str):
        return json.loads(self.run(person, *words, "-o", "json"))

    def rows(self, statement: str) -> list[list]:
        return self.json("owner", "sql", "-c", statement)["rows"]

    def number(self, statement: str) -> int:
        return int(self.rows(statement)[0][0] or 0)


def free_or_any(port: int) -> int:
    """Returns the port, or 0 (any free one) where somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def log_end() -> str:
    return (STATE / "server.log").read_text(errors="replace")[-2000:]


def secret(name: str) -> str:
    return (STATE / f"{name}.token").read_text()


def keep_secret(file: str, text: str) -> None:
    path = STATE / file
    path.touch(mode=0o600)
    path.write_text(text)


def set_up_people(demo: Demo) -> None:
    """The bootstrap administrator makes an account, its owner, and a first administrator."""
    keep_secret("admin.token", (STATE / "data" / "admin.token").read_text().strip())
    demo.run("admin", "account", "new", "vehicle", "--kind", "producer", "--template", "vehicle")
    demo.run("admin", "user", "new", "olga", "--account", "vehicle", "--role", "owner")
    keep_secret("owner.token", demo.json("admin", "user", "token", "olga")["token"])
    print("   account vehicle, with its owner olga (token in build/demo/owner.token)")


def set_up_devices(demo: Demo) -> None:
    vehicles = [line.split(",")[0] for line in (DATA / "expected" / "vehicles.csv").open()][1:]
    for vin in vehicles:
        demo.run("owner", "device", "new", vin, "--account", "vehicle", "-o", "json")
    mine = demo.json("owner", "device", "new", OWN_VEHICLE, "--account", "vehicle")
    keep_secret("my-car.password", mine["password"])
    print(f"   {len(vehicles)} vehicles of the recording, and one of your own: {OWN_VEHICLE}")


def replay(demo: Demo) -> None:
    demo.run(
        "owner",
        "replay",
        str(DATA / "replay.ndjson.gz"),
        *("--speed", "max", "--shift-to-now", "--mqtt", demo.endpoints["mqtt"]),
        capture=False,
    )


def wait_for_the_table(demo: Demo) -> float:
    """Returns how long it took until every message stood in a table."""
    begun = time.monotonic()
    law = "SELECT sum(stored + duplicate + quarantined) FROM system.conservation"
    while demo.number(law) < FACTS["lines"]:
        if time.monotonic() - begun > DERIVED_WITHIN_S:
            fail(f"not everything was derived in {DERIVED_WITHIN_S} s\n{log_end()}")
    return time.monotonic() - begun


def show_counts(demo: Demo) -> bool:
    """Prints what stands in the tables beside what the recording's README promises."""
    counts = [
        (
            "rows of " + SIGNALS,
            FACTS["distinct_messages"],
            f"SELECT count(*) FROM {SIGNALS} WHERE {RECORDED}",
        ),
        (
            "duplicates, told apart",
            FACTS["duplicates"],
            "SELECT sum(duplicate) FROM system.conservation",
        ),
        (
            "malformed, in system.dead_letters",
            FACTS["malformed"],
            f"SELECT count(*) FROM system.dead_letters WHERE {RECORDED} AND cause <> 'clock-ahead'",
        ),
        (
            "clock ahead, in system.dead_letters",
            FACTS["clock_ahead"],
            f"SELECT count(*) FROM system.dead_letters WHERE {RECORDED} AND cause = 'clock-ahead'",
        ),
    ]
    print(f"   {'':<40} {'promised':>10} {'found':>10}")
    right = True
    for text, promised, statement in counts:
        found = demo.number(statement)
        # A message of one's own that is sent twice is a duplicate too.
        enough = found >= promised if "duplicate" in text else found == promised
        right = right and enough
        print(f"   {text:<40} {promised:>10,} {found:>10,}{'' if enough else '  !'}")
    speed = float(demo.rows(f"SELECT sum(speed) FROM {SIGNALS} WHERE {RECORDED}")[0][0])
    right = right and speed == FACTS["sum_speed_kmh"]
    print(f"   {'sum of all speeds, km/h':<40} {FACTS['sum_speed_kmh']:>10} {speed:>10}")
    return right


def show_what_to_try(demo: Demo) -> None:
    program = os.path.relpath(BINARY, pathlib.Path.cwd())
    state = os.path.relpath(STATE, pathlib.Path.cwd())
    port = demo.endpoints["mqtt"].rsplit(":", 1)[1]
    step("Try it. These lines work when pasted into another terminal here:")
    print(
        f"""
{program} --context {CONTEXT} sql -c "
  SELECT vehicle_id, count(*) AS rows, round(avg(speed), 1) AS km_h, max(ts) AS last
  FROM {SIGNALS} GROUP BY vehicle_id ORDER BY km_h DESC LIMIT 5"

mosquitto_pub -V 5 -p {port} -q 1 -u {OWN_VEHICLE} -P "$(cat {state}/my-car.password)" \\
  -t vehicles/{OWN_VEHICLE}/telemetry \\
  -m '{{"ts": '$(date +%s%3N)', "seq": '$(date +%s)', "signals": {{"Vehicle.Speed": 42.5}}}}'

sleep 2   # a row shows about a second after its message
{program} --context {CONTEXT} sql -c "
  SELECT ts, seq, speed FROM {SIGNALS} WHERE vehicle_id = '{OWN_VEHICLE}' ORDER BY ts"

{program} --context {CONTEXT} sql          # a shell, with history and completion
"""
    )
    print(f"REST   {demo.endpoints['http']}/api/v1/openapi.json")
    print(f"MQTT   {demo.endpoints['mqtt']}")
    print(f"Log    {state}/server.log")
    print("\nUp until Ctrl-C.", flush=True)


def first_run(demo: Demo) -> None:
    step("2. Make an account, its owner and its devices")
    set_up_people(demo)
    set_up_devices(demo)
    step(f"3. Replay {FACTS['lines']:,} messages of {FACTS['vehicles']} vehicles over MQTT, QoS 1")
    replay(demo)
    waited = wait_for_the_table(demo)
    print(f"   all of them in tables {waited:.1f} s after the last acknowledgement")
    (STATE / "replayed").touch()


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="forget everything and begin afresh")
    parser.add_argument("--once", action="store_true", help="end after the last line")
    words = parser.parse_args()
    # Half of a first run is not worth keeping.
    if words.reset or not (STATE / "replayed").exists():
        shutil.rmtree(STATE, ignore_errors=True)
    STATE.mkdir(parents=True, exist_ok=True)
    STATE.chmod(0o700)
    demo = Demo()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        step("1. Start the server")
        demo.start()
        print(f"   ready: {demo.endpoints['http']} and {demo.endpoints['mqtt']}")
        if not (STATE / "replayed").exists():
            first_run(demo)
        else:
            step("2. and 3. were done before; ./dev demo --reset begins afresh")
        step("4. What SQL says of it")
        right = show_counts(demo)
        token = f"@{STATE / 'owner.token'}"
        demo.run("owner", "context", "add", CONTEXT, "--token", token)
        if not right:
            fail("the counts are not those that the recording's README promises")
        show_what_to_try(demo)
        if not words.once:
            demo.process.wait()
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
    finally:
        demo.stop()


if __name__ == "__main__":
    main()
