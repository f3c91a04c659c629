"""The software bill of materials of wheels, in CycloneDX: what a release gives to its users.

Components are the Python packages that a wheel requires and the Go modules in its library, which no
tool for Python packages sees.
"""

from __future__ import annotations

import email
import email.message
import hashlib
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.wheels.promises import linked_modules

__all__ = ["sbom"]


def sbom(wheels: Sequence[Path]) -> dict[str, Any]:
    """One document of CycloneDX 1.6 for wheels of the same version."""
    metadata = _metadata(wheels[0])
    name, version = metadata["Name"], metadata["Version"]
    root = f"pkg:pypi/{name}@{version}"
    components = {
        component["bom-ref"]: component
        for wheel in wheels
        for component in (*_required(wheel), *_linked(wheel))
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": root,
                "name": name,
                "version": version,
                "purl": root,
                "licenses": [{"license": {"id": metadata["License-Expression"]}}],
                "components": [_file(wheel) for wheel in wheels],
            }
        },
        "components": [components[reference] for reference in sorted(components)],
        "dependencies": [{"ref": root, "dependsOn": sorted(components)}],
    }


def _metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def _file(wheel: Path) -> dict[str, Any]:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return {
        "type": "file",
        "bom-ref": wheel.name,
        "name": wheel.name,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def _required(wheel: Path) -> list[dict[str, Any]]:
    """Packages that are always installed too; which version, pip decides."""
    components = []
    for requirement in _metadata(wheel).get_all("Requires-Dist", []):
        if "extra ==" not in requirement:
            found = re.match(r"[A-Za-z0-9._-]+", requirement)
            assert found is not None
            purl = f"pkg:pypi/{found[0].lower()}"
            components.append(
                {
                    "type": "library",
                    "bom-ref": purl,
                    "name": found[0],
                    "purl": purl,
                    "description": f"required as {requirement}",
                }
            )
    return components


def _linked(wheel: Path) -> list[dict[str, Any]]:
    components = []
    for path, version in linked_modules(wheel).items():
        purl = f"pkg:golang/{path}@{version}"
        component = {
            "type": "library",
            "bom-ref": purl,
            "name": path,
            "version": version,
            "purl": purl,
        }
        components.append(component)
    return components
