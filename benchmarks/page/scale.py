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

This page shows how long an audit takes, how many requests it makes, and what an audit of a million
images would take. `make scale` measures everything and writes the page; the figures are in
[scale/results.json](scale/results.json).

A docker-registry on the same machine has up to {images:,} small images, 20 in each repository. The
machine: {machine}.

Requests go through a proxy that counts them. In the second half of the table it delays each request
by 50 ms, like a distant registry. The audits are shallow: they read manifests and configs. A dask
worker has one thread, which reads 8 images at a time, because `--max-per-host` is divided among the
workers. Memory is the peak of the audit's own process; dask workers are separate processes. The
proxy, the registry and the workers share the processors of the machine with the audit.
{load}
"""

_REQUESTS = """\
## Requests

Each image takes {per_image:.2f} requests: {gets} manifests and {blobs} configs for {images:,}
images. In addition, each repository takes {per_repository:.1f} requests (a ping, and the list of
its tags), and the registry one for each thousand repositories in its catalog. The next audit with
the same state takes {second_per_image:.2f} requests for each unchanged image: a HEAD request.
"""

_GROWTH = """\
## How the cost grows

- *Time* is the number of images times {per_image:.0f} requests times the response time, divided by
  the number of images that are read at a time (`--max-per-host`), until the processors are busy:
  the audit takes {processor:.1f} ms of processor time for each image. More workers help as long as
  most of the time is spent waiting and the registry can keep up.
- *Memory* of the audit does not grow with the number of images, because the number of tasks in
  flight is limited and rows are in the state. It grows with the largest repository, whose tags are
  listed at once.
- *Disk*: the state takes {state:.1f} KB for each of these images, a row of JSON Lines {row:.1f} KB;
  both grow with the number of layers.
- Values that depend on all images (shared layers, bases) are computed at the end, in tables on
  disk, in two passes over the rows.

## A million images

These numbers follow from the figures above; they were not measured: {requests:.1f} million requests
and {state_gb:.1f} GB of state. With 50 ms for each response, waiting alone takes this long, and the
audit cannot be faster:

| images at a time | hours |
|---|---|
{waits}
{measured}
If nothing has changed, the next run takes one request for each image and no configs, which is half
of that. A registry that limits requests sets the pace: at 100 requests a second, a first run takes
{limited:.1f} hours, whatever the client does.
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
        "\nOther programs kept the processors busy during the measurement, with a load of "
        f"{load:.0f}.\n"
        "So the rates are much too low, but requests and memory are correct. For the same reason\n"
        "most runs read only as many images as the table says.\n"
        if load > _BUSY
        else ""
    )
    head = _HEAD.format(
        images=images, repositories=repositories, machine=_machine(figures), load=busy
    )
    parts = [head, "## Images per second\n", _table(runs)]
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
        "At the rates measured with 50 ms:",
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
        "| read by | images | wait | images per second | seconds | requests | memory |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {it['way']} | {it['images']:,} | {it['wait'] * 1000:.0f} ms | {it['per_second']:.0f} "
        f"| {it['seconds']:.0f} | {sum(it['requests'].values()):,} "
        f"| {it['peak_memory'] / _MB:.0f} MB |"
        for it in runs
    ]
    return "\n".join(lines) + "\n"
