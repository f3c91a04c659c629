"""The zstd encoders write what klauspost/compress writes when go-containerregistry calls it."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gzip_inputs import mixed, noise, text
from support.zstd_fuzz import (
    LEVELS,
    GoZstd,
    by_python,
    decompressed,
    differences,
    made_input,
    window_input,
)

from pyggcr import limits
from pyggcr._gostd import accelerator, codecs
from pyggcr._gostd.zstd import CompressedStream, Compressor
from pyggcr._gostd.zstd.levels import SPEEDS, speed
from pyggcr.errors import CancelledError

SELFTEST = Path(__file__).parents[2] / "native" / "accelerator" / "selftest.py"
LARGEST = 150_000

speeds = st.sampled_from(sorted(LEVELS))


def compress(data: bytes, level: int) -> bytes:
    """The zstd of the data, in one go."""
    compressor = Compressor(level)
    return compressor.compress(data) + compressor.flush()


@pytest.fixture(params=["accelerator", "python"])
def encoder(request, require):
    """Each encoder in turn is the one that is used."""
    if request.param == "accelerator" and accelerator.load() is None:
        require("accelerator", accelerator.why_missing())
    with codecs.use_deflater(request.param):
        yield request.param


@pytest.fixture(scope="module")
def accelerated(require):
    """The accelerator is there."""
    if accelerator.load() is None:
        require("accelerator", accelerator.why_missing())


@pytest.fixture(scope="module")
def selftest():
    spec = importlib.util.spec_from_file_location("selftest", SELFTEST)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", LEVELS)
def test_equals_what_go_was_recorded_to_write(encoder, selftest, name):
    recorded = selftest.GO_WRITES_ZSTD[SPEEDS[name].number]
    data = selftest.made_input()
    for size, digest in recorded.items():
        if encoder == "python" and name == "best" and size > LARGEST:
            continue  # takes ten seconds
        assert hashlib.sha256(compress(data[:size], LEVELS[name])).hexdigest() == digest, size


@pytest.mark.parametrize("name", LEVELS)
def test_equals_go(require, name):
    if shutil.which("go") is None:
        require("go", "there is no Go on PATH")
    with GoZstd(LEVELS[name]) as go:
        assert list(differences(go, LEVELS[name], range(60), LARGEST, python_every=10)) == []
        # A block, and what is around it.
        size = SPEEDS[name].block_size
        for data in (b"", b"\0", bytes(size), bytes(2 * size), text(size - 1), text(size)):
            expected = go.zstd(data)
            assert compress(data, LEVELS[name]) == expected, len(data)
            assert by_python(data, LEVELS[name]) == expected, len(data)


@pytest.mark.parametrize("name", LEVELS)
def test_go_writes_the_same_with_one_processor(require, name):
    if shutil.which("go") is None:
        require("go", "there is no Go on PATH")
    data = mixed(900_000)
    with GoZstd(LEVELS[name], processors=1) as alone, GoZstd(LEVELS[name], processors=4) as many:
        assert alone.zstd(data) == many.zstd(data) == compress(data, LEVELS[name])


@given(seed=st.integers(0, 2**32), name=speeds)
def test_the_encoders_agree(accelerated, seed, name):
    data = made_input(seed, 10_000)
    assert compress(data, LEVELS[name]) == by_python(data, LEVELS[name])


@given(data=st.binary(max_size=3000), name=speeds)
def test_can_be_undone(data, name):
    assert decompressed(compress(data, LEVELS[name])) == data


@given(sizes=st.lists(st.integers(0, 90_000), max_size=5), name=speeds)
def test_cutting_the_input_does_not_change_the_output(accelerated, sizes, name):
    data = mixed(sum(sizes))
    compressor = Compressor(LEVELS[name])
    pieces, start = [], 0
    for size in sizes:
        pieces.append(compressor.compress(data[start : start + size]))
        start += size
    assert b"".join(pieces) + compressor.flush() == compress(data, LEVELS[name])


@pytest.mark.parametrize("name", LEVELS)
def test_equals_go_where_a_window_ends(accelerated, require, name):
    if shutil.which("go") is None:
        require("go", "there is no Go on PATH")
    data = window_input(SPEEDS[name].window, seed=1)
    with GoZstd(LEVELS[name]) as go:
        assert compress(data, LEVELS[name]) == go.zstd(data)


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (-(1 << 70), "fastest"),
        (-1, "fastest"),
        (0, "fastest"),
        (1, "fastest"),
        (2, "fastest"),
        (3, "default"),
        (5, "default"),
        (6, "better"),
        (9, "better"),
        (10, "best"),
        (22, "best"),
        (1 << 70, "best"),
    ],
)
def test_levels_stand_for_speeds(level, name):
    assert speed(level).name == name


def test_the_frame_of_nothing(encoder):
    # A header with the window, an empty last block, and the checksum of nothing.
    assert compress(b"", 1).hex() == "28b52ffd0460" + "010000" + "99e9d851"
    assert compress(b"", 3).hex() == "28b52ffd0468" + "010000" + "99e9d851"


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (1, "28b52ffd0400"),  # window of 1 KiB; the size is not said
        (255, "28b52ffd0400"),
        (256, "28b52ffd44000000"),  # of two bytes, less 256
        (1024, "28b52ffd44080003"),
        (1025, "28b52ffd640103"),  # a single segment, without a window
        (65_535, "28b52ffd64fffe"),
        (65_536, "28b52ffd0460"),  # a full block: the stream might have gone on
    ],
)
def test_the_header_says_the_size_of_a_stream_of_one_block(encoder, size, header):
    assert compress(bytes(size), 1).hex().startswith(header)


def test_one_byte_over_and_over_is_one_block(encoder):
    whole = compress(b"a" * 100_000, 6)
    assert len(whole) < 20
    assert decompressed(whole) == b"a" * 100_000


def test_noise_is_stored(encoder):
    data = noise(70_000)
    assert len(compress(data, 1)) == len(data) + 6 + 2 * 3 + 4


def test_a_stream_compressed_while_it_is_read(encoder):
    data = mixed(200_000)
    source = io.BytesIO(data)
    stream = CompressedStream(source, 3)
    assert stream.readall() == compress(data, 3)
    stream.close()
    assert source.closed


def test_compressing_can_be_cancelled(encoder):
    token = limits.CancelToken()
    compressor = Compressor(3)
    with limits.limit(cancel=token):
        compressor.compress(text(200_000))
        token.cancel()
        with pytest.raises(CancelledError, match="^context canceled$"):
            compressor.compress(text(200_000))


def test_the_accelerator_takes_no_other_speed(accelerated):
    module = accelerator.load()
    for number in (-1, 0, 5):
        assert module.lib.zstd_parser_new(number) == module.ffi.NULL
        assert module.lib.zstd_emitter_new(number) == module.ffi.NULL
