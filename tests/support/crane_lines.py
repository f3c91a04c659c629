"""Command lines of crane, each run by crane and by ``pyggcr crane`` on registries seeded alike.

``python -m support.crane_lines [--gcrane] [--engine go] [PATTERN]`` prints what came of each, and
how many were the same. A ``Line`` has ``{r}`` for the registry and ``{digest:app:one}`` for
digests; ``compare`` runs it twice and says what differs: the exit code, standard output and error,
the files in the folder (names, modes, contents), and what the registry holds in the end. Those of
gcrane run on a registry that lists as Google's do.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyggcr import registry
from pyggcr.cli.crane.program import CRANE
from pyggcr.cli.gcrane.program import GCRANE
from pyggcr.errors import TransportError
from support import gcrane_commands
from support.crane_commands import LINES, Line
from support.crane_seed import SEED, fill, seed
from support.google_registry import GoogleRegistry

__all__ = ["ENGINES", "KNOWN", "LINES", "Line", "Outcome", "compare", "run_ours", "run_real"]

ENGINES = ("python", "go")

# What may differ, and why.
KNOWN = {
    "copy -a -j2 {r}/app {r}/copied": (
        "crane copies tags in any order; pyggcr copies indexes last",
        ("errors",),
    ),
    "pull --format legacy {r}/app:none out.tar": (
        "crane panics; the Python engine writes an archive without layers",
        ("code", "errors", "files"),
    ),
    "index filter {r}/app:index --platform all": (
        "crane panics; pyggcr says what is wrong",
        ("code", "errors"),
    ),
    "append -f - -b {r}/app:one -t {r}/new:one -o out.tar": (
        "crane leaves an empty file where it fails; pyggcr leaves none",
        ("files",),
    ),
    "append -f layout -t {r}/new:one": (
        "on the Go engine an error of a file that Python reads is told without the request",
        ("errors",),
    ),
    "rebase {r}/app:one --old_base {r}/base:other --new_base {r}/base:new": (
        "crane prints addresses of memory in place of names",
        ("errors",),
    ),
    "-v digest {r}/app:one": (
        "the User-Agent is pyggcr's; the Python engine shows heads only, without secrets",
        ("errors",),
    ),
    "--verbose tag {r}/app:one again": (
        "the User-Agent is pyggcr's; the Python engine shows heads only, without secrets",
        ("errors",),
    ),
}
_PATIENCE = 60.0

_PROGRAMS = {"crane": CRANE, "gcrane": GCRANE}
_KNOWN = {"crane": KNOWN, "gcrane": gcrane_commands.KNOWN}

# Takes the name of the program, its words, its environment, its standard input and its folder.
Runner = Callable[[str, list[str], dict[str, str], bytes, Path], "tuple[int, bytes, bytes]"]


@dataclass
class Outcome:
    """What came of a command line."""

    code: int
    output: str
    errors: str
    files: dict[str, str]
    registry: dict[str, str]

    def differences(self, other: Outcome) -> list[str]:
        """What is not the same, this outcome being crane's."""
        found = [
            f"{name}: crane {mine!r}, pyggcr {theirs!r}"
            for name in ("code", "output", "errors")
            if (mine := getattr(self, name)) != (theirs := getattr(other, name))
        ]
        for what in ("files", "registry"):
            mine, theirs = getattr(self, what), getattr(other, what)
            found += [
                f"{what} {name}: crane {mine.get(name)!r}, pyggcr {theirs.get(name)!r}"
                for name in sorted({*mine, *theirs})
                if mine.get(name) != theirs.get(name)
            ]
        return found


def compare(line: Line, engine: str, *, process: bool = False) -> list[str]:
    """Run a command line by the real program and by ours: what differs, but for what may."""
    ours = run_process if process else run_ours
    while True:
        try:
            wanted, got = _both(line, engine, ours)
            break
        except TransportError as error:
            if "address already in use" not in str(error):
                raise
    _reason, allowed = _KNOWN[line.program].get(line.text, ("", ()))
    return [it for it in wanted.differences(got) if not it.startswith(tuple(allowed) or "\0")]


def _both(line: Line, engine: str, ours: Runner) -> tuple[Outcome, Outcome]:
    with tempfile.TemporaryDirectory() as temporary:
        address = _free_address() if line.needs_registry else ""
        wanted = _outcome(line, address, Path(temporary), run_real)
        environment = {"PYGGCR_ENGINE": engine}
        got = _outcome(line, address, Path(temporary), ours, environment)
    if line.timed:
        common = _digests(wanted) & _digests(got)
        wanted, got = (_without_times(it, common) for it in (wanted, got))
    return wanted, got


def _digests(outcome: Outcome) -> set[str]:
    return set(re.findall(r"[0-9a-f]{64}", repr(outcome)))


def _free_address() -> str:
    """An address that no connection takes by chance: below the ports that systems choose."""
    while True:
        address = f"127.0.0.1:{10_000 + secrets.randbelow(20_000)}"
        with contextlib.suppress(TransportError), registry.serve(address, engine="go"):
            return address


def _outcome(
    line: Line,
    address: str,
    place: Path,
    runner: Runner,
    environment: dict[str, str] | None = None,
) -> Outcome:
    folder, blobs = place / "work", place / "blobs"
    for it in (folder, blobs):
        shutil.rmtree(it, ignore_errors=True)
        it.mkdir()
    fill(folder)
    (folder / "home").mkdir()
    with _registry(line, address, blobs) as behind:
        for before in line.before:
            told = run_real(line.program, _words(before, address), _environment(line), b"", folder)
            _check(told)
        given = {**_environment(line), **(environment or {})}
        words = _words(line.text, address)
        code, output, errors = runner(line.program, words, given, line.stdin, folder)
        held = _registry_content(behind, blobs, output) if behind else {}
    return _normalised(line, code, output, errors, _files(folder, line.unordered), held)


@contextlib.contextmanager
def _registry(line: Line, address: str, blobs: Path) -> Iterator[str]:
    """A registry with the seed; for gcrane there is one in front of it that lists as Google's.

    The value is where the registry itself is, empty if the line needs none.
    """
    if not line.needs_registry:
        yield ""
        return
    google = line.program == "gcrane"
    with contextlib.ExitStack() as stack:
        behind = "127.0.0.1:0" if google else address
        served = registry.serve(behind, engine="go", folder=blobs, referrers=True)
        server = stack.enter_context(served)
        seed(server.host, address)
        if google:
            port = int(address.rpartition(":")[2])
            try:
                stand_in = stack.enter_context(GoogleRegistry(server.host, port=port))
            except OSError as error:
                raise TransportError(f"address already in use: {error}") from error
            gcrane_commands.seed(stand_in)
        yield server.host


def _words(text: str, address: str) -> list[str]:
    def replaced(match: re.Match[str]) -> str:
        kind, _, name = match[1].partition(":")
        if kind == "r":
            return address
        if kind == "digest":
            repository, _, tag = name.partition(":")
            return SEED.manifests[repository, tag].digest
        if kind == "untagged":
            return gcrane_commands.UNTAGGED.digest
        image = json.loads(SEED.manifests["app", name].content)
        found = image["config"] if kind == "config" else image["layers"][0]
        return str(found["digest"])

    return [re.sub(r"\{([a-z:]+)\}", replaced, word) for word in shlex.split(text)]


def _environment(line: Line) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": "home",
        "DOCKER_CONFIG": "docker",
        "TMPDIR": tempfile.gettempdir(),
        **line.environment,
    }


def _check(outcome: tuple[int, bytes, bytes]) -> None:
    assert outcome[0] == 0, outcome


def run_real(
    name: str, words: list[str], environment: dict[str, str], stdin: bytes, folder: Path
) -> tuple[int, bytes, bytes]:
    """Run crane or gcrane itself."""
    return _run_command([name, *words], environment, stdin, folder)


def run_process(
    name: str, words: list[str], environment: dict[str, str], stdin: bytes, folder: Path
) -> tuple[int, bytes, bytes]:
    """Run ``pyggcr crane`` in a process of its own."""
    script = "import sys; from pyggcr.cli import main; main()"
    command = [sys.executable, "-c", script, name, *words]
    return _run_command(command, environment, stdin, folder)


def _run_command(
    command: list[str], environment: dict[str, str], stdin: bytes, folder: Path
) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        env=environment,
        cwd=folder,
        timeout=_PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def run_ours(
    name: str, words: list[str], environment: dict[str, str], stdin: bytes, folder: Path
) -> tuple[int, bytes, bytes]:
    """Run ``pyggcr crane`` in this process, with its descriptors, environment and folder."""
    with tempfile.TemporaryFile() as source, _captured(source, stdin) as (output, errors):
        before, here = dict(os.environ), Path.cwd()
        try:
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(folder)
            code = _PROGRAMS[name].run(words)
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)
        return code, _content(output), _content(errors)


@contextlib.contextmanager
def _captured(source: Any, stdin: bytes) -> Iterator[tuple[Any, Any]]:
    """Standard input, output and error as files, for Python's streams and for Go's."""
    source.write(stdin)
    source.seek(0)
    kept = [os.dup(number) for number in range(3)]
    streams = sys.stdin, sys.stdout, sys.stderr
    with (
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        contextlib.ExitStack() as stack,
    ):
        try:
            for number, file in enumerate((source, output, errors)):
                os.dup2(file.fileno(), number)
            sys.stdin, sys.stdout, sys.stderr = (
                stack.enter_context(open(number, mode, closefd=False))
                for number, mode in enumerate("rww")
            )
            yield output, errors
        finally:
            stack.close()
            sys.stdin, sys.stdout, sys.stderr = streams
            for number, copy in enumerate(kept):
                os.dup2(copy, number)
                os.close(copy)


def _content(file: Any) -> bytes:
    sys.stdout.flush()
    sys.stderr.flush()
    file.seek(0)
    content: bytes = file.read()
    return content


def _files(folder: Path, unordered: bool) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        about = f"{path.lstat().st_mode:o}"
        if path.is_file():
            content = path.read_bytes()
            if unordered and path.name == "out.tar":
                content = _sorted_entries(content)
            about += f" {len(content)} {hashlib.sha256(content).hexdigest()}"
        found[str(path.relative_to(folder))] = about
    return found


def _sorted_entries(content: bytes) -> bytes:
    """The entries of an archive without their order, which is no other each time."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        entries = [(it.name, it.mode, archive.extractfile(it).read()) for it in archive]
    return repr(sorted(entries)).encode()


def _registry_content(host: str, blobs: Path, output: bytes) -> dict[str, str]:
    """All tags, all manifests that can be found, and all blobs."""
    found = {}
    connection = http.client.HTTPConnection(host)

    def get(path: str) -> tuple[int, bytes, str]:
        connection.request("GET", path, headers={"Accept": "*/*"})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheader("Content-Type", "")

    named = [it.decode() for it in re.findall(rb"sha256:[0-9a-f]{64}", output)]
    known = {reference for _repository, reference in SEED.manifests}
    for repository in json.loads(get("/v2/_catalog")[1])["repositories"] or ():
        tags = json.loads(get(f"/v2/{repository}/tags/list")[1]).get("tags") or ()
        for reference in sorted({*tags, *named, *known}):
            status, content, kind = get(
                f"/v2/{repository}/manifests/{urllib.parse.quote(reference, safe=':')}"
            )
            if status == 200:
                found[f"{repository}:{reference}"] = f"{kind} {content.decode()}"
    connection.close()
    for path in blobs.rglob("*"):
        if path.is_file():
            found[f"blob {path.name}"] = str(path.stat().st_size)
    return found


_MASKS = [
    (r"(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", "TIME "),
    (r"\([\d.]+(?:ns|µs|ms|s)\)", "(DURATION)"),
    (r"(?m)^Date: .*$", "Date: DATE"),
    (r"/blobs/uploads/\d+", "/blobs/uploads/NUMBER"),
    (r"127\.0\.0\.1:\d+->", "127.0.0.1:PORT->"),
    (r"/tmp/crane\d+", "/tmp/craneNUMBER"),
    (r"craneregistry\w+", "craneregistryNAME"),
]

# What the copy of an image or index finds there depends on which others came before.
_FOUND_THERE = (
    r"(?m)^TIME (?:(?:existing|pushed|mounted) (?:blob|manifest): \S+|\S+: digest: \S+ size: \d+)\n"
)


def _normalised(
    line: Line,
    code: int,
    output: bytes,
    errors: bytes,
    files: dict[str, str],
    held: dict[str, str],
) -> Outcome:
    texts = [it.decode("utf-8", "surrogateescape") for it in (output, errors)]
    for pattern, shown in _MASKS:
        texts = [re.sub(pattern, shown, it) for it in texts]
    if line.copies_a_tree:
        texts = [re.sub(_FOUND_THERE, "", it) for it in texts]
    if line.unordered or line.text.startswith(("catalog", "copy", "push")):
        texts = ["".join(sorted(it.splitlines(keepends=True))) for it in texts]
    return Outcome(code, texts[0], texts[1], files, held)


def _without_times(outcome: Outcome, common: set[str]) -> Outcome:
    """Without what follows from the time of the run: digests that the other run does not have."""

    def masked(text: str) -> str:
        text = re.sub(r'"created":"[^"]*"', '"created":"TIME"', text)
        text = re.sub(
            r"[0-9a-f]{64}", lambda match: match[0] if match[0] in common else "NEW", text
        )
        return re.sub(r'"size":[0-9]+,"digest":"sha256:NEW"', '"size":SIZE,"digest":"NEW"', text)

    held: dict[str, str] = {}
    for name, about in sorted(
        (masked(name), "SIZE" if name.startswith("blob") else masked(about))
        for name, about in outcome.registry.items()
    ):
        number = sum(it.startswith(f"{name} ") for it in held)
        held[f"{name} {number}"] = about
    output, errors = (
        "".join(sorted(masked(it).splitlines(keepends=True)))
        for it in (outcome.output, outcome.errors)
    )
    return Outcome(outcome.code, output, errors, outcome.files, held)


def main() -> None:
    """Run the command lines and print what came of each."""
    arguments = sys.argv[1:]
    engine, every = "python", LINES
    if arguments[:1] == ["--gcrane"]:
        every, arguments = gcrane_commands.LINES, arguments[1:]
    if arguments[:1] == ["--engine"]:
        engine, arguments = arguments[1], arguments[2:]
    lines = [it for it in every if not arguments or re.search(arguments[0], it.text)]
    same = 0
    for line in lines:
        differences = compare(line, engine)
        same += not differences
        sys.stdout.write(f"{'DIFFERS' if differences else 'same   '} {line.text}\n")
        sys.stdout.writelines(f"        {it[:2000]}\n" for it in differences)
    sys.stdout.write(f"{same} of {len(lines)} the same\n")


if __name__ == "__main__":
    main()
