"""The running Docker daemon: what its archives look like, and which tools fail on them.

``check_engine`` asks the daemon for its version and where it stores images; ``judge`` derives the
findings. No image is saved or loaded.
"""

from __future__ import annotations

import re

from pyggcr._dataclasses import asdict, dataclass
from pyggcr._values.daemon import PODMAN
from pyggcr.doctor import failures
from pyggcr.doctor.report import Checkup, Finding, Place, Report, finding
from pyggcr.doctor.versions import Versions, parse_version
from pyggcr.errors import CancelledError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Unpack

    from pyggcr._values.daemon import ConnectionOptions, DaemonInfo

__all__ = ["EngineCheck", "check_engine", "judge", "what_it_writes"]

_LAYER_SOURCES = Versions(since="25")
_AFFECTED = Versions(since="25", before="25.0.3")
_MISORDERING = Versions(since="25", before="25.0.1")

# What is behind the numbers of distributions (+dfsg1) and candidates (-rc.1) says nothing here.
_NUMBERS = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,3})", re.ASCII)

_OLD_LAYOUT = "plain layers, each in a folder of its own; no LayerSources, no index.json"
_BOTH_LAYOUTS = (
    "plain layers, listed in LayerSources of manifest.json, and an OCI layout around them"
)
_PODMAN_LAYOUT = "plain layers, no LayerSources, no index.json"
_STORE_LAYOUT = (
    "an OCI layout with layers as they were pulled or built, mostly gzip; no LayerSources"
)


@dataclass(frozen=True, slots=True)
class EngineCheck:
    """The description of a Docker daemon, and what was found.

    Attributes:
        host: the address of the daemon; empty if it could not be determined.
        info: the description that the daemon returned; ``None`` if it did not respond.
        writes: what its archives look like, in a few words; empty if that is not known.
        min_engine: the required version; ``None`` if there is none.
        report: the findings; its only checkup is that of the daemon.
    """

    host: str
    info: DaemonInfo | None
    writes: str
    min_engine: str | None
    report: Report

    def to_json(self) -> dict[str, Any]:
        """Convert the check for ``json.dumps``.

        Returns:
            The report, with the description of the daemon in place of archives.
        """
        (checkup,) = self.report.checkups
        found = self.report.to_json()
        del found["archives"]
        return {
            **found,
            "host": self.host,
            "engine": None if self.info is None else asdict(self.info),
            "writes": self.writes or None,
            "min_engine": self.min_engine,
            "readable": checkup.readable,
            "reason": checkup.reason or None,
            "findings": [each.to_json() for each in checkup.findings],
        }


def check_engine(
    min_engine: str | None = None, **options: Unpack[ConnectionOptions]
) -> EngineCheck:
    """Check the running Docker daemon: which tools fail on the archives that it writes.

    A daemon that does not respond is no error: the report is then unreadable, with the reason.

    Args:
        min_engine: the oldest version of Docker Engine to accept, such as ``25.0.3``; an older
            daemon is a finding (PYG023). Default: any.
        options: which daemon to talk to, and limits, as for ``pyggcr.daemon.info``.

    Returns:
        The check.

    Raises:
        ValueError: ``min_engine`` is not a version.
        TypeError: an option has the wrong type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    from pyggcr import daemon
    from pyggcr.daemon import endpoint

    if min_engine is not None:
        parse_version(min_engine)
    host, info = "", None
    try:
        host = endpoint.resolve(options.get("host"), options.get("context")).host
        info = daemon.info(**options)
        findings = judge(info, host, min_engine)
    except CancelledError:
        raise
    except Error as error:
        unreadable = Checkup(host or "docker daemon", reason=str(error))
        return EngineCheck(host, info, "", min_engine, Report((unreadable,)))
    report = Report((Checkup(host, findings),))
    return EngineCheck(host, info, what_it_writes(info), min_engine, report)


def what_it_writes(info: DaemonInfo) -> str:
    """What the archives of an engine look like.

    Raises:
        Error: its version is not a number.
    """
    if info.product == PODMAN:
        return _PODMAN_LAYOUT
    if info.containerd_store:
        return _STORE_LAYOUT
    return _BOTH_LAYOUTS if _numbers(info) in _LAYER_SOURCES else _OLD_LAYOUT


def judge(info: DaemonInfo, host: str, min_engine: str | None = None) -> tuple[Finding, ...]:
    """What there is to say of an engine.

    Args:
        info: what it says of itself.
        host: where it listens.
        min_engine: the version that it shall have at least.

    Raises:
        Error: its version is not a number.
    """
    if info.product == PODMAN:
        return (_podman(info, host, min_engine),)
    version = _numbers(info)
    found = []
    if info.containerd_store:
        found.append(_containerd_store(info, host))
    else:
        if version in _AFFECTED:
            found.append(_affected(info, host, version))
        if version in _LAYER_SOURCES:
            found.append(_layer_sources(info, host))
    if min_engine is not None and version not in Versions(since=min_engine):
        message = f"the daemon is {info.engine_version}; {min_engine} was asked for"
        found.append(_of_engine("PYG023", info, host, message))
    return tuple(found)


def _podman(info: DaemonInfo, host: str, min_engine: str | None) -> Finding:
    message = f"Podman {info.engine_version} answers on Docker's API"
    if min_engine is not None:
        message += f"; a version of Docker, {min_engine}, cannot be asked of it"
    return _of_engine("PYG024", info, host, message)


def _affected(info: DaemonInfo, host: str, version: str) -> Finding:
    fails = failures.no_images()
    message = f"Docker {info.engine_version} saves images by ID without listing them in index.json"
    if version in _MISORDERING:
        fails += (failures.order_of_layers(), failures.dropped_layers())
        message += ", and puts the layers of OCI manifests out of order now and then"
    return _of_engine("PYG020", info, host, message, *fails)


def _layer_sources(info: DaemonInfo, host: str) -> Finding:
    message = (
        f"Docker {info.engine_version} ({info.storage_driver}) saves every image with LayerSources"
    )
    return _of_engine("PYG021", info, host, message, failures.old_layer_sources())


def _containerd_store(info: DaemonInfo, host: str) -> Finding:
    message = (
        f"Docker {info.engine_version} keeps images in containerd's store ({info.storage_driver})"
    )
    return _of_engine("PYG022", info, host, message)


def _of_engine(
    code: str, info: DaemonInfo, host: str, message: str, *fails: failures.Failure
) -> Finding:
    details = {"engine_version": info.engine_version, "storage_driver": info.storage_driver}
    return finding(code, Place(host), message, *fails, details=details)


def _numbers(info: DaemonInfo) -> str:
    found = _NUMBERS.match(info.engine_version)
    if found is None:
        raise Error(f"the daemon's version is {info.engine_version!r}, which is no number")
    return found[1]
