"""Tests with many cases, of which `make test` runs a sample and `make full` the rest.

All cases together take more than an hour of processor time. The sample is the same in every run: a
case belongs to it by a checksum of its name, and each test has at least one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["ONE_IN", "beyond_the_sample"]

# For a module, or a test in it: one case in so many is in the sample.
ONE_IN = {
    "tests/_gostd/test_accelerator.py": 3,
    "tests/_gostd/test_given_go.py": 3,
    "tests/_gostd/test_gzip_levels.py": 8,
    "tests/_gostd/test_zstd.py": 4,
    "tests/_python/test_daemon_limits.py": 2,
    "tests/_python/test_remote_hostile.py": 3,
    "tests/_python/test_remote_push.py": 3,
    "tests/build/test_folder.py": 3,
    "tests/build/test_mounting.py": 2,
    "tests/cli/crane/test_drop_in.py": 10,
    "tests/cli/crane/test_gcrane.py": 3,
    "tests/cli/test_remote_options.py": 5,
    "tests/cli/test_terminal.py": 6,
    "tests/cli/test_verbose.py": 3,
    "tests/contract/test_authn_credential_table.py": 4,
    "tests/contract/test_daemon_memory.py": 3,
    "tests/contract/test_layout_go.py": 4,
    "tests/contract/test_legacy.py": 3,
    "tests/contract/test_remote_faults.py": 2,
    "tests/contract/test_remote_hosts.py": 3,
    "tests/contract/test_remote_mixed.py": 3,
    "tests/contract/test_remote_odd_answers.py": 3,
    "tests/contract/test_remote_transport.py": 3,
    "tests/contract/test_remote_upstream.py": 3,
    "tests/contract/test_tarball_errors.py": 2,
    "tests/contract/test_validate_memory.py": 3,
    "tests/crane/test_copy_attached.py": 6,
    "tests/crane/test_verbs.py": 6,
    "tests/differential/test_generate.py": 3,
    "tests/doctor/test_bad_content.py": 4,
    "tests/doctor/test_repair_containerd.py": 3,
    "tests/doctor/test_repair_memory.py": 3,
    "tests/doctor/test_repair_real_archives.py": 4,
    "tests/sync/test_copies.py": 2,
    "tests/sync/test_failures.py": 5,
}


def beyond_the_sample(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The cases that only `make full` runs."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        module, _, rest = item.nodeid.partition("::")
        if module in ONE_IN and "[" in rest:
            cases.setdefault(f"{module}::{rest.partition('[')[0]}", []).append(item)
    left: list[pytest.Item] = []
    for test, found in cases.items():
        ordered = sorted(found, key=lambda item: zlib.crc32(item.nodeid.encode()))
        kept = -(-len(ordered) // ONE_IN[test.partition("::")[0]])
        left += ordered[kept:]
    return left
