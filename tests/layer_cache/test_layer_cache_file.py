"""The file of a layer cache: what it remembers, what it refuses, and what damage to it costs."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pyggcr import v1
from pyggcr._layers.layer_cache import LayerCache
from pyggcr.errors import LayerCacheError

PROFILE, LEVEL = "go1.26", 1
NOBODY = 65534


def hash_of(number: int) -> v1.Hash:
    """A hash that stands for nothing."""
    return v1.Hash("sha256", f"{number:064x}")


CONTENT, OTHER, BLOB = hash_of(1), hash_of(2), hash_of(0xB10B)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that nobody else may write."""
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.fixture
def path(folder: Path) -> Path:
    """Where a cache is going to be."""
    return folder / "layers.sqlite"


@pytest.fixture
def filled(path: Path) -> Path:
    """A cache that knows one layer."""
    LayerCache(path).put(CONTENT, PROFILE, LEVEL, BLOB, 1234)
    return path


def found(path: Path, content: v1.Hash = CONTENT) -> tuple[v1.Hash, int] | None:
    """What a process that has just begun finds."""
    return LayerCache(path).get(content, PROFILE, LEVEL)


def change(path: Path, statement: str, *values: object) -> None:
    """Change the database behind the back of pyggcr."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


def test_remembers_by_content_profile_and_level(filled: Path) -> None:
    cache = LayerCache(filled)
    assert cache.get(CONTENT, PROFILE, LEVEL) == (BLOB, 1234)
    assert cache.get(OTHER, PROFILE, LEVEL) is None
    assert cache.get(CONTENT, "go1.27", LEVEL) is None
    assert cache.get(CONTENT, PROFILE, 9) is None


def test_is_for_its_owner_alone_whatever_the_umask_says(folder: Path) -> None:
    path = folder / "new" / "layers.sqlite"
    umask = os.umask(0)
    try:
        LayerCache(path).put(CONTENT, PROFILE, LEVEL, BLOB, 1)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert found(path) == (BLOB, 1)


def test_asking_makes_no_file(path: Path) -> None:
    assert found(path) is None
    assert LayerCache(path).count() == 0
    assert not path.exists()


def test_forgets_what_was_not_used_for_the_longest_time(path: Path) -> None:
    cache = LayerCache(path, max_rows=20)
    for number in range(20):
        cache._clock = lambda number=number: 10_000.0 * number
        cache.put(hash_of(number), PROFILE, LEVEL, BLOB, number)
    cache._clock = lambda: 1_000_000.0
    assert cache.get(hash_of(0), PROFILE, LEVEL) == (BLOB, 0)
    cache.put(hash_of(99), PROFILE, LEVEL, BLOB, 99)
    known = [number for number in range(100) if cache.get(hash_of(number), PROFILE, LEVEL)]
    assert known == [0, *range(4, 20), 99]  # one too many, and a tenth to have peace for a while


def test_the_file_does_not_grow_beyond_its_bound(path: Path) -> None:
    cache = LayerCache(path, max_bytes=64 << 10)
    for number in range(600):
        cache.put(hash_of(number), PROFILE, LEVEL, BLOB, number)
    assert path.stat().st_size <= (64 << 10) + (8 << 10)
    assert cache.get(hash_of(599), PROFILE, LEVEL) == (BLOB, 599)
    assert 200 < cache.count() < 600


def fill(path: Path, rows: int) -> None:
    """Add rows at once, as a version with other bounds may have done."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO layers SELECT randomblob(32), 'go1.26', 1, randomblob(32), i, "
            "randomblob(32), i FROM n",
            (rows,),
        )
    connection.close()


@pytest.mark.parametrize(
    ("rows", "bound"), [(3000, 1000), pytest.param(1_000_000, 100_000, marks=pytest.mark.full)]
)
def test_too_many_rows_are_removed_and_the_file_shrinks(filled: Path, rows, bound) -> None:
    fill(filled, rows)
    before = filled.stat().st_size
    cache = LayerCache(filled, max_rows=bound)
    cache.put(OTHER, PROFILE, LEVEL, BLOB, 1)
    assert cache.count() <= bound
    assert filled.stat().st_size < before // 2
    assert cache.get(OTHER, PROFILE, LEVEL) == (BLOB, 1)


# What others may write


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(filled: Path, mode: int) -> None:
    filled.chmod(mode)
    with pytest.raises(LayerCacheError, match=rf"may be written by others \(mode {mode:04o}\)"):
        LayerCache(filled)


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
def test_a_folder_that_others_may_write_is_refused(filled: Path, mode: int) -> None:
    filled.parent.chmod(mode)
    with pytest.raises(LayerCacheError, match="the folder .* may be written by others"):
        LayerCache(filled)
    filled.unlink()
    with pytest.raises(LayerCacheError, match="the folder .* may be written by others"):
        LayerCache(filled)


def test_rights_are_looked_at_again_before_each_use(filled: Path) -> None:
    cache = LayerCache(filled)
    filled.chmod(0o666)
    with pytest.raises(LayerCacheError):
        cache.get(CONTENT, PROFILE, LEVEL)
    with pytest.raises(LayerCacheError):
        cache.put(OTHER, PROFILE, LEVEL, BLOB, 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_belongs_to_another_user_is_refused(filled: Path, what: str) -> None:
    os.chown(filled if what == "file" else filled.parent, NOBODY, NOBODY)
    with pytest.raises(LayerCacheError, match=f"belongs to user {NOBODY}"):
        LayerCache(filled)


def test_a_path_with_a_nul_character_is_none() -> None:
    with pytest.raises(LayerCacheError, match="no path for a layer cache"):
        LayerCache("a\0b")


@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOSPC])
def test_a_folder_that_takes_no_file_is_no_reason_to_delete_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    cache = LayerCache(path)
    monkeypatch.setattr(os, "open", fail)
    cache.put(CONTENT, PROFILE, LEVEL, BLOB, 7)
    monkeypatch.undo()

    assert "delete the file" not in caplog.text
    assert found(path) is None


def test_only_a_regular_file_will_do(filled: Path) -> None:
    link = filled.with_name("link")
    link.symlink_to(filled)
    with pytest.raises(LayerCacheError, match="is a symbolic link"):
        LayerCache(link)
    pipe = filled.with_name("pipe")
    os.mkfifo(pipe)
    with pytest.raises(LayerCacheError, match="is no regular file"):
        LayerCache(pipe)
    with pytest.raises(LayerCacheError, match="is no regular file"):
        LayerCache(filled.parent)


# Damage


def test_a_row_that_was_changed_in_any_byte_is_not_used(filled: Path, caplog) -> None:
    connection = sqlite3.connect(filled)
    ((digest, checksum),) = connection.execute("SELECT digest, checksum FROM layers")
    connection.close()
    cache = LayerCache(filled)
    for column, value in (("digest", digest), ("checksum", checksum)):
        for at in range(len(value)):
            damaged = bytearray(value)
            damaged[at] ^= 1 << at % 8
            change(filled, f"UPDATE layers SET {column} = ?", bytes(damaged))
            assert cache.get(CONTENT, PROFILE, LEVEL) is None
        change(filled, f"UPDATE layers SET {column} = ?", value)
    assert "has a damaged row" in caplog.text
    assert cache.get(CONTENT, PROFILE, LEVEL) == (BLOB, 1234)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("size", 1235),
        ("size", -1),
        ("size", b"\x04\xd2"),
        ("size", 1234.5),
        ("digest", "0" * 32),
        ("digest", 7),
        ("digest", b""),
        ("digest", bytes(1 << 20)),
        ("checksum", ""),
        ("level", 2),
        ("profile", "go1.27"),
        ("profile", b"\xff"),
    ],
)
def test_a_row_with_other_values_is_not_used(filled: Path, column: str, value: object) -> None:
    change(filled, f"UPDATE layers SET {column} = ?", value)
    cache = LayerCache(filled)
    for profile in (PROFILE, "go1.27"):
        for level in (LEVEL, 2):
            assert cache.get(CONTENT, profile, level) is None


def test_rows_that_were_swapped_are_not_used(filled: Path) -> None:
    LayerCache(filled).put(OTHER, PROFILE, LEVEL, hash_of(5), 55)
    ours, others = (bytes.fromhex(it.hex) for it in (CONTENT, OTHER))
    for before, after in ((ours, b"-"), (others, ours), (b"-", others)):
        change(filled, "UPDATE layers SET diff_id = ? WHERE diff_id = ?", after, before)
    assert found(filled, CONTENT) is None
    assert found(filled, OTHER) is None


@pytest.mark.parametrize("step", [97, pytest.param(1, marks=pytest.mark.full)])
def test_a_byte_of_the_file_that_was_flipped_never_gives_another_blob(
    filled: Path, step: int
) -> None:
    whole = filled.read_bytes()
    used = [at for at, byte in enumerate(whole) if byte]
    for at in used[::step] if step > 1 else range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        filled.write_bytes(damaged)
        assert found(filled) in ((BLOB, 1234), None)


@pytest.mark.parametrize("size", [99, 100, 4095, 4096, 5000, 8192])
def test_a_truncated_file_costs_time_only(filled: Path, size: int, caplog) -> None:
    filled.write_bytes(filled.read_bytes()[:size])
    cache = LayerCache(filled)
    assert cache.get(CONTENT, PROFILE, LEVEL) is None
    cache.put(OTHER, PROFILE, LEVEL, BLOB, 1)
    assert cache.get(CONTENT, PROFILE, LEVEL) is None
    assert caplog.text.count("cannot be used") == 1


def test_an_empty_file_becomes_a_cache(path: Path) -> None:
    path.touch(0o600)
    cache = LayerCache(path)
    assert cache.get(CONTENT, PROFILE, LEVEL) is None
    cache.put(CONTENT, PROFILE, LEVEL, BLOB, 1)
    assert found(path) == (BLOB, 1)


def other_program(path: Path) -> None:
    change(path, "CREATE TABLE people (name TEXT)")


def newer_version(path: Path) -> None:
    LayerCache(path).put(CONTENT, PROFILE, LEVEL, BLOB, 1)
    change(path, "PRAGMA user_version = 2")


def archive(path: Path) -> None:
    path.write_bytes(b"app.tar" * 1000)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (other_program, "it is the database of another program"),
        (newer_version, "another version of pyggcr made it: its schema is 2, not 1"),
        (archive, "file is not a database"),
    ],
)
def test_another_file_is_neither_used_nor_changed(
    path: Path, make: Callable[[Path], None], text: str, caplog
) -> None:
    make(path)
    path.chmod(0o600)
    before = path.read_bytes()
    cache = LayerCache(path)
    assert cache.get(CONTENT, PROFILE, LEVEL) is None
    cache.put(OTHER, PROFILE, LEVEL, BLOB, 1)
    assert path.read_bytes() == before
    assert caplog.messages == [
        f"the layer cache {path} cannot be used: {text}; delete the file, or name another one"
    ]


# Other processes, and a disk that does not take it


def run(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """A process that has ``cache`` and the names of this module."""
    begin = (
        "import sys, os, sqlite3, resource, signal, time\n"
        "from pyggcr import v1\n"
        "from pyggcr._layers.layer_cache import LayerCache\n"
        "def hash_of(number): return v1.Hash('sha256', f'{number:064x}')\n"
        "cache = LayerCache(sys.argv[1])\n"
    )
    command = [sys.executable, "-c", begin + code, *map(str, arguments)]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, **options)


def test_several_processes_write_at_once(path: Path) -> None:
    code = (
        "for n in range(int(sys.argv[2]), int(sys.argv[2]) + 40):\n"
        "    cache.put(hash_of(n), 'go1.26', 1, hash_of(n), n)\n"
        "    assert cache.get(hash_of(n), 'go1.26', 1) == (hash_of(n), n)\n"
    )
    processes = [run(code, path, 1000 * number) for number in range(3)]
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    cache = LayerCache(path)
    assert cache.count() == 120
    for number in (0, 1039, 2020):
        assert cache.get(hash_of(number), PROFILE, LEVEL) == (hash_of(number), number)


def test_a_process_that_is_killed_while_it_writes_leaves_what_was_there(filled: Path) -> None:
    # Half of a transaction is on the disk, and the journal that undoes it, when the signal comes.
    code = (
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA cache_spill = 1')\n"
        "connection.execute('PRAGMA cache_size = 1')\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        "connection.execute('UPDATE layers SET size = 7, checksum = randomblob(32)')\n"
        "for n in range(2000):\n"
        "    connection.execute(\"INSERT INTO layers VALUES (?, 'go1.26', 1, ?, 1, ?, 1)\","
        " (os.urandom(32), bytes(32), bytes(32)))\n"
        "print('written', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = run(code, filled)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    assert Path(f"{filled}-journal").stat().st_size > 0
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert found(filled) == (BLOB, 1234)
    assert LayerCache(filled).count() == 1


def test_a_file_that_another_process_locks_is_waited_for_once(filled: Path, caplog) -> None:
    connection = sqlite3.connect(filled, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    cache = LayerCache(filled)
    cache._wait = 0.05
    for _ in range(3):
        assert cache.get(CONTENT, PROFILE, LEVEL) is None
        cache.put(OTHER, PROFILE, LEVEL, BLOB, 1)
    connection.execute("ROLLBACK")
    connection.close()
    assert caplog.messages == [f"the layer cache {filled} is in use for long; going on without"]
    assert cache.get(CONTENT, PROFILE, LEVEL) == (BLOB, 1234)


def test_a_full_disk_costs_time_only(filled: Path) -> None:
    size = filled.stat().st_size
    code = (
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))\n"
        "for n in range(500):\n"
        "    cache.put(hash_of(n + 100), 'go1.26', 1, hash_of(n), n)\n"
        "print(cache.get(hash_of(1), 'go1.26', 1))\n"
    )
    for allowed in (0, size, size + 4096):
        process = run(code, filled, allowed, stderr=subprocess.PIPE)
        out, errors = process.communicate()
        assert (process.returncode, errors.count("Traceback")) == (0, 0)
        assert out == f"({BLOB!r}, 1234)\n" or out == "None\n"
        assert found(filled) == (BLOB, 1234)


def test_a_cache_that_may_only_be_read_is_read(filled: Path, caplog) -> None:
    # As another user: root may write everything.
    code = (
        "if os.geteuid() == 0:\n"
        "    os.setegid(65534); os.seteuid(65534)\n"
        "    cache = LayerCache(sys.argv[1])\n"
        "print(cache.get(hash_of(1), 'go1.26', 1)[1])\n"
        "cache.put(hash_of(2), 'go1.26', 1, hash_of(3), 1)\n"
        "cache.remove(hash_of(1), 'go1.26', 1)\n"
        "print(cache.get(hash_of(1), 'go1.26', 1)[1], cache.get(hash_of(2), 'go1.26', 1))\n"
    )
    caplog.set_level(logging.DEBUG)
    filled.chmod(0o444)
    filled.parent.chmod(0o555)
    # The folders above belong to root alone where the tests run as root.
    above = [it for it in filled.parents if not it.stat().st_mode & stat.S_IXOTH]
    modes = {it: stat.S_IMODE(it.stat().st_mode) for it in above}
    try:
        for it, mode in modes.items():
            it.chmod(mode | stat.S_IXOTH)
        process = run(code, filled)
        out, _ = process.communicate()
    finally:
        for it, mode in modes.items():
            it.chmod(mode)
        filled.parent.chmod(0o755)
    assert out == "1234\n1234 None\n"
    assert found(filled) == (BLOB, 1234)


def test_a_folder_that_cannot_be_made_costs_time_only(folder: Path, caplog) -> None:
    (folder / "file").touch()
    cache = LayerCache(folder / "file" / "layers.sqlite")
    assert cache.get(CONTENT, PROFILE, LEVEL) is None
    cache.put(CONTENT, PROFILE, LEVEL, BLOB, 1)
    assert cache.get(CONTENT, PROFILE, LEVEL) is None
    assert caplog.text.count("cannot be used") == 1
