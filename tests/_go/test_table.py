"""The table of Go functions: what it reports, and how it refuses senseless arguments."""

from __future__ import annotations

import inspect
import re

import pytest
from support.boundary import NATIVE, ROOT

from pyggcr import v1
from pyggcr._go import arguments, derive, package, results, table
from pyggcr.errors import EngineUnavailableError, UnsupportedOptionError

# Each function of these names needs words that look the same in Python.
NAMES = {
    "DiffIDs": "diff_ids",
    "FSLayers": "fs_layers",
    "DiffIDToBlob": "diff_id_to_blob",
    "BlobToDiffID": "blob_to_diff_id",
    "RawConfigFile": "raw_config_file",
    "LoadManifest": "load_manifest",
    "Image": "image",
    "OCIIndex": "oci_index",
}

CALLS = 20_000


@pytest.mark.parametrize(("go_name", "python_name"), NAMES.items())
def test_names_of_go_become_names_of_python(go_name, python_name):
    assert derive.python_name(go_name) == python_name


def test_every_function_that_go_registers_is_reported(go):
    registered = {
        name
        for path in NATIVE.glob("*.go")
        if path.name not in ("testing.go", "table.go", "gostd.go")
        for name in re.findall(r'register(?:Inline)?\("([\w.]+)"', path.read_text())
    }
    reported = {name for name in table.functions() if not name.startswith("gostd.")}
    assert reported == registered
    assert len(reported) > 60


def test_every_kind_can_be_encoded_and_decoded(go):
    for name in table.functions():
        function = table.function(name)
        assert all(callable(arguments.encoder(kind)) for _word, kind in function.parameters)
        assert callable(results.decoder(function.result))


def test_no_two_functions_of_a_package_have_one_python_name(go):
    names = [
        (name.partition(".")[0], derive.python_name(name.partition(".")[2]))
        for name in table.functions()
        if not name.startswith("gostd.")
    ]
    assert len(names) == len(set(names))


def test_a_function_that_the_library_lacks_is_named_with_what_to_do(go):
    with pytest.raises(EngineUnavailableError, match=r"no function partial\.Nothing; reinstall"):
        table.function("partial.Nothing")


def test_a_derived_function_has_the_parameters_of_the_table(go):
    signature = inspect.signature(package("partial").blob_size)
    assert [(it.name, it.kind) for it in signature.parameters.values()] == [
        ("image", inspect.Parameter.KEYWORD_ONLY),
        ("blob", inspect.Parameter.KEYWORD_ONLY),
    ]


def test_a_derived_function_refuses_other_arguments(go):
    with pytest.raises(TypeError, match=r"partial\.blob_size\(\) takes image, blob, not image$"):
        package("partial").blob_size(image=1)


def test_a_package_has_no_other_functions(go):
    with pytest.raises(AttributeError, match=r"no function partial\.nothing"):
        package("partial").nothing  # noqa: B018


def test_a_value_of_another_type_is_refused_by_name(go):
    with pytest.raises(UnsupportedOptionError, match="takes images, indexes and layers, not a int"):
        table.function("Image.Digest")(1)


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        (b"", "Image.LayerByDigest takes 2 arguments, not 0"),
        (b"\x00", "the arguments are malformed"),
        (b"\x63" + bytes(8), "the arguments are malformed"),
        (b"\x03" + b"\xff" * 8, "the arguments are malformed"),
        (b"\x04" + b"\xff" * 7 + b"\x7f", "the arguments are malformed"),
        (bytes(18), "Image.LayerByDigest: image: nothing where an object is needed"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(go, encoded, text):
    loaded = go.library.load()
    result = loaded.ffi.new(loaded.result)
    number = table.function("Image.LayerByDigest").number
    status = loaded.lib.pyggcr_call(number, encoded, len(encoded), -1, 1000, result)
    try:
        assert status == loaded.lib.PYGGCR_UNSUPPORTED_OPTION
        assert loaded.ffi.unpack(result.error.message, result.error.message_size).decode() == text
    finally:
        loaded.lib.pyggcr_result_clear(result)


def test_lists_that_nest_without_end_are_refused(go):
    loaded = go.library.load()
    encoded = (b"\x04" + (1).to_bytes(8, "little")) * 100_000 + bytes(9)
    result = loaded.ffi.new(loaded.result)
    status = loaded.lib.pyggcr_call(0, encoded, len(encoded), -1, 1000, result)
    loaded.lib.pyggcr_result_clear(result)
    assert status == loaded.lib.PYGGCR_UNSUPPORTED_OPTION


def test_a_number_beyond_the_table_is_refused(go):
    loaded = go.library.load()
    result = loaded.ffi.new(loaded.result)
    status = loaded.lib.pyggcr_call(1 << 31, b"", 0, -1, 0, result)
    loaded.lib.pyggcr_result_clear(result)
    assert status == loaded.lib.PYGGCR_UNSUPPORTED_OPTION


def test_a_call_can_be_handed_out_at_once(go, open_image, small_archive):
    loaded = go.library.load()
    lib = loaded.lib
    image = open_image(small_archive)
    encoded = arguments.encoder("image")(image, arguments.Arguments(lasting=False))
    result = loaded.ffi.new(loaded.result)
    number = table.function("Image.Layers").number
    status = lib.pyggcr_call(number, encoded, len(encoded), -1, 0, result)
    while status == lib.PYGGCR_RUNNING:
        status = lib.pyggcr_call_wait(result.handle, 1000, result)
    assert status == lib.PYGGCR_OK
    for layer in results.decoder("list layer")(loaded.ffi, result, ()):
        layer.close()
    lib.pyggcr_result_clear(result)


def test_an_opener_is_refused_before_python_has_installed_its_callbacks(run_python):
    script = """
import struct
from pyggcr._go import library, table
loaded = library.load()
number = loaded.functions["tarball.LoadManifest"][0]
encoded = struct.pack("<BQ", 5, 1)
result = loaded.ffi.new(loaded.result)
status = loaded.lib.pyggcr_call(number, encoded, len(encoded), -1, 1000, result)
print(status == loaded.lib.PYGGCR_OPENER_RAISED)
loaded.lib.pyggcr_result_clear(result)
number = loaded.functions["Image.Digest"][0]
encoded = struct.pack("<BQ", 6, 1)
status = loaded.lib.pyggcr_call(number, encoded, len(encoded), -1, 1000, result)
print(status == loaded.lib.PYGGCR_OPENER_RAISED)
loaded.lib.pyggcr_result_clear(result)
"""
    assert run_python(script) == "True\nTrue\n"


def test_random_calls_are_errors_of_ours_and_leave_nothing_behind(run_python, small_archive):
    answer = run_python(
        "import sys; from support.random_calls import main; main(int(sys.argv[1]), sys.argv[2])",
        CALLS,
        small_archive,
        PYTHONPATH=f"{ROOT}:{ROOT / 'tests'}",
    )
    assert re.fullmatch(rf"{CALLS} calls, \d+ answered, \d+ refused, 0 handles left\n", answer)


def test_a_hash_of_a_user_s_own_making_crosses_as_it_is(go):
    parts = v1.Hash("sha256", "zz")
    assert arguments.encoder("hash")(parts, None)[9:] == b"sha256:zz"
