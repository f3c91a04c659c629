"""The bill of materials of a release names what a wheel brings along."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tools.wheels.__main__ import main
from tools.wheels.sbom import sbom

METADATA = """\
Metadata-Version: 2.4
Name: pyggcr
Version: 0.1.0
License-Expression: Apache-2.0
Requires-Dist: urllib3>=2.1
Requires-Dist: zstandard>=0.22; python_version < "3.14"
Requires-Dist: pytest>=8; extra == "test"
"""
LIBRARY = Path(__file__).parents[2] / "pyggcr/_go/libpyggcr.so"


def _wheel(folder: Path, library: bool) -> Path:
    path = folder / "pyggcr-0.1.0-cp310-abi3-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pyggcr-0.1.0.dist-info/METADATA", METADATA)
        if library:
            archive.write(LIBRARY, "pyggcr/_go/libpyggcr.so")
    return path


def test_packages_that_are_always_installed_are_named(tmp_path: Path) -> None:
    document = sbom([_wheel(tmp_path, library=False)])

    assert document["specVersion"] == "1.6"
    assert document["metadata"]["component"]["purl"] == "pkg:pypi/pyggcr@0.1.0"
    assert [each["purl"] for each in document["components"]] == [
        "pkg:pypi/urllib3",
        "pkg:pypi/zstandard",
    ]


def test_modules_in_the_library_are_named_with_their_versions(
    tmp_path: Path, go_engine: None
) -> None:
    target = tmp_path / "sbom.json"

    assert main(["--sbom", str(target), str(_wheel(tmp_path, library=True))]) == 0

    document = json.loads(target.read_text())
    found = {each["name"]: each for each in document["components"]}
    module = found["github.com/google/go-containerregistry"]
    assert module["purl"] == f"pkg:golang/{module['name']}@{module['version']}"
    assert document["dependencies"][0]["dependsOn"] == sorted(
        each["bom-ref"] for each in document["components"]
    )
