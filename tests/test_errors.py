"""Every error of the package: its place under the builtins, its text, and how it travels."""

from __future__ import annotations

import pickle

import pytest

from pyggcr import errors
from pyggcr.errors import Diagnostic

# All that the module has but Diagnostic, which is a part of one.
CLASSES = [getattr(errors, name) for name in errors.__all__ if name != "Diagnostic"]


@pytest.mark.parametrize("kind", CLASSES)
def test_is_an_error_of_the_package_and_says_what_it_was_given(kind):
    error = kind("what Go says")
    assert isinstance(error, errors.Error)
    # A redirect is given its address, and puts its text together as Go does.
    prefix = "redirecting (307): " if kind is errors.RedirectError else ""
    assert str(error) == error.message == f"{prefix}what Go says"


@pytest.mark.parametrize("kind", CLASSES)
def test_can_be_pickled(kind):
    error = kind("what Go says")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (kind, str(error), vars(error))


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidHashError, ValueError),
        (errors.InvalidReferenceError, ValueError),
        (errors.InvalidPlatformError, ValueError),
        (errors.JSONError, ValueError),
        (errors.ArchiveError, ValueError),
        (errors.TruncatedError, EOFError),
        (errors.MissingFileError, LookupError),
        (errors.TagNotFoundError, LookupError),
        (errors.ImageNotFoundError, LookupError),
        (errors.RepairError, errors.ArchiveError),
        (errors.CompressionError, ValueError),
        (errors.UnknownBlobError, LookupError),
        (errors.UnknownDiffIDError, LookupError),
        (errors.MismatchedLayersError, ValueError),
        (errors.ValidationError, ValueError),
        (errors.FileAccessError, OSError),
        (errors.MissingPathError, FileNotFoundError),
        (errors.PathPermissionError, PermissionError),
        (errors.TransportError, OSError),
        (errors.DaemonError, OSError),
        (errors.DaemonUnavailableError, errors.DaemonError),
        (errors.DaemonImageNotFoundError, LookupError),
        (errors.UnsupportedOptionError, ValueError),
        (errors.UnknownProfileError, LookupError),
        (errors.EngineUnavailableError, RuntimeError),
        (errors.ForkedProcessError, errors.EngineUnavailableError),
        (errors.ClosedError, ValueError),
        (errors.CancelledError, RuntimeError),
        (errors.DeadlineExceededError, TimeoutError),
        (errors.NativePanicError, RuntimeError),
    ],
)
def test_is_also_what_a_python_programmer_expects(kind, builtin):
    assert issubclass(kind, builtin)


def test_more_than_the_text_survives_pickling():
    error = errors.MissingPathError("open a: no such file or directory", 2)
    assert pickle.loads(pickle.dumps(error)).errno == 2
    panic = errors.NativePanicError("boom", "goroutine 1")
    assert pickle.loads(pickle.dumps(panic)).go_stack == "goroutine 1"
    said = (Diagnostic("MANIFEST_UNKNOWN", "manifest unknown"),)
    refusal = errors.TransportError("no", "GET", "https://registry.example.com/v2/", 404, said)
    copy = pickle.loads(pickle.dumps(refusal))
    assert (copy.method, copy.url, copy.status, copy.diagnostics) == (
        "GET",
        "https://registry.example.com/v2/",
        404,
        said,
    )
    absent = errors.DaemonImageNotFoundError("No such image: app:1", 404)
    assert pickle.loads(pickle.dumps(absent)).status == 404


def test_a_validation_error_lists_its_problems():
    error = errors.ValidationError("validating layers: one\ntwo\n\nvalidating config: three")
    assert error.problems == ("validating layers: one", "two", "validating config: three")
