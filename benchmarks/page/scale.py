"""docs/scale.md: how an audit grows, from the figures of ``benchmarks.scale``."""

from __future__ import annotations

from typing import Any

__all__ = ["scale_page"]

_MILLION = 1_000_000
_MB = 1e6
_HOUR = 3600

_HEAD = """\
# Scale

How long an audit takes, what it asks for, and what a million images would take. `make scale`
measures all of it and makes this page; the figures are
in [scale/results.json](scale/results.json).

{images:,} small images in {repositories:,} repositories of a docker-registry, all on one
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
  processors are busy: at once, {fast_way} read {fast:.0f} images a second here, and with 50 ms
  {slow_way} read {slow:.0f}. More workers help as long as
  waiting is what takes the time, and as long as the registry keeps up.
- *Memory* of the audit does not grow with the number of images: so many tasks are in flight at
  most, and rows are in the state. It grows with the largest
  repository, whose tags are listed at once.
- *Disk*: the state takes {state:.1f} KB for each of these images, a row of JSON Lines {row:.1f}
  KB; both grow with the number of layers.
- What depends on all images (shared layers, bases) is computed in the end in tables on the
  disk, in two passes over the rows.

## A million images

From these figures, not from a run: {requests:.1f} million requests and {state_gb:.1f} GB of
state. At 50 ms for each answer:

| read by | hours |
|---|---|
{hours}

The next run, if nothing has changed, takes one request for each image and no configs:
{second:.1f} hours by the default of 8 threads. A registry that
limits requests sets the pace instead: at 100 requests a second, {limited:.1f} hours whoever asks.
"""


def scale_page(figures: dict[str, Any]) -> str:
    """The page."""
    runs = figures["runs"]
    first = runs[0]
    images, repositories = figures["images"], figures["repositories"]
    again = runs[-1]
    at_once = [it for it in runs[:-2] if not it["wait"]]
    waiting = [it for it in runs[:-2] if it["wait"]]
    fast = max(at_once, key=lambda it: it["per_second"])
    slow = max(waiting, key=lambda it: it["per_second"])
    requests = first["requests"]
    total = sum(requests.values())
    own = requests["GET manifests"] + requests["GET blobs"]
    state = figures["state_bytes"] / images
    load = figures["load"]
    busy = (
        f"Other programs were running: the load was {load:.1f}, so these figures are too low.\n"
        if load > 4
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
            second_per_image=again["requests"].get("HEAD manifests", 0) / images,
        )
    )
    hours = "\n".join(
        f"| {it['way']} | {_MILLION / it['per_second'] / _HOUR:.1f} |" for it in waiting
    )
    parts.append(
        _GROWTH.format(
            per_image=own / images,
            fast_way=fast["way"],
            fast=fast["per_second"],
            slow_way=slow["way"],
            slow=slow["per_second"],
            state=state / 1e3,
            row=first["output_bytes"] / images / 1e3,
            requests=total / images,
            state_gb=state * _MILLION / 1e9,
            hours=hours,
            second=_MILLION / again["per_second"] / _HOUR,
            limited=total / images * _MILLION / 100 / _HOUR,
        )
    )
    return "\n".join(parts)


def _machine(figures: dict[str, Any]) -> str:
    machine = figures["machine"]
    return ", ".join(str(it) for it in (machine if isinstance(machine, list) else machine.values()))


def _table(runs: list[dict[str, Any]]) -> str:
    lines = [
        "| read by | wait | images a second | seconds | requests | memory |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {it['way']} | {it['wait'] * 1000:.0f} ms | {it['per_second']:.0f} "
        f"| {it['seconds']:.0f} | {sum(it['requests'].values()):,} "
        f"| {it['peak_memory'] / _MB:.0f} MB |"
        for it in runs
    ]
    return "\n".join(lines) + "\n"
