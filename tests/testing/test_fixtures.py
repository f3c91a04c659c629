"""The fixtures of ``pyggcr.testing.plugin``, used by tests of another project."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

HEAVY = (
    "cffi",
    "zstandard",
    "pyggcr._go",
    "pyggcr._python",
    "pyggcr._gostd",
    "pyggcr.differential",
)


@pytest.fixture
def passes(pytester, monkeypatch):
    """Run a test file of a user, of which all tests must pass."""
    monkeypatch.setenv("DOCKER_CONFIG", str(pytester.path))

    def run(body: str, passed: int) -> None:
        pytester.makeconftest('pytest_plugins = ["pyggcr.testing.plugin"]')
        pytester.makepyfile(body)
        pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=passed)

    return run


def test_a_registry_and_images(passes):
    passes(
        """
        from pyggcr import crane, remote, validate

        def test_push(pyggcr_registry, pyggcr_image):
            image = pyggcr_image({"/etc/motd": "hello"}, {"/srv/a": b"x"}, cmd=["/srv/a"])
            crane.push(image, f"{pyggcr_registry.host}/app:1")
            with remote.image(f"{pyggcr_registry.host}/app:1") as pulled:
                validate.image(pulled)
                assert len(pulled.layers()) == 2
                assert pulled.config_file().config.cmd == ["/srv/a"]

        def test_a_new_registry_is_empty(pyggcr_registry):
            assert remote.catalog(pyggcr_registry.host) == []

        def test_compressions_and_platforms(pyggcr_image, pyggcr_index):
            for compression in ("gzip", "zstd", "none"):
                layer = pyggcr_image(compression=compression, platform="linux/arm64").layers()[0]
                assert (layer.digest() == layer.diff_id()) == (compression == "none")
            index = pyggcr_index(platforms=["linux/amd64", "linux/s390x"])
            platforms = [it.platform.architecture for it in index.index_manifest().manifests]
            assert platforms == ["amd64", "s390x"]
        """,
        3,
    )


def test_layouts(passes):
    passes(
        """
        import pyggcr

        def test_it(pyggcr_layout, pyggcr_image, pyggcr_index):
            first, second = pyggcr_layout(), pyggcr_layout(pyggcr_image(), pyggcr_index())
            assert first != second
            with pyggcr.open(first) as store:
                assert len(store.images()) == 1
            assert len(pyggcr.layout.image_index_from_path(second).index_manifest().manifests) == 2
        """,
        1,
    )


def test_archives_of_each_docker(passes):
    passes(
        """
        import pytest
        from pyggcr import doctor, errors, tarball, validate

        # Findings that the doctor has for archives of these engines; none where all is well.
        NAMED = {
            "24": set(), "25.0.0": {"PYG001", "PYG004"}, "25.0.2": {"PYG001"},
            "25.0.3": {"PYG001"}, "27": {"PYG001"}, "28": {"PYG001"}, "29": set(),
        }
        NO_ID = {"25.0.0": {"PYG002"}, "25.0.2": {"PYG002"}}
        INFO = {"PYG008", "PYG009", "PYG029"}

        def codes(path):
            return {it.code for it in doctor.diagnose(path).findings} - INFO

        @pytest.mark.parametrize("version", NAMED)
        def test_it(version, pyggcr_docker_archive, pyggcr_image):
            image = pyggcr_image({"/a": "1"}, {"/b": "2"}, {"/a": "1"})
            path = pyggcr_docker_archive(version, {"app:1": image, "old/app:2": image})
            with tarball.image_from_path(path, "app:1") as found:
                validate.image(found)
                assert found.config_name() == image.config_name()
            assert codes(path) == NAMED[version]
            saved_by_id = pyggcr_docker_archive(version, image)
            with tarball.image_from_path(saved_by_id) as found:
                assert found.config_name() == image.config_name()
            assert codes(saved_by_id) >= NO_ID.get(version, set())

        def test_the_containerd_store(pyggcr_docker_archive, pyggcr_image):
            image = pyggcr_image()
            new = pyggcr_docker_archive("28", {"app:1": image}, containerd_store=True)
            assert new.read_bytes() == pyggcr_docker_archive("29", {"app:1": image}).read_bytes()
            assert b"LayerSources" not in new.read_bytes()

        @pytest.mark.parametrize(("version", "store"), [("23", None), ("x", None), ("25", True)])
        def test_what_is_not_known(pyggcr_docker_archive, version, store):
            with pytest.raises(errors.UnsupportedOptionError, match="known"):
                pyggcr_docker_archive(version, containerd_store=store)
        """,
        11,
    )


def test_the_plugin_loads_nothing_that_is_not_used() -> None:
    code = "import sys, pyggcr.testing.plugin; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()

    assert "pyggcr.testing.plugin" in loaded
    assert [it for it in loaded if it.startswith(HEAVY)] == []
    ours = {it.split(".")[1] for it in loaded if it.startswith("pyggcr.")}
    assert ours <= {"_dataclasses", "_typing", "_version", "errors", "limits", "testing"}


def test_the_names_of_fixtures_begin_with_that_of_the_package() -> None:
    from pyggcr.testing import plugin

    fixtures = [it for it in plugin.__all__ if it[0].islower()]
    assert len(fixtures) == 7
    assert all(it.startswith("pyggcr_") for it in fixtures)
