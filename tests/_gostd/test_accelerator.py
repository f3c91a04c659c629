"""The C accelerator's gzip: the bytes of the Python encoder and of Go, however the data comes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import random
import resource
import sysconfig
import threading
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gzip_fuzz import LEVELS, RELEASES, GoGzip, differences, in_pieces, made_input
from support.gzip_inputs import BLOCK, WINDOW, all_inputs, kind, mixed

from pyggcr import errors, limits
from pyggcr._gostd import accelerator, codecs
from pyggcr._gostd.gzip import BEST_SPEED, PROFILES, Compressor

LARGEST = 300_000
KINDS = Path(__file__).parents[1] / "data" / "gzip" / "kinds.json"
SELFTEST = Path(__file__).parents[2] / "native" / "accelerator" / "selftest.py"


@pytest.fixture(autouse=True, scope="module")
def accelerated(require):
    """The accelerator, without which there is nothing to test."""
    if accelerator.load() is None:
        require("accelerator", accelerator.why_missing())


def by_python(data: bytes, profile: str, level: int = BEST_SPEED) -> bytes:
    with codecs.use_deflater("python"):
        compressor = Compressor(profile, level)
    return compressor.compress(data) + compressor.flush()


def by_accelerator(data: bytes, profile: str, level: int = BEST_SPEED) -> bytes:
    with codecs.use_deflater("accelerator"):
        compressor = Compressor(profile, level)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize("profile", RELEASES)
def test_inputs_at_every_border(profile):
    different = [
        name
        for name, data in all_inputs().items()
        if len(data) <= LARGEST and by_accelerator(data, profile) != by_python(data, profile)
    ]
    assert different == []


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("level", LEVELS)
def test_what_go_was_recorded_to_write_at_every_border(profile, level):
    written = {}
    for name, data in all_inputs().items():
        made = by_accelerator(data, profile, level)
        written.setdefault(kind(name), hashlib.sha256()).update(made)
    recorded = json.loads(KINDS.read_text())[profile][str(level)]
    assert {name: made.hexdigest() for name, made in written.items()} == recorded


@given(seed=st.integers(0, 2**32), profile=st.sampled_from(PROFILES), level=st.sampled_from(LEVELS))
def test_made_inputs_in_pieces(seed, profile, level):
    data = made_input(seed, 30_000)
    assert in_pieces(Compressor(profile, level), data, seed) == by_python(data, profile, level)


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("level", LEVELS)
def test_pieces_that_end_at_every_border(profile, level):
    data = mixed(4 * BLOCK)
    whole = by_accelerator(data, profile, level)
    for border in (WINDOW, 2 * WINDOW - 262, BLOCK, 2 * WINDOW, 3 * WINDOW, 2 * BLOCK, 4 * WINDOW):
        for cut in range(border - 2, border + 3):
            compressor = Compressor(profile, level)
            first = compressor.compress(data[:cut]) + compressor.compress(b"")
            assert first + compressor.compress(data[cut:]) + compressor.flush() == whole, cut


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("level", LEVELS)
def test_blocks_that_are_not_copied(profile, level):
    """Some stay in a long piece, up to 64 bytes before its end; none do in short pieces."""
    data = mixed(5 * BLOCK)
    compressor = Compressor(profile, level)
    pieces = [compressor.compress(data[at : at + WINDOW]) for at in range(0, len(data), WINDOW)]
    short = b"".join(pieces) + compressor.flush()
    for end in (3 * BLOCK, *range(3 * BLOCK + 62, 3 * BLOCK + 67), 4 * BLOCK + 1):
        compressor = Compressor(profile, level)
        pieces = [compressor.compress(data[:end]), compressor.compress(data[end:])]
        assert b"".join(pieces) + compressor.flush() == short, end


@pytest.mark.parametrize("level", [BEST_SPEED, 6])
def test_what_was_parsed_may_change_or_go(level):
    data = made_input(3, LARGEST)
    compressor = Compressor("go1.27", level)
    changed = bytearray(data)
    batches = [compressor.parse(changed), compressor.parse(bytes(changed))]
    changed[:] = bytes(len(data))
    others = [bytes(len(data)) for _ in range(9)]
    batches.append(compressor.parse_last())
    written = b"".join(map(compressor.emit, batches))
    assert written == by_accelerator(2 * data, "go1.27", level), len(others)


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("level", LEVELS)
def test_pieces_of_one_byte(profile, level):
    data = mixed(2 * WINDOW + 300)
    compressor = Compressor(profile, level)
    pieces = [compressor.compress(data[at : at + 1]) for at in range(len(data))]
    assert b"".join(pieces) + compressor.flush() == by_accelerator(data, profile, level)


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("level", LEVELS)
def test_go_itself(profile, level, go_compiler):
    import pyggcr

    if pyggcr.engines()["go"].gzip_profile != profile:
        pytest.skip(f"the Go that is here does not write {profile}")
    inputs = 500 if level == BEST_SPEED else 60
    with GoGzip(level) as go:
        found = list(differences(go, profile, level, range(inputs), LARGEST, python_every=20))
    assert found == []


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("level", [BEST_SPEED, 6, 9])
def test_two_threads_share_a_stream(profile, level):
    data = made_input(3, LARGEST) * 20
    compressor = Compressor(profile, level)
    batches: list[object] = []
    ready = threading.Semaphore(0)
    pieces = []

    def emit() -> None:
        for number in range(count + 1):
            ready.acquire()
            pieces.append(compressor.emit(batches[number]))

    step = 100_000
    count = -(-len(data) // step)
    thread = threading.Thread(target=emit)
    thread.start()
    for start in range(0, len(data), step):
        batches.append(compressor.parse(data[start : start + step]))
        ready.release()
    batches.append(compressor.parse_last())
    ready.release()
    thread.join()
    assert b"".join(pieces) == by_accelerator(data, profile, level)


@pytest.mark.parametrize("level", [BEST_SPEED, 6, 9])
def test_memory_does_not_grow_with_the_stream(level):
    data = made_input(3, LARGEST)
    compressor = Compressor("go1.26", level)
    compressor.compress(data)
    before = _peak_memory()
    for _ in range(300):
        compressor.compress(data)
    assert _peak_memory() - before < 16 << 20


def test_crc32():
    data = random.Random(1).randbytes(100_000)
    for size in (*range(300), len(data)):
        for start in (0, 1, 7):
            piece = data[start : start + size]
            assert codecs.crc32(piece) == zlib.crc32(piece), size
            assert codecs.crc32(piece, 0xFFFF_FFFF) == zlib.crc32(piece, 0xFFFF_FFFF), size


@pytest.mark.parametrize("encoder", ["accelerator", "python"])
class TestMisuse:
    @pytest.fixture
    def compressor(self, encoder):
        with codecs.use_deflater(encoder):
            return Compressor("go1.27")

    def test_batches_out_of_order(self, compressor):
        first, second = compressor.parse(b"a"), compressor.parse(b"b")
        with pytest.raises(RuntimeError, match="order"):
            compressor.emit(second)
        compressor.emit(first)
        with pytest.raises(RuntimeError, match="order"):
            compressor.emit(first)

    def test_a_batch_of_another_compressor(self, compressor):
        with pytest.raises(RuntimeError, match="another compressor"):
            compressor.emit(Compressor("go1.27").parse(b"a"))

    def test_more_after_the_end(self, compressor):
        compressor.compress(b"data")
        compressor.flush()
        for misuse in (lambda: compressor.compress(b"x"), compressor.flush, compressor.parse_last):
            with pytest.raises(RuntimeError, match="has ended"):
                misuse()

    def test_what_is_no_data(self, compressor):
        with pytest.raises(TypeError):
            compressor.compress("text")

    def test_any_buffer_will_do(self, compressor):
        data = random.Random(1).randbytes(1000)
        pieces = [
            compressor.compress(bytearray(data[:300])),
            compressor.compress(memoryview(data)[300:700]),
            compressor.compress(memoryview(data[700:]).cast("H")),
        ]
        assert b"".join(pieces) + compressor.flush() == by_python(data, "go1.27")

    def test_output_that_is_lent(self, compressor):
        data = made_input(3, 300_000)
        lent, kept = [], []

        def take(piece):
            lent.append(bytes(piece))
            kept.append(piece)

        compressor.emit_to(compressor.parse(data), take)
        compressor.emit_to(compressor.parse_last(), take)
        assert b"".join(lent) == by_python(data, "go1.27")
        for piece in kept:
            with pytest.raises((ValueError, TypeError)):
                piece[0] = 0

    def test_a_taker_that_fails(self, compressor):
        def fail(_piece):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            compressor.emit_to(compressor.parse(b"data"), fail)
        with pytest.raises(RuntimeError, match="broken off by an error"):
            compressor.flush()

    def test_abandoned_in_the_middle(self, encoder):
        """What was parsed and never emitted is freed, not kept: memory does not grow."""
        before = _peak_memory()
        for _ in range(100):
            with codecs.use_deflater(encoder):
                abandoned = Compressor("go1.27")
            abandoned.parse(bytes(500_000))
            del abandoned
        assert _peak_memory() - before < 64 << 20

    def test_two_threads_in_one_half(self, compressor):
        batch = compressor.parse(b"data")
        with compressor._parsing, pytest.raises(RuntimeError, match="another thread is parsing"):
            compressor.parse(b"more")
        with compressor._emitting, pytest.raises(RuntimeError, match="another thread is emitting"):
            compressor.emit(batch)
        assert compressor.emit(batch) + compressor.flush() == by_python(b"data", "go1.27")

    def test_compressing_past_batches_that_wait(self, compressor):
        compressor.parse(b"data")
        for misuse in (lambda: compressor.compress(b"x"), compressor.flush):
            with pytest.raises(RuntimeError, match="order"):
                misuse()

    def test_cancelled(self, compressor):
        token = limits.CancelToken()
        token.cancel()
        with limits.limit(cancel=token), pytest.raises(errors.CancelledError):
            compressor.compress(bytes(2_000_000))
        with pytest.raises(RuntimeError, match="broken off by an error"):
            compressor.compress(b"more")


@pytest.fixture(scope="module")
def selftest():
    spec = importlib.util.spec_from_file_location("selftest", SELFTEST)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("profile", RELEASES)
def test_what_the_build_compares_with_is_what_go_writes(profile, selftest, go_compiler):
    import pyggcr

    expected = selftest.GO_WRITES[int(profile.removeprefix("go").replace(".", ""))]
    assert list(expected) == list(LEVELS)
    data = selftest.made_input()
    assert hashlib.sha256(by_python(data, profile)).hexdigest() == expected[BEST_SPEED]
    if pyggcr.engines()["go"].gzip_profile != profile:
        pytest.skip(f"the Go that is here does not write {profile}")
    for level in LEVELS:
        with GoGzip(level) as go:
            assert hashlib.sha256(go.gzip(data)).hexdigest() == expected[level]


def test_a_build_that_writes_other_bytes_is_refused(selftest, monkeypatch):
    file = Path(importlib.util.find_spec("pyggcr._gostd._accelerator").origin)
    assert selftest.failures(file, "_accelerator") == []
    monkeypatch.setitem(selftest.GO_WRITES[127], 9, "0" * 64)
    assert selftest.failures(file, "_accelerator") == [
        "the gzip of Go 1.27 at level 9 came out wrong"
    ]


def test_it_can_be_asked_for(monkeypatch):
    monkeypatch.setattr(accelerator, "load", lambda: None)
    with pytest.raises(errors.EngineUnavailableError), codecs.use_deflater("accelerator"):
        pytest.fail("the block was entered")


def _peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def test_it_names_no_folder_of_the_interpreter_that_built_it():
    file = Path(importlib.util.find_spec("pyggcr._gostd._accelerator").origin)
    assert os.fsencode(sysconfig.get_config_var("LIBDIR")) not in file.read_bytes()
