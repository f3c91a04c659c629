"""Repositories of Google's registries: pkg/v1/google/list.go."""

from __future__ import annotations

from pyggcr._gostd import json
from pyggcr._gostd.strconv import quote
from pyggcr._os.logs import Log
from pyggcr._python.remote.client import own_client
from pyggcr._python.remote.error_parsing import check_status
from pyggcr._python.remote.lists import PAGE_LIMIT, next_page
from pyggcr._python.remote.transport import Request
from pyggcr._values.google import is_google
from pyggcr._values.google_tags import TAGS, Tags
from pyggcr._values.transport import PULL_SCOPE
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr._values.remote import RemoteClient

__all__ = ["list"]

# Amazon's registry refuses more: go-containerregistry issue 681.
_PAGE_SIZE = 1000
_PAGE_SIZE_OF_GOOGLE = 10_000

_log = Log(__name__)


def list(*, client: RemoteClient, repository: name.Repository) -> Tags:  # noqa: A001  (Go's name)
    """List a repository with its manifests and child repositories (``google.List``).

    Raises:
        TransportError: the registry refuses, or cannot be reached.
        JSONError: a page is no such list.
        Error: a number in it is none, or the registry sends the client elsewhere.
    """
    host, scheme = repository.registry_str(), repository.scheme()
    own = own_client(client)
    # Go asks the registry for its scheme and its token anew each time, with its own credentials.
    session = own.session(repository, PULL_SCOPE, own.authenticator(repository.registry))
    size = _PAGE_SIZE_OF_GOOGLE if is_google(host) else _PAGE_SIZE
    url = f"{scheme}://{host}/v2/{repository.repository_str()}/tags/list?n={size}"
    found = Tags()
    seen: set[str] = set()
    while True:
        seen.add(url)
        response = session.do(Request("GET", url))
        try:
            check_status(response, 200)
            page = json.decode(response.read_all(PAGE_LIMIT), TAGS)
        finally:
            response.close()
        if page.manifests or page.children:
            return page
        if page.tags:
            found.tags = [*(found.tags or ()), *page.tags]
        url = next_page(response, scheme, host)
        if not url:
            return found
        if url in seen:
            raise Error(f"pagination URL {quote(url)} leads in a circle")
        _log.warning("saw non-google tag listing response, falling back to pagination")
