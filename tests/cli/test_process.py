"""The command line as a process of its own: what it imports, pipes, signals, odd names."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

PLAIN = "28.5.2/app-tag.tar"

PYGGCR = (sys.executable, "-m", "pyggcr")


def run(*arguments: str | bytes | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*PYGGCR, *arguments],
        capture_output=True,
        env={**os.environ, **environment},
        timeout=120,
    )


def modules_after(code: str) -> set[str]:
    """The modules that are loaded once the code has run."""
    script = f"{code}\nimport sys\nprint(*sorted(sys.modules), file=sys.stderr)"
    # Another library than the package's own has to be opened to be asked for its gzip profile.
    environment = {key: it for key, it in os.environ.items() if key != "PYGGCR_GO_LIBRARY"}
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, env=environment, timeout=120)
    return set(result.stderr.decode().split())


def test_importing_the_command_line_is_cheap() -> None:
    modules = modules_after("import pyggcr.cli")

    assert not modules & {
        "pyggcr.cli.reader",
        "rich",
        "cffi",
        "pyggcr.differential",
        "pyggcr._go",
        "pyggcr._python",
    }


def test_digest_on_the_python_engine_loads_neither_rich_nor_go(docker: Path) -> None:
    options = ["--engine", "python"]

    modules = modules_after(
        "from pyggcr.cli import app\n"
        f"try: app.main({['digest', str(docker / PLAIN), *options]!r})\n"
        "except SystemExit as end: assert end.code == 0"
    )

    assert "pyggcr._python" in modules
    # _declarations is what opens the Go library.
    assert not modules & {"rich", "cffi", "pyggcr.differential", "pyggcr._go._declarations"}


def test_an_error_shows_no_traceback(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.tar"
    garbage.write_bytes(b"garbage" * 1000)

    result = run("validate", garbage)

    assert result.returncode == 2
    assert b'garbage.tar is text ("garbage' in result.stderr
    assert result.stderr.count(b"\n") == 1


def test_a_traceback_is_shown_on_request(tmp_path: Path) -> None:
    result = run("digest", tmp_path / "nothing.tar", PYGGCR_TRACEBACK="1")

    assert b"Traceback (most recent call last)" in result.stderr


def test_an_unknown_engine_in_the_environment_is_one_line(docker: Path) -> None:
    result = run("digest", docker / PLAIN, PYGGCR_ENGINE="rust")

    assert result.returncode == 2
    assert result.stderr.startswith(b"pyggcr: ")
    assert result.stderr.count(b"\n") == 1
    assert b"unexpected" not in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs names that are no UTF-8")
def test_a_path_that_is_no_utf8(docker: Path, tmp_path: Path, engine: str) -> None:
    archive = os.fsencode(tmp_path) + b"/bad-\xff.tar"
    shutil.copyfile(docker / PLAIN, archive)

    result = run("validate", archive, "--engine", engine)

    assert result.returncode == 0, result.stderr
    assert result.stdout == b"PASS: " + os.fsencode(tmp_path) + b"/bad-\\xff.tar\n"


@pytest.mark.skipif(sys.platform != "linux", reason="needs names that are no UTF-8")
def test_a_missing_path_that_is_no_utf8_is_one_line() -> None:
    result = run("digest", b"bad-\xff.tar")

    assert result.returncode == 2
    assert result.stderr == b"pyggcr: open bad-\\xff.tar: no such file or directory\n"


@pytest.mark.skipif(os.name != "posix", reason="pipes and signals are POSIX")
class TestPosix:
    def test_a_reader_that_has_gone_ends_it_quietly(self, docker: Path) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as stdout:
            result = subprocess.run(
                [*PYGGCR, "manifest", docker / PLAIN],
                stdout=stdout,
                stderr=subprocess.PIPE,
                timeout=120,
            )

        assert (result.returncode, result.stderr) == (141, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk_is_one_line(self, docker: Path) -> None:
        with Path("/dev/full").open("wb") as stdout:
            result = subprocess.run(
                [*PYGGCR, "manifest", docker / PLAIN],
                stdout=stdout,
                stderr=subprocess.PIPE,
                timeout=120,
            )

        assert result.returncode == 2
        assert result.stderr == b"pyggcr: [Errno 28] No space left on device\n"

    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
    def test_ctrl_c_ends_it_at_once_and_quietly(self, tmp_path: Path, engine: str) -> None:
        archive = endless_archive(tmp_path / "endless.tar")
        process = subprocess.Popen(
            [*PYGGCR, "validate", archive, "--engine", engine],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        wait_until_open(process, archive)

        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=120)

        assert (process.returncode, output) == (130, (b"", b""))


def endless_archive(path: Path) -> Path:
    """An archive with a layer of 8 GiB, all of it a hole: reading it lasts longer than a test."""
    config = json.dumps({"rootfs": {"type": "layers", "diff_ids": ["sha256:" + 64 * "0"]}}).encode()
    manifest = json.dumps([{"Config": "config.json", "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in (("manifest.json", manifest), ("config.json", config)):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        layer = tarfile.TarInfo("layer.tar")
        layer.size = 8 << 30
        start = archive.offset + len(layer.tobuf(tarfile.PAX_FORMAT))
        archive.fileobj.write(layer.tobuf(tarfile.PAX_FORMAT))
        archive.offset = start
    os.truncate(path, start + layer.size + 1024)
    return path


def wait_until_open(process: subprocess.Popen[bytes], path: Path) -> None:
    """Wait until the process has the file open."""
    descriptors = Path(f"/proc/{process.pid}/fd")
    while process.poll() is None:
        with contextlib.suppress(OSError):
            if str(path) in map(os.readlink, descriptors.iterdir()):
                return
        time.sleep(0.01)
    raise AssertionError(process.communicate())


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("options", [["digest"], ["doctor"], ["doctor", "--json"]])
def test_closed_outputs_are_no_error(docker: Path, options: list[str], closed: str) -> None:
    command = f'exec "$@" {closed}'
    target = str(docker / "28.5.2-containerd-store/app-tag.tar")
    result = subprocess.run(
        ["sh", "-c", command, "sh", *PYGGCR, *options, target], capture_output=True, timeout=120
    )
    assert (result.returncode, result.stderr) == (0, b"")
