"""Audits: what they ask registries for, what they say, and how they go on after a stop."""

from __future__ import annotations

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.faulty_proxy import Fault, FaultyProxy, answer, drop, stall
from support.fleets import push_fleet

from pyggcr import authn, empty, limits, mutate, random, registry, remote, static, v1
from pyggcr.audit import Audit, Base, audit
from pyggcr.errors import CancelledError, StateError, UnsupportedOptionError
from pyggcr.remote import Retry
from pyggcr.types import MediaType

# No test waits for real.
QUICK = {"retry": Retry(duration=0.01, factor=1.0, steps=2)}
MANIFEST = re.compile(r"/manifests/")


def completed(*targets, **options):
    """The counts and the completed rows of an audit."""
    with Audit(targets, options=QUICK, **options) as run:
        streamed = list(run)
        rows = list(run.rows())
    assert Counter(it.reference for it in streamed) == Counter(it.reference for it in rows)
    return run.counts, rows


def asked(proxy: FaultyProxy) -> Counter[str]:
    """How many requests there were: for manifests, by method, and for blobs."""
    return Counter(
        f"{it.method} {'manifest' if MANIFEST.search(it.path) else 'blob'}"
        for it in proxy.requests
        if MANIFEST.search(it.path) or "/blobs/" in it.path
    )


def test_a_registry_is_audited_by_two_requests_for_each_image(fleet, faulty):
    host, references = fleet
    proxy = faulty(host)

    counts, rows = completed(proxy.host)

    assert [row.reference.replace(proxy.host, host) for row in rows] == references
    assert counts.rows == 24
    assert asked(proxy) == {"GET manifest": 24, "GET blob": 24}
    assert all(row.error is None and row.when and row.size > 0 for row in rows)
    assert all([it.compression for it in row.layers] == ["gzip", "gzip"] for row in rows)


def test_the_next_run_asks_only_whether_anything_has_changed(fleet, faulty, tmp_path, plain):
    host, _ = fleet
    proxy = faulty(host)
    before = completed(proxy.host, state=tmp_path / "s")[1]
    proxy.requests.clear()

    counts, rows = completed(proxy.host, state=tmp_path / "s")

    assert counts.known == 24
    assert asked(proxy) == {"HEAD manifest": 24}
    assert plain(rows) == plain(before)


def test_a_tag_that_moved_to_a_known_image_takes_no_more_than_a_head(faulty, tmp_path):
    with registry.serve(engine="python") as server:
        host = server.host
        push_fleet(host, 1, 4)
        proxy = faulty(host)
        completed(proxy.host, state=tmp_path / "s")
        changed = remote.image(f"{host}/team0/app:1", engine="python")
        remote.tag(f"{host}/team0/app:2", changed, engine="python")
        remote.write(f"{host}/team0/app:new", random.image(16, 1), engine="python")
        proxy.requests.clear()
        _, rows = completed(proxy.host, state=tmp_path / "s")
    by_name = {row.reference.rpartition("/")[2]: row for row in rows}
    assert asked(proxy) == {"HEAD manifest": 4, "GET manifest": 1, "GET blob": 1}
    assert by_name["app:2"].digest == by_name["app:1"].digest == str(changed.digest())
    assert len(by_name["app:new"].layers) == 1


def test_what_is_gone_is_forgotten(tmp_path):
    with registry.serve(engine="python") as server:
        for tag in "ab":
            remote.write(f"{server.host}/app:{tag}", random.image(16, 1), engine="python")
        assert len(completed(server.host, state=tmp_path / "s")[1]) == 2
        remote.delete(f"{server.host}/app:b", engine="python")
        assert [it.reference[-1] for it in completed(server.host, state=tmp_path / "s")[1]] == ["a"]


def test_an_interrupted_audit_goes_on_where_it_stopped(fleet, faulty, tmp_path, plain):
    host, _ = fleet
    proxy = faulty(host)
    whole = completed(proxy.host)[1]
    proxy.requests.clear()
    with Audit([proxy.host], state=tmp_path / "s", max_per_host=1, options=QUICK) as run:
        for count, _ in enumerate(run, 1):
            if count == 7:
                break  # two of the four repositories have been read, or more
    counts, rows = completed(proxy.host, state=tmp_path / "s")
    assert counts.references == 24
    assert plain(rows) == plain(whole)
    # What is in the state is not asked for again; what was in flight is.
    assert 24 <= asked(proxy)["GET manifest"] <= 24 + 2 * 6
    assert asked(proxy)["HEAD manifest"] == 0


def test_other_options_read_images_anew(fleet, tmp_path):
    host, _ = fleet
    completed(f"{host}/team0/app", state=tmp_path / "s")
    counts, _ = completed(f"{host}/team0/app", state=tmp_path / "s", deep=True)
    assert counts.known == 0


def test_each_failure_is_a_row_and_the_rest_completes(fleet, faulty):
    host, references = fleet
    proxy = faulty(
        host,
        Fault("GET", "team0/app/manifests/0", answer(429, b"", {"Retry-After": "0"}), None),
        Fault("GET", "team1/app/manifests/1", answer(500, b"not today"), None),
        Fault("GET", "team2/app/manifests/2", stall(), None),
        Fault("GET", "team3/app/manifests/3", answer(200, b"{]"), None),
        Fault("GET", "team0/app/manifests/4", answer(200, b'{"layers": 5}'), None),
        Fault("GET", "team1/app/manifests/5", drop(), None),
        Fault("GET", "team2/app/manifests/0", answer(401, b"no"), None),
    )

    counts, rows = completed(proxy.host, timeout=1)

    assert [row.reference.replace(proxy.host, host) for row in rows] == references
    failed = {row.reference.partition("/")[2]: row.error for row in rows if row.error}
    assert {name: (it.kind, it.status) for name, it in failed.items()} == {
        "team0/app:0": ("TransportError", 429),
        "team1/app:1": ("TransportError", 500),
        "team2/app:2": ("DeadlineExceededError", 0),
        "team3/app:3": ("JSONError", 0),
        "team0/app:4": ("JSONError", 0),
        "team1/app:5": ("TransportError", 0),
        "team2/app:0": ("TransportError", 401),
    }
    assert (counts.rows, counts.failed) == (17, 7)


def test_what_failed_is_tried_again_by_the_next_run(fleet, faulty, tmp_path):
    proxy = faulty(fleet[0], Fault("GET", "team0/app/manifests/0", answer(500), 2))
    counts, _ = completed(proxy.host, state=tmp_path / "s")
    assert counts.failed == 1
    counts, _ = completed(proxy.host, state=tmp_path / "s")
    assert (counts.failed, counts.known) == (0, 23)


def test_a_repository_or_a_registry_that_cannot_be_listed_is_a_row(fleet, faulty):
    proxy = faulty(fleet[0], Fault("GET", "team1/app/tags", answer(500), None))
    _, rows = completed(proxy.host)
    failed = [row for row in rows if row.error]
    assert [it.reference for it in failed] == [f"{proxy.host}/team1/app"]
    assert len(rows) == 19

    proxy = faulty(fleet[0], Fault("GET", "_catalog", answer(404), None))
    _, (row,) = completed(proxy.host)
    assert (row.reference, row.error.status) == (proxy.host, 404)


def test_a_daemon_that_cannot_be_asked_is_a_row(recorded_archives, monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    _, rows = completed("docker-daemon:", recorded_archives)

    failed = [it for it in rows if it.error is not None]
    assert [(it.reference, it.error.kind) for it in failed] == [
        ("docker-daemon:", "DaemonUnavailableError")
    ]
    assert len(rows) > 1


def test_credentials_are_in_no_row(faulty, fleet):
    proxy = faulty(
        fleet[0], Fault("GET", "/v2/", answer(403, b"go away, ann:s3cr3tpassword"), None)
    )
    options = {**QUICK, "auth": authn.Basic("ann", "s3cr3tpassword")}
    with Audit([f"{proxy.host}/team0/app:1"], options=options) as run:
        (row,) = run
    assert row.error is not None
    assert "s3cr3t" not in row.to_line()


def test_no_more_images_of_a_host_are_read_at_once_than_allowed(fleet, faulty, monkeypatch):
    from pyggcr.audit import images

    running: Counter[str] = Counter()
    most = []
    original = images.RepositoryReader.read

    def counting(self, identifier, known):
        running["now"] += 1
        most.append(running["now"])
        try:
            return original(self, identifier, known)
        finally:
            running["now"] -= 1

    monkeypatch.setattr(images.RepositoryReader, "read", counting)
    completed(fleet[0], max_per_host=2)
    assert max(most) <= 2


def test_shared_layers_and_bases_follow_from_all_images():
    base = mutate.append_layers(empty.image(), random.layer(20), random.layer(30))
    app = mutate.append_layers(base, random.layer(40))
    marked = mutate.annotations(
        app, {"org.opencontainers.image.base.name": "docker.io/library/x:1"}
    )
    other = mutate.append_layers(
        mutate.append_layers(empty.image(), base.layers()[0]), random.layer(9)
    )
    with registry.serve(engine="python") as server:
        for name, image in (("base", base), ("app", app), ("marked", marked), ("other", other)):
            remote.write(f"{server.host}/{name}:1", image, engine="python")
        _, rows = completed(server.host)
    found = {row.reference.partition("/")[2]: row for row in rows}
    name = f"{rows[0].reference.partition('/')[0]}/base:1"
    assert found["app:1"].base == Base("layers", name, str(base.digest()), 2)
    assert found["marked:1"].base == Base("annotations", "docker.io/library/x:1")
    assert found["other:1"].base == Base("layers", layers=1)
    assert found["base:1"].base == Base("layers", layers=1)
    assert [it.shared for it in found["app:1"].layers] == [3, 2, 1]
    assert [it.shared for it in found["other:1"].layers] == [3, 0]


def test_the_images_of_an_index_are_rows_of_their_own(fleet):
    adds = [
        mutate.IndexAddendum(_for(architecture), platform=v1.Platform(architecture, "linux"))
        for architecture in ("amd64", "arm64")
    ]
    index = mutate.append_manifests(empty.index(), *adds)
    with registry.serve(engine="python") as server:
        remote.write_index(f"{server.host}/app:1", index, engine="python")
        _, rows = completed(f"{server.host}/app")
        assert [row.platform for row in rows] == ["linux/amd64", "linux/arm64"]
        assert {row.index for row in rows} == {str(index.digest())}
        _, (row,) = completed(f"{server.host}/app:1", platform="linux/arm64")
        assert row.platform == "linux/arm64"
        _, (row,) = completed(f"{server.host}/app:1", platform="linux/s390x")
        assert row.error.message == "the index has no image for linux/s390x"


def _for(architecture):
    image = random.image(8, 1)
    config = image.config_file()
    config.architecture, config.os = architecture, "linux"
    return mutate.config_file(image, config)


def test_the_doctor_sees_media_types_and_with_deep_the_layers():
    plain = static.new_layer(b"\0" * 1024, MediaType.OCI_UNCOMPRESSED_LAYER)
    image = mutate.media_type(empty.image(), MediaType.OCI_MANIFEST_SCHEMA1)
    image = mutate.append_layers(image, plain)
    with registry.serve(engine="python") as server:
        remote.write(f"{server.host}/app:1", image, engine="python")
        for deep in (False, True):
            _, (row,) = completed(f"{server.host}/app:1", deep=deep)
            assert [it.code for it in row.findings] == ["PYG019"]
            assert row.findings[0].fails[0].tool == "go-containerregistry"
            assert row.layers[0].compression == "none"


def test_archives_and_folders_have_rows_too(tmp_path, recorded_archives):
    _, rows = completed(recorded_archives)
    by_file = {Path(row.reference.partition(":")[0]).name for row in rows}
    assert len(by_file) > 1
    assert any(it.code == "PYG001" for row in rows for it in row.findings)
    assert all(row.config_digest for row in rows if row.error is None)

    counts, _ = completed(recorded_archives, state=tmp_path / "s")
    again, known = completed(recorded_archives, state=tmp_path / "s")
    assert again.known == counts.references - counts.failed
    assert len(known) == len(rows)


def test_a_list_names_targets_and_its_bad_lines_are_rows(fleet, tmp_path):
    host, _ = fleet
    (tmp_path / "broken.tar").write_bytes(b"no tar")
    lines = ["# images", "", f"{host}/team0/app:1", f"{host}/team1/app", f"{tmp_path}/broken.tar"]
    (tmp_path / "list.txt").write_text("\n".join([*lines, "https://example.com/app", "A b!c"]))
    counts, rows = completed(f"@{tmp_path}/list.txt")
    assert (counts.rows, counts.failed) == (7, 3)
    assert len({row.reference for row in rows}) == 10


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"jobs": 2, "dask": "tcp://x"}, "exclude each other"),
        ({"max_per_host": 0}, "greater than zero"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, said):
    with pytest.raises(UnsupportedOptionError, match=said):
        Audit(["x"], **options)


def test_any_executor_will_do(fleet):
    with ThreadPoolExecutor(3) as executor:
        rows = list(audit([fleet[0]], executor=executor, options=QUICK))
        assert len(rows) == 24
        assert executor.submit(int).result() == 0


@pytest.mark.usefixtures("kept_for_processes")
def test_processes_make_the_same_rows(fleet, plain):
    threads, processes = (completed(fleet[0], jobs=jobs)[1] for jobs in (0, 2))
    assert plain(processes) == plain(threads)


def test_the_state_of_something_else_is_refused(fleet, tmp_path):
    (tmp_path / "s").write_text("no state at all, but long enough to be looked at")
    with pytest.raises(StateError, match="s is damaged, or not the state of an audit"):
        Audit([fleet[0]], state=tmp_path / "s")


def test_a_state_in_use_is_refused(fleet, tmp_path):
    with Audit([fleet[0]], state=tmp_path / "s"), pytest.raises(StateError, match="in use"):
        Audit([fleet[0]], state=tmp_path / "s")


def test_a_cancelled_audit_can_go_on(fleet, tmp_path):
    token = limits.CancelToken()
    with (
        pytest.raises(CancelledError),
        limits.limit(cancel=token),
        Audit([fleet[0]], state=tmp_path / "s", max_per_host=1) as run,
    ):
        for _ in run:
            token.cancel()
    counts, rows = completed(fleet[0], state=tmp_path / "s")
    assert counts.references == len(rows) == 24
    assert json.loads(rows[0].to_line())["error"] is None
