"""What each verb of the command line imports, measured in a process of its own, and as recorded.

    PYTHONPATH=tests python -m support.loaded_modules           # record anew
    PYTHONPATH=tests python -m support.loaded_modules --check   # say what differs

The record is tests/data/cli/loaded-modules.json: for each engine and verb how many modules of
pyggcr are loaded, and which of ``HEAVY``, those that cost a command much of its start.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyggcr import artifact, empty, mutate, registry, remote, tarball, v1
from pyggcr.cli import app
from pyggcr.cli.reader import Command, Group
from support.fake_engine import RECORDED

RECORD = Path(__file__).parents[1] / "data" / "cli" / "loaded-modules.json"
ENGINES = ("go", "python")
ARCHIVE = RECORDED["25.0.2"].archive("app-tag")
# The digest of the config in it.
CONFIG = "sha256:5b1aa4ba910e2c262d3a87bfa97d52d5ae48095b8bf5c65858d798d3ebadd597"

# By so many modules of pyggcr may a verb fall below its record before that has to be written anew.
SLACK = 5

# Of verbs that do not end with 0: the doctor finds something, nobody has logged in, the registry
# gives no tokens, its port is taken, nothing was edited, and the folder is no layout.
EXIT_CODES = {
    "audit": "1",
    "doctor": "1",
    "auth get": "1",
    "auth token": "2",
    "registry serve": "2",
    "edit config": "2",
    "edit manifest": "2",
    "layout gc": "2",
}

# Packages, or parts of the standard library, that take milliseconds to import or bring many others.
HEAVY = frozenset(
    """
    _cffi_backend asyncio cffi concurrent.futures cryptography dataclasses email html
    http.client hypothesis importlib.metadata inspect matplotlib multiprocessing numpy pygments
    pytest rich setuptools sqlite3 ssl tarfile typing unittest urllib.request urllib3 xml zstandard
    """.split()  # noqa: SIM905
)

# What a process that runs the command prints into the file that is its first argument.
SCRIPT = """
import sys
out, *arguments = sys.argv[1:]
before = set(sys.modules)
from pyggcr.cli import app
from pyggcr.cli.reader import Command, Group
try:
    app.main(arguments)
except SystemExit as end:
    code = end.code
names = sorted(set(sys.modules) - before)
with open(out, "w") as file:
    print(code, *names, file=file)
"""


Record = dict[str, dict[str, Any]]


def commands(archive: Path, host: str, folder: Path) -> dict[str, list[str]]:
    """A command line for each verb, by the verb: of one image, in an archive or a registry.

    Args:
        archive: the archive.
        host: a registry that has the image as ``tests/app:1``.
        folder: what commands write to.
    """
    source, image, out = str(archive), f"{host}/tests/app:1", folder / "out"
    return {
        "engines": [],
        "version": [],
        "completion": ["bash"],
        "crane": ["version"],
        "gcrane": ["version"],
        "inspect": [source],
        "validate": [source],
        "digest": [source],
        "manifest": [source],
        "config": [source],
        "layers": [source],
        "doctor": [source],
        "audit": [source],
        "repair": [source, f"{out}-repaired.tar"],
        "tools": [],
        "differential": [source],
        "files": [source],
        "cat": [source, "/etc/empty"],
        "extract": [source, f"{out}-folder"],
        "diff": [source, source],
        "bench": ["--help"],  # itself takes a minute
        "push": [source, f"{host}/tests/pushed:1"],
        "pull": [image, f"{out}-pulled.tar"],
        "copy": [image, f"{host}/tests/copied:1"],
        "cp": [image, f"{host}/tests/copied:2"],
        "ls": [f"{host}/tests/app"],
        "catalog": [host],
        "tag": [image, "2"],
        "delete": [f"{host}/tests/app:3"],
        "blob": [f"{host}/tests/app@{CONFIG}"],
        "artifact push": [f"{host}/tests/files:1", source],
        "artifact attach": [image, source, "--artifact-type", "text/plain"],
        "artifact pull": [f"{host}/tests/files:0", "-o", str(out)],
        "artifact list": [image],
        "referrers": [image],
        "export": [image, f"{out}-files.tar"],
        "build": ["--base", image, "--file", "/a=a", "-t", "a:1", "-o", f"{out}-built.tar"],
        "convert": [image, "--tag", "a:1", "--output", f"{out}-converted.tar"],
        "append": ["-b", source, "-f", source, "-t", "a:1", "-o", f"{out}-appended.tar"],
        "mutate": [source, "--env", "A=B", "--output", f"{out}-mutated.tar"],
        "flatten": [source, "--output", f"{out}-flat.tar"],
        "rebase": [
            *(source, "--old_base", source, "--new_base", source),
            *("--output", f"{out}-rebased.tar"),
        ],
        "sync": ["--schema"],
        "index append": ["-m", image, "-t", f"{host}/tests/index:1"],
        "index filter": [f"{host}/tests/app:all", "--platform", "linux", "-t", f"{host}/tests/f:1"],
        "index list": [f"{host}/tests/app:all"],
        "edit config": [source, "--output", f"{out}-edited.tar"],
        "edit fs": [source, "--filename", "a", "--output", f"{out}-edited.tar"],
        "edit manifest": [image],
        "layout gc": [str(folder)],
        "auth get": [host],
        "auth login": [host, "-u", "ann", "-p", "secret"],
        "auth logout": [host],
        "auth token": [f"{host}/tests/app"],
        "registry serve": ["--address", host],  # where one listens already: it ends at once
    }


def verbs(command: Command = app, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every verb of the command line, those of groups with the group's name before."""
    if not isinstance(command, Group):
        yield " ".join(path)
        return
    for name in command.names():
        found = command.find(name)
        assert found is not None
        yield from verbs(found, (*path, name))


def loaded_by(verb: str, arguments: list[str], *, engine: str, folder: Path) -> dict[str, Any]:
    """What a process loads that runs the verb: how many modules of ours, and which heavy ones."""
    out = folder / "modules"
    environment = {**os.environ, "PYGGCR_ENGINE": engine, "DOCKER_CONFIG": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(out), *verb.split(), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, (verb, done.stderr)
    code, *modules = out.read_text().split()
    assert code == EXIT_CODES.get(verb, "0"), (verb, done.stdout, done.stderr)
    if "_colorize" in modules:  # of Python 3.14, whose logging loads it, and with it these
        modules = [name for name in modules if name not in ("dataclasses", "inspect")]
    ours = [name for name in modules if f"{name}.".startswith("pyggcr.")]
    return {"pyggcr": len(ours), "heavy": sorted(HEAVY.intersection(modules))}


def recorded() -> dict[str, Record]:
    """The record, by engine and verb."""
    record: dict[str, Record] = json.loads(RECORD.read_text(encoding="utf-8"))
    return record


def compare(now: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """How what is loaded now exceeds the record, or falls so far below that it is out of date."""
    found = [f"{name} is loaded" for name in now["heavy"] if name not in before["heavy"]]
    if not before["pyggcr"] - SLACK <= now["pyggcr"] <= before["pyggcr"]:
        found.append(f"{now['pyggcr']} modules of pyggcr are loaded, not {before['pyggcr']}")
    return found


@contextlib.contextmanager
def registry_with_images() -> Iterator[str]:
    """A registry that has what the commands ask for; its address."""
    with (
        registry.serve(engine="python") as server,
        tarball.image_from_path(RECORDED["25.0.2"].archive("app-tag"), engine="python") as image,
    ):
        for tag in ("1", "3"):
            remote.write(f"{server.host}/tests/app:{tag}", image, engine="python")
        listed = mutate.IndexAddendum(image, platform=v1.Platform(os="linux"))
        index = mutate.append_manifests(empty.index(), listed)
        remote.write_index(f"{server.host}/tests/app:all", index, engine="python")
        made = artifact.File("file", content=b"content")
        artifact.push(f"{server.host}/tests/files:0", [made], engine="python")
        yield server.host


def measure(engine: str, folder: Path) -> Record:
    """What each verb loads on an engine."""
    with registry_with_images() as host:
        return {
            verb: loaded_by(verb, arguments, engine=engine, folder=folder)
            for verb, arguments in commands(ARCHIVE, host, folder).items()
        }


def main() -> int:
    """Record anew, or compare; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the record")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        now = {}
        for engine in ENGINES:
            own = Path(folder, engine)
            own.mkdir()
            now[engine] = measure(engine, own)
    if not check:
        RECORD.parent.mkdir(exist_ok=True)
        RECORD.write_text(_written(now), encoding="utf-8")
        return 0
    before = recorded()
    differences = [
        f"{verb} ({engine} engine): {difference}"
        for engine in ENGINES
        for verb, found in now[engine].items()
        for difference in compare(found, before[engine][verb])
    ]
    sys.stdout.writelines(f"{difference}\n" for difference in differences)
    return 1 if differences else 0


def _written(record: dict[str, Record]) -> str:
    """The record as JSON with a line for each verb, so that a difference reads well."""
    engines = []
    for engine, verbs in record.items():
        lines = [f"    {json.dumps(verb)}: {json.dumps(found)}" for verb, found in verbs.items()]
        engines.append(f"  {json.dumps(engine)}: {{\n" + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(engines) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main())
