"""docs/scale.md: how an audit grows, from the figures of ``benchmarks.scale``."""

from __future__ import annotations

from typing import Any

__all__ = ["SECOND", "scale_page"]

SECOND = "second run"  # of an audit with a state

_MILLION = 1_000_000
_WAIT = 0.05  # seconds
_AT_A_TIME = (8, 16, 32)
_BUSY = 4  # a load beyond which rates say nothing
_MB = 1e6
_HOUR = 3600

_HEAD = """\
# Scale

How long an audit takes, what it asks for, and what a million images would take. `make scale`
measures all of it and makes this page; the figures are
in [scale/results.json](scale/results.json).

Small images, 20 in each repository, {images:,} at most, are in a docker-registry on the same
machine: {machine}.

Requests go through a proxy that counts them, and in the second half holds each back for 50 ms,
as a registry far away would. Audits are shallow:
manifests and configs. A dask worker has one thread, which reads 8 images at the same time, as
`--max-per-host` shares them out. Memory is the peak of
the audit's own process; dask workers are processes of their own. The proxy, the registry and
the workers share the machine's processors with the audit.
{load}
"""

_REQUESTS = """\
## Requests

Each image takes {per_image:.2f} requests: {gets} manifests and {blobs} configs for {images:,}
images. Beside these each repository takes {per_repository:.1f}
(a greeting, and the list of its tags), and the registry one for each thousand repositories of
its catalog. The next run of an audit with a state asks
for {second_per_image:.2f} requests for each image that has not changed, which is a HEAD request.
"""

_GROWTH = """\
## How cost grows

- *Time* is the number of images times {per_image:.0f} requests times the wait for an answer,
  divided by how many are read at once (`--max-per-host`), until the
  processors are busy: the audit takes {processor:.1f} ms of a processor for each image. More
  workers help as long as waiting is what takes the time, and as long as the registry keeps up.
- *Memory* of the audit does not grow with the number of images: so many tasks are in flight at
  most, and rows are in the state. It grows with the largest
  repository, whose tags are listed at once.
- *Disk*: the state takes {state:.1f} KB for each of these images, a row of JSON Lines {row:.1f}
  KB; both grow with the number of layers.
- What depends on all images (shared layers, bases) is computed in the end in tables on the
  disk, in two passes over the rows.

## A million images

From these figures, not from a run: {requests:.1f} million requests and {state_gb:.1f} GB of state.
With 50 ms for each answer, waiting alone takes so many hours, and the audit cannot be faster:

| images at a time | hours |
|---|---|
{waits}
{measured}
The next run, if nothing has changed, takes one request for each image and no configs, half of
that. A registry that limits requests sets the pace instead: at 100 requests a second, a first run
takes {limited:.1f} hours whoever asks.
"""


def scale_page(figures: dict[str, Any]) -> str:
    """The page."""
    runs = figures["runs"]
    first = runs[0]
    images, repositories = figures["images"], figures["repositories"]
    again = next(it for it in runs if it["way"] == SECOND)
    waiting = [it for it in runs if it["wait"] and it is not again]
    requests = first["requests"]
    total = sum(requests.values())
    own = requests["GET manifests"] + requests["GET blobs"]
    state = figures["state_bytes"] / again["images"]
    load = figures["load"]
    busy = (
        "\nOther programs kept the processors busy meanwhile, with a load of "
        f"{load:.0f}: rates are too low by far, while requests and memory are right.\n"
        "Most runs were cut short for that reason, to as many images as the table says.\n"
        if load > _BUSY
        else ""
    )
    head = _HEAD.format(
        images=images, repositories=repositories, machine=_machine(figures), load=busy
    )
    parts = [head, "## Images a second\n", _table(runs)]
    parts.append(
        _REQUESTS.format(
            per_image=own / images,
            gets=f"{requests['GET manifests']:,}",
            blobs=f"{requests['GET blobs']:,}",
            images=images,
            per_repository=(requests.get("GET ping", 0) + requests["GET tags"]) / repositories,
            second_per_image=again["requests"]["HEAD manifests"] / again["images"],
        )
    )
    per_image = own / first["images"]
    hours = [_MILLION * per_image * _WAIT / at_a_time / _HOUR for at_a_time in _AT_A_TIME]
    waits = "\n".join(
        f"| {at_a_time} | {it:.1f} |" for at_a_time, it in zip(_AT_A_TIME, hours, strict=True)
    )
    measured = "" if load > _BUSY else _measured(waiting)
    parts.append(
        _GROWTH.format(
            per_image=own / images,
            processor=1e3 * _largest(runs)["processor_seconds"] / _largest(runs)["images"],
            state=state / 1e3,
            row=first["output_bytes"] / first["images"] / 1e3,
            requests=total / images,
            state_gb=state * _MILLION / 1e9,
            waits=waits,
            measured=measured,
            limited=total / images * _MILLION / 100 / _HOUR,
        )
    )
    return "\n".join(parts)


def _largest(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The run of the most images whose processor time is known."""
    return max((it for it in runs if "processor_seconds" in it), key=lambda it: it["images"])


def _measured(runs: list[dict[str, Any]]) -> str:
    lines = [f"| {it['way']} | {_MILLION / it['per_second'] / _HOUR:.1f} |" for it in runs]
    head = [
        "",
        "At the rates that were measured with 50 ms:",
        "",
        "| read by | hours |",
        "|---|---|",
    ]
    return "\n".join([*head, *lines, ""])


def _machine(figures: dict[str, Any]) -> str:
    machine = figures["machine"]
    cores = machine["cores"].partition(",")[0]
    return (
        f"{machine['processor']}, {cores} cores, {machine['memory']}, {machine['system']}, "
        f"{machine['measured on']}"
    )


def _table(runs: list[dict[str, Any]]) -> str:
    lines = [
        "| read by | images | wait | images a second | seconds | requests | memory |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {it['way']} | {it['images']:,} | {it['wait'] * 1000:.0f} ms | {it['per_second']:.0f} "
        f"| {it['seconds']:.0f} | {sum(it['requests'].values()):,} "
        f"| {it['peak_memory'] / _MB:.0f} MB |"
        for it in runs
    ]
    return "\n".join(lines) + "\n"
