"""Judges with a fault planted: what a campaign's worker calls in the place of the real one."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyggcr.differential import Observation, comparison, observe_path
from pyggcr.differential.whole_archive import Verdict, verdict_of

TRIGGER = b'"application/vnd.oci.image.layer.v1.tar"'

_kept: list[int] = []


def differing(path: Any, **options: Any) -> Verdict:
    """A Python engine that has the digest wrong of any image with two layers or more."""
    comparison.observe_path = _with_faulty_digest
    return verdict_of(path, **options)


def crashing(path: Any, **_options: Any) -> Verdict:
    """An engine that dies of archives that speak of OCI layers."""
    if TRIGGER in Path(path).read_bytes():
        sys.stdout.write("last words\n")
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGSEGV)
    return Verdict(compared=1)


def hanging(path: Any, **_options: Any) -> Verdict:
    """An engine that never comes back from such archives."""
    if TRIGGER in Path(path).read_bytes():
        time.sleep(600)
    return Verdict(compared=1)


def leaking(path: Any, **_options: Any) -> Verdict:
    """An engine that leaves them open."""
    if TRIGGER in Path(path).read_bytes():
        _kept.append(os.open(path, os.O_RDONLY))
    return Verdict(compared=1)


def ignoring(path: Any, **_options: Any) -> Verdict:
    """An engine with a finalizer that raises."""

    class Careless:
        def __del__(self) -> None:
            raise ValueError("nobody sees this")

    if TRIGGER in Path(path).read_bytes():
        Careless()
    return Verdict(compared=1)


def slow(_path: Any, **_options: Any) -> Verdict:
    """An engine that takes its time."""
    time.sleep(0.05)
    return Verdict(compared=1)


def _with_faulty_digest(*arguments: Any, engine: str, **options: Any) -> Observation:
    observation = observe_path(*arguments, engine=engine, **options)
    layers = observation.layers
    if engine == "python" and isinstance(layers, tuple) and len(layers) > 1:
        return replace(observation, digest="faulty")
    return observation
