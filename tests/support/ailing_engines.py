"""Docker daemons that the doctor has something to say of, and others that come near and are well.

``AILING_ENGINES`` and ``NEAR_ENGINES`` are to codes of engines what ``ailing`` has for codes of
archives: what an engine says of itself, and the version that is asked for, if one is.
"""

from __future__ import annotations

from pyggcr._values.daemon import PODMAN, DaemonInfo

__all__ = ["AILING_ENGINES", "NEAR_ENGINES", "docker", "podman"]


def docker(version: str, *, containerd_store: bool = False) -> DaemonInfo:
    """An engine of that version."""
    driver = "overlayfs" if containerd_store else "overlay2"
    return DaemonInfo(version, "1.44", driver, containerd_store, "linux", "amd64")


def podman(version: str) -> DaemonInfo:
    """Podman of that version, which answers on Docker's API."""
    return DaemonInfo(version, "1.41", "overlay", False, "linux", "amd64", PODMAN)


_Case = tuple[DaemonInfo, str | None]

AILING_ENGINES: dict[str, dict[str, _Case]] = {
    "PYG020": {
        "25.0.0": (docker("25.0.0"), None),
        "25.0.1": (docker("25.0.1"), None),
        "25.0.2": (docker("25.0.2"), None),
        "packaged": (docker("25.0.2+dfsg1"), None),
        "a candidate": (docker("25.0.0-rc.1"), None),
    },
    "PYG021": {
        "25.0.2": (docker("25.0.2"), None),
        "25.0.3": (docker("25.0.3"), None),
        "28.5.2": (docker("28.5.2"), None),
    },
    "PYG022": {
        "28.5.2": (docker("28.5.2", containerd_store=True), None),
        "24.0.7": (docker("24.0.7", containerd_store=True), None),
    },
    "PYG023": {
        "older": (docker("25.0.2"), "25.0.3"),
        "compared as numbers": (docker("9.0.0"), "20.10"),
        "with the store": (docker("28.5.2", containerd_store=True), "29"),
    },
    "PYG024": {
        "old": (podman("4.3.1"), None),
        "as new as a Docker that is affected": (podman("25.0.0"), None),
        "asked for a Docker": (podman("5.2.0"), "25.0.3"),
    },
}

NEAR_ENGINES: dict[str, dict[str, _Case]] = {
    "PYG020": {
        "25.0.3": (docker("25.0.3"), None),
        "24.0.7": (docker("24.0.7"), None),
        "25.0.20": (docker("25.0.20"), None),
        "with the store": (docker("25.0.2", containerd_store=True), None),
    },
    "PYG021": {
        "24.0.9": (docker("24.0.9"), None),
        "packaged": (docker("20.10.24+dfsg1"), None),
        "with the store": (docker("28.5.2", containerd_store=True), None),
    },
    "PYG022": {"a graph driver": (docker("28.5.2"), None)},
    "PYG023": {
        "the same": (docker("25.0.3"), "25.0.3"),
        "the same, in short": (docker("25.0.0"), "25"),
        "newer": (docker("28.5.2"), "9"),
        "nothing asked for": (docker("19.3.0"), None),
        "Podman": (podman("4.3.1"), "25.0.3"),
    },
    "PYG024": {"Docker": (docker("28.5.2"), None)},
}
