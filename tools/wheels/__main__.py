"""Builds the wheels of a release and checks them.

    python -m tools.wheels                        # all kinds, into dist/
    python -m tools.wheels x86_64 pure            # these
    python -m tools.wheels --check dist/*.whl     # build nothing
    python -m tools.wheels --list dist/*.whl      # the Go modules in each, with their versions
    python -m tools.wheels --sbom sbom.cdx.json dist/*.whl

zig from PyPI compiles, so one Linux machine builds for all. What cannot run here is built all the
same and said to be untried; PYGGCR_RUNNER names a command that runs the Python of aarch64. The
release workflow takes macOS wheels from macOS, for only there the Go engine can be built.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.wheels.kinds import KINDS, Kind
from tools.wheels.promises import broken_promises, linked_modules
from tools.wheels.sbom import sbom

ROOT = Path(__file__).parents[2]


def build(kind: Kind, sdist: Path, destination: Path) -> Path:
    """Build one wheel from the sdist; its path."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **kind.environment()}
        if kind.name != "aarch64":  # the runner is for that machine
            environment.pop("PYGGCR_RUNNER", None)
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-v",
            "--no-deps",
            "-w",
            folder,
            str(sdist),
        ]
        done = subprocess.run(  # noqa: S603
            command, env=environment, text=True, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise SystemExit(
                f"{kind.name} was not built:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
            )
        for line in done.stdout.splitlines():
            if "was not tried" in line:
                print(line.strip())
        (wheel,) = Path(folder).glob("*.whl")
        return Path(shutil.move(wheel, destination / wheel.name))


def make_sdist(folder: Path) -> Path:
    """The source distribution, which every wheel is built from."""
    command = [sys.executable, "-m", "build", "--sdist", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    (path,) = folder.glob("*.tar.gz")
    return path


def report(wheel: Path) -> bool:
    """Say whether a wheel keeps its promises."""
    broken = broken_promises(wheel)
    print(f"{wheel.name}  {wheel.stat().st_size / 1e6:.2f} MB  {'broken' if broken else 'ok'}")
    for promise, faults in broken.items():
        for fault in faults:
            print(f"  {promise}: {fault}")
    return not broken


def main(arguments: list[str]) -> int:
    """Build and check, or only check; 1 if a wheel does not keep a promise."""
    parser = argparse.ArgumentParser(prog="python -m tools.wheels", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--check", type=Path, nargs="+", metavar="WHEEL", default=[])
    parser.add_argument("--list", type=Path, nargs="+", metavar="WHEEL", default=[])
    parser.add_argument("--sbom", nargs="+", type=Path, metavar=("FILE", "WHEEL"), default=[])
    options = parser.parse_args(arguments)
    for wheel in options.list:
        print(wheel.name)
        for path, version in sorted(linked_modules(wheel).items()):
            print(f"  {path} {version}")
    if options.sbom:
        file, *wheels = options.sbom
        file.write_text(json.dumps(sbom(wheels), indent=1) + "\n", "utf-8")
    if options.list or options.check or options.sbom:
        return 0 if all(list(map(report, options.check))) else 1
    if unknown := set(options.kinds) - set(KINDS):
        parser.error(f"there is no kind {', '.join(sorted(unknown))}")
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        sdist = make_sdist(Path(folder))
        kinds = [KINDS[name] for name in options.kinds or KINDS]
        wheels = [build(kind, sdist, options.output) for kind in kinds]
        if not options.kinds:
            shutil.copy(sdist, options.output)
    return 0 if all(list(map(report, wheels))) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
