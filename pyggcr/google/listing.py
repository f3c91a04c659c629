"""Repositories of Google's registries, and those below them: pkg/v1/google/list.go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, cast

from pyggcr import name
from pyggcr._values.google_tags import Tags
from pyggcr._values.remote import GOOGLE_RETRIES
from pyggcr._values.remote import GoogleOptions as Options
from pyggcr._values.remote import Options as RemoteOptions
from pyggcr.errors import Error, InvalidReferenceError
from pyggcr.limits import check_known
from pyggcr.remote.options import Connection, connected

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Options", "WalkFunc", "list", "walk"]

# Called for each repository that ``walk`` visits, with what it holds or why that is not known
# (``google.WalkFunc``).
WalkFunc: TypeAlias = Callable[[name.Repository, "Tags | None", "Error | None"], None]


def list(repository: name.Repository | str, **options: Unpack[Options]) -> Tags:  # noqa: A001
    """List what a repository holds (``google.List``).

    A registry of Google tells all manifests, those without a tag too, and the repositories below;
    of another one only the tags are known.

    Args:
        repository: such as ``gcr.io/project/app``.
        options: see ``Options``.

    Returns:
        Tags, and at Google manifests and children.

    Raises:
        TransportError: the registry refused, or could not be reached.
        InvalidReferenceError: the text is not a repository.
        JSONError: the answer is no such list.
        Error: a number in it is none, or the next page is on another host.
    """
    with connected(_with_retry(options)) as to:
        return to.engine.google.list(client=to.client, repository=to.repository(repository))


def walk(root: name.Repository | str, function: WalkFunc, **options: Unpack[Options]) -> None:
    """List a repository and, depth first, all repositories below it (``google.Walk``).

    Args:
        root: where to begin.
        function: called with each repository, and with its ``Tags`` or with the error that listing
            it ended in. What it raises ends the walk.
        options: see ``Options``.

    Raises:
        InvalidReferenceError: the text is not a repository, or a child's name is none.
        Exception: what ``function`` raised.
    """
    with connected(_with_retry(options)) as to:
        _visit(to, to.repository(root), function)


def _visit(to: Connection, repository: name.Repository, function: WalkFunc) -> None:
    try:
        tags = to.engine.google.list(client=to.client, repository=repository)
    except Error as error:
        function(repository, None, error)
        return
    function(repository, tags, None)
    for child in tags.children or ():
        _visit(to, _below(repository, child, insecure=to.options.insecure), function)


def _below(repository: name.Repository, child: str, *, insecure: bool) -> name.Repository:
    try:
        return name.new_repository(f"{repository}/{child}", strict=True, insecure=insecure)
    except InvalidReferenceError as error:
        error.message = f"unexpected path failure: {error.message}"
        raise


def _with_retry(options: Options) -> RemoteOptions:
    check_known(options, Options.__annotations__)
    return cast(RemoteOptions, {**options, **GOOGLE_RETRIES})
