"""Runs the load generator (`bench/load/`) against one server and takes down what it cost that server."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.machine import cpu_seconds
from bench.node import LOAD, find_node
from bench.servers.server import Server

# Of a core: a generator that is itself the limit measures nothing. Above the first, a server without a moment to spare
# shows that it is not; above the second, nothing does.
_MUCH_LOAD_CPU, _MOST_LOAD_CPU = 0.7, 0.9
FULL = 0.9  # of its core; a server with less was held up by something
_HEAP = "--max-semi-space-size=64"  # MiB for young objects: of the generator's own time 5 % less
Plan = Mapping[str, Any]


class BadRun(Exception):
    """What was measured counts for nothing: a wrong answer, a broken connection, or a load generator at its limit."""


class LoadIsTheLimit(BadRun):
    """All answers were right, but a faster generator might have had more of them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One round. `rate`: operations a second; times in ms; `cpu_us`: of the server, for each operation.

    `server_cpu` and `load_cpu` are shares of a core.
    """

    rate: float
    p50: float
    p99: float
    cpu_us: float
    server_cpu: float
    load_cpu: float


def begin(server: Server, plan: Plan) -> "subprocess.Popen[str]":
    """Starts a load in the background; `finish` takes its result."""
    return start({"url": server.url, "issuer": server.issuer, **plan, "headers": {**server.headers, **plan["headers"]}})


def start(whole: Plan) -> "subprocess.Popen[str]":
    """The same for a plan that says all that `run.mjs` asks for; `counts_of` takes its result."""
    process = subprocess.Popen(  # noqa: S603
        [str(find_node()), _HEAP, str(LOAD / "run.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if process.stdin is None:
        raise RuntimeError("the load generator has no input")
    process.stdin.write(json.dumps(whole))
    process.stdin.close()
    process.stdin = None
    return process


def finish(server: Server, process: "subprocess.Popen[str]", cpu_before: float) -> Sample:
    """Raises `BadRun`. `cpu_before`: of the server when the load began."""
    counted = counts_of(process)
    spent = cpu_seconds(server.pid) - cpu_before
    return sample_of(server.name, counted, spent)


def counts_of(process: "subprocess.Popen[str]") -> Mapping[str, Any]:
    """What `run.mjs` prints at its end."""
    output, complaints = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the load generator failed:\n{complaints[-2000:]}")
    counted: Mapping[str, Any] = json.loads(output)
    return counted


def run(server: Server, plan: Plan) -> Sample:
    """One load from beginning to end; raises `BadRun`."""
    before = cpu_seconds(server.pid)
    return finish(server, begin(server, plan), before)


def sample_of(name: str, counted: Mapping[str, Any], server_cpu_seconds: float) -> Sample:
    """Raises `BadRun` for whatever a valid run does not have. `counted`: what `run.mjs` prints."""
    refuse_wrong(name, counted)
    seconds, operations = counted["seconds"], counted["operations"]
    server_cpu = server_cpu_seconds / seconds
    if counted["cpu"] > (_MOST_LOAD_CPU if server_cpu >= FULL else _MUCH_LOAD_CPU):
        raise LoadIsTheLimit(
            f"{name}: the load generator used {counted['cpu']:.0%} of its core and was itself the limit"
        )
    return Sample(
        rate=operations / seconds,
        p50=counted["p50"],
        p99=counted["p99"],
        cpu_us=server_cpu_seconds / operations * 1e6,
        server_cpu=server_cpu,
        load_cpu=counted["cpu"],
    )


def refuse_wrong(name: str, counted: Mapping[str, Any]) -> None:
    """Raises `BadRun` for a wrong answer, a broken connection, and a server that did nothing."""
    if counted["bad"]:
        raise BadRun(f"{name}: {counted['bad']} wrong answers, such as {counted['example']}")
    if counted["errors"]:
        reason = f": {counted['example']}" if counted["example"] else ""
        raise BadRun(f"{name}: {counted['errors']} connections broke or timed out{reason}")
    if not counted["operations"]:
        raise BadRun(f"{name}: nothing was answered")
