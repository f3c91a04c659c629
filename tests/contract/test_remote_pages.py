"""Lists page by page, on both engines: ``Lister``, ``Catalogger``, ``CatalogPage``."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import threading
import urllib.parse

import pytest
from support.fake_server import Answer, FakeServer
from support.faulty_proxy import Fault, FaultyProxy, answer, stall

from pyggcr import aio, errors, name, remote
from pyggcr._values.remote import Retry

IMPATIENT = Retry(duration=0.01, steps=1)
MAX_GROWTH = 64 << 20
TAGS = ["a", "b", "c", "d", "e"]


class Registry:
    """Answers with pages of names, whose links say where the next one is."""

    def __init__(self, names, *, link='<{path}?last={last}&n={n}>; rel="next"'):
        self.names = names
        self.link = link

    def __call__(self, asked):
        path, _, query = asked.path.partition("?")
        if path == "/v2/":
            return Answer()
        values = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        count = int(values.get("n") or len(self.names))
        begin = self.names.index(values["last"]) + 1 if values.get("last") else 0
        page = self.names[begin : begin + count]
        headers = {}
        if begin + count < len(self.names):
            headers["Link"] = self.link.format(path=path, last=page[-1], n=count)
        key = "repositories" if path.endswith("_catalog") else "tags"
        said = {"name": path.removeprefix("/v2/").removesuffix("/tags/list"), key: page}
        return Answer(200, json.dumps(said).encode(), headers)


@pytest.fixture
def served():
    with FakeServer(Registry(TAGS)) as server:
        yield server


def lists_asked(server):
    return [path for path in server.paths("GET") if path != "/v2/"]


def test_a_lister_gives_page_after_page(served, engine):
    with remote.Puller(page_size=2, engine=engine) as puller:
        lister = puller.lister(f"{served.host}/team/app")
        pages = list(lister)
    assert [page.tags for page in pages] == [["a", "b"], ["c", "d"], ["e"]]
    assert {page.name for page in pages} == {"team/app"}
    link = f"http://{served.host}/v2/team/app/tags/list?last="
    assert [page.next for page in pages] == [f"{link}b&n=2", f"{link}d&n=2", ""]
    assert not lister.has_next()
    assert list(lister) == []


def test_the_first_tag_needs_one_page(served, engine):
    lister = remote.lister(f"{served.host}/team/app", page_size=2, engine=engine)
    assert next(iter(lister)).tags[0] == "a"
    assert lists_asked(served) == ["/v2/team/app/tags/list?n=2"]


def test_the_first_page_is_fetched_at_once_and_others_when_they_are_asked_for(served, engine):
    lister = remote.lister(f"{served.host}/team/app", page_size=2, engine=engine)
    assert len(lists_asked(served)) == 1
    assert lister.has_next()
    lister.next()
    assert lister.has_next()
    assert len(lists_asked(served)) == 1
    lister.next()
    assert len(lists_asked(served)) == 2


def test_after_the_last_page_comes_the_first_as_in_go(served, engine):
    lister = remote.lister(f"{served.host}/team/app", page_size=3, engine=engine)
    assert [lister.next().tags for _ in range(3)] == [["a", "b", "c"], ["d", "e"], ["a", "b", "c"]]
    assert lister.has_next()


def test_the_registry_chooses_the_size_of_pages(served, engine):
    lister = remote.lister(f"{served.host}/team/app", page_size=0, engine=engine)
    assert lister.next().tags == TAGS
    assert lists_asked(served) == ["/v2/team/app/tags/list"]


def test_a_catalogger_gives_page_after_page(served, engine):
    with remote.Puller(page_size=2, engine=engine) as puller:
        catalogger = puller.catalogger(served.host)
        pages = list(catalogger)
    assert [page.repos for page in pages] == [["a", "b"], ["c", "d"], ["e"]]
    assert pages[0].next == f"http://{served.host}/v2/_catalog?last=b&n=2"
    assert pages[-1].next == ""
    assert not catalogger.has_next()
    assert [it.repos for it in remote.catalogger(served.host, engine=engine)] == [TAGS]


def test_a_page_of_the_catalog_begins_after_a_repository(served, engine):
    assert remote.catalog_page(served.host, "b", 2, engine=engine) == ["c", "d"]
    assert remote.catalog_page(served.host, "", 1, engine=engine) == ["a"]
    assert lists_asked(served) == ["/v2/_catalog?last=b&n=2", "/v2/_catalog?last=&n=1"]


def test_a_name_is_escaped_in_the_query(engine):
    with FakeServer(lambda _: Answer(200, b'{"repositories": null}')) as server:
        assert remote.catalog_page(server.host, "a b&n=9/ü", 3, engine=engine) == []
        assert server.paths("GET")[-1] == "/v2/_catalog?last=a+b%26n%3D9%2F%C3%BC&n=3"


def test_a_list_without_names_is_one_empty_page(engine):
    with FakeServer(lambda _: Answer(200, b'{"name": "x", "tags": null}')) as server:
        assert list(remote.lister(f"{server.host}/x", engine=engine)) == [remote.Tags("x", [])]


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (
            '<http://127.0.0.2:9/v2/x/tags/list?last=a>; rel="next"',
            "pagination URL host does not match registry host: potential SSRF attack",
        ),
        (
            "<https:{path}>",
            'pagination URL scheme "https" does not match registry scheme "http"',
        ),
        ("</v2/x", "failed to parse link header: missing '>' in: </v2/x"),
        ("/v2/x>", "failed to parse link header: missing '<' in: /v2/x>"),
    ],
)
def test_a_page_elsewhere_is_not_fetched(engine, link, text):
    with FakeServer(Registry(TAGS, link=link)) as server:
        with pytest.raises(errors.Error) as first:
            remote.lister(f"{server.host}/team/app", page_size=2, engine=engine)
        with pytest.raises(errors.Error) as other:
            remote.catalogger(server.host, page_size=2, engine=engine)
    assert str(first.value) == str(other.value) == text


def test_a_later_page_elsewhere_is_not_fetched_either(engine):
    away = {"Link": "<http://127.0.0.2:9/v2/team/app/tags/list?last=c>"}
    second = Fault("GET", "last=b", answer(200, b'{"tags": ["c"]}', away), times=None)
    with FakeServer(Registry(TAGS)) as server, FaultyProxy(server.host, second) as proxy:
        lister = remote.lister(f"{proxy.host}/team/app", page_size=2, engine=engine)
        assert lister.next().tags == ["a", "b"]
        with pytest.raises(errors.Error, match="potential SSRF attack"):
            lister.next()


def test_a_local_registry_with_tls_is_listed_by_the_python_engine_alone(engine, tls_certificate):
    # Go compares the next page's scheme with that of the name, which for loopback is http
    # whatever the registry speaks (docs/upstream-findings.md).
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls_certificate.certificate, tls_certificate.key)
    options = {"page_size": 2, "ca_file": tls_certificate.certificate, "engine": engine}
    with FakeServer(Registry(TAGS), tls=context) as server:
        if engine == "python":
            pages = list(remote.lister(f"{server.host}/team/app", **options))
            assert [tag for page in pages for tag in page.tags] == TAGS
            assert pages[0].next.startswith(f"https://{server.host}/v2/team/app/tags/list?")
            return
        with pytest.raises(errors.Error) as caught:
            remote.lister(f"{server.host}/team/app", **options)
    text = 'pagination URL scheme "https" does not match registry scheme "http"'
    assert str(caught.value) == text


def test_pages_that_lead_in_a_circle_end(engine):
    link = '<{path}?n=2>; rel="next"'
    with FakeServer(Registry(TAGS, link=link)) as server:
        lister = remote.lister(f"{server.host}/team/app", page_size=2, engine=engine)
        with pytest.raises(errors.Error) as caught:
            list(lister)
        assert len(lists_asked(server)) < 5
        url = f"http://{server.host}/v2/team/app/tags/list?n=2"
    assert str(caught.value) == f'pagination URL "{url}" leads in a circle'


def test_a_page_that_failed_can_be_asked_for_again(engine):
    broken = Fault("GET", "last=b", answer(404))
    with FakeServer(Registry(TAGS)) as server, FaultyProxy(server.host, broken) as proxy:
        lister = remote.lister(
            f"{proxy.host}/team/app", page_size=2, retry=IMPATIENT, engine=engine
        )
        lister.next()
        with pytest.raises(errors.TransportError) as caught:
            lister.next()
        assert caught.value.status == 404
        assert lister.has_next()
        assert [page.tags for page in lister] == [["c", "d"], ["e"]]


def test_what_the_registry_refuses_is_told_when_the_lister_is_made(engine):
    unknown = json.dumps({"errors": [{"code": "NAME_UNKNOWN", "message": "who?"}]}).encode()
    with FakeServer(lambda asked: Answer(404 if "tags" in asked.path else 200, unknown)) as server:
        with pytest.raises(errors.TransportError) as caught:
            remote.lister(f"{server.host}/team/app", engine=engine)
        url = f"http://{server.host}/v2/team/app/tags/list?n=1000"
    assert str(caught.value) == f"GET {url}: NAME_UNKNOWN: who?"


def test_a_page_has_limits_of_its_own(engine):
    stalled = Fault("GET", "last=b", stall(), times=1)
    with FakeServer(Registry(TAGS)) as server, FaultyProxy(server.host, stalled) as proxy:
        lister = remote.lister(f"{proxy.host}/team/app", page_size=2, engine=engine)
        lister.next()
        with pytest.raises(errors.DeadlineExceededError):
            lister.next(timeout=0.2)
        assert lister.next(timeout=30).tags == ["c", "d"]


def test_a_closed_lister_is_of_no_use(served, engine):
    with remote.lister(f"{served.host}/team/app", page_size=2, engine=engine) as lister:
        lister.next()
    lister.close()
    for use in (lister.next, lister.has_next):
        with pytest.raises(errors.ClosedError) as caught:
            use()
        assert str(caught.value) == "pages already closed"


def test_a_lister_outlives_its_puller(served, engine):
    puller = remote.Puller(page_size=2, engine=engine)
    lister = puller.lister(name.new_repository(f"{served.host}/team/app"))
    puller.close()
    assert [tag for page in lister for tag in page.tags] == TAGS


def test_threads_may_share_a_lister(engine):
    many = [f"v{number:04}" for number in range(400)]
    found = []
    with FakeServer(Registry(many)) as server:
        lister = remote.lister(f"{server.host}/team/app", page_size=10, engine=engine)

        def work():
            for _ in range(10):
                found.extend(lister.next().tags)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == many


def test_pages_can_be_awaited(served, engine):
    async def listed():
        lister = await aio.remote.lister(f"{served.host}/team/app", page_size=2, engine=engine)
        tags = [page.tags async for page in lister]
        assert not await lister.has_next()
        async with aio.remote.Puller(page_size=3, engine=engine) as puller:
            catalogger = await puller.catalogger(served.host)
            assert await catalogger.has_next()
            first = await catalogger.next()
            repositories = [page.repos async for page in catalogger]
        assert await aio.remote.catalog_page(served.host, "a", 1, engine=engine) == ["b"]
        return tags, [first.repos, *repositories]

    assert asyncio.run(listed()) == (
        [["a", "b"], ["c", "d"], ["e"]],
        [["a", "b", "c"], ["d", "e"]],
    )


# Prints by how many bytes the process grew beyond what importing took, and the number of tags.
SCRIPT = """
import sys
from pyggcr import remote
host, engine = sys.argv[1:]
remote.lister(f"{host}/warm", page_size=1, engine=engine).next()

def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmHWM"].split()[0]) << 10

before = peak()
lister = remote.lister(f"{host}/team/app", engine=engine)
count = 0
for page in lister:
    for tag in page.tags:
        count += 1
print(peak() - before, count)
"""


class NumberedTags:
    """A repository with very many tags, none of which is kept."""

    def __init__(self, count):
        self.count = count

    def __call__(self, asked):
        path, _, query = asked.path.partition("?")
        values = dict(urllib.parse.parse_qsl(query))
        size = int(values.get("n", 0))
        begin = int(values.get("last", -1)) + 1
        numbers = range(begin, min(begin + size, self.count))
        link = f'<{path}?last={numbers[-1]}&n={size}>; rel="next"' if numbers else ""
        more = {"Link": link} if numbers and numbers[-1] + 1 < self.count else {}
        tags = [f"sha-{number:040x}" for number in numbers]
        return Answer(200, json.dumps({"name": "team/app", "tags": tags}).encode(), more)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(
    "count",
    [
        pytest.param(30_000, id="thirty thousand"),
        pytest.param(1_000_000, id="a million", marks=pytest.mark.full),
    ],
)
def test_very_many_tags_take_little_memory(engine, count):
    with FakeServer(NumberedTags(count)) as server:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, server.host, engine],
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
    growth, seen = map(int, done.stdout.split())
    assert seen == count
    assert growth < MAX_GROWTH
