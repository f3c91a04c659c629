"""Options of Docker daemons: their defaults, and what is refused."""

from __future__ import annotations

import pytest

from pyggcr._values.daemon import DaemonOptions
from pyggcr.errors import UnsupportedOptionError


def test_the_archive_is_kept_in_a_file_unless_told_otherwise():
    options = DaemonOptions("unix:///var/run/docker.sock")
    assert (options.buffer, options.folder, options.opener) == ("file", None, None)
    assert options.verify


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"buffer": "disk"}, 'buffer is "file", "memory" or "none", not "disk"'),
        ({"client_key": "key.pem"}, "client_certificate and client_key belong together"),
        ({"client_certificate": "cert.pem"}, "client_certificate and client_key belong together"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, text):
    with pytest.raises(UnsupportedOptionError) as caught:
        DaemonOptions("tcp://127.0.0.1:2375", **options)
    assert str(caught.value) == text
