"""Repositories of Google's registries, and those below them: pkg/v1/google/list.go."""

from __future__ import annotations

from collections.abc import Callable

from pyggcr import name
from pyggcr._values.google_tags import Tags
from pyggcr._values.remote import GOOGLE_RETRIES
from pyggcr._values.remote import GoogleOptions as Options
from pyggcr._values.remote import Options as RemoteOptions
from pyggcr.errors import Error, InvalidReferenceError
from pyggcr.limits import check_known
from pyggcr.remote.options import Connection, connected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias, cast

    from typing_extensions import Unpack
else:
    from pyggcr._typing import cast

__all__ = ["Options", "WalkFunc", "list", "walk"]

# Called for each repository that ``walk`` visits, with what it holds or why that is not known
# (``google.WalkFunc``).
WalkFunc: TypeAlias = Callable[[name.Repository, "Tags | None", "Error | None"], None]


def list(repository: name.Repository | str, **options: Unpack[Options]) -> Tags:  # noqa: A001
    """List the content of a repository (``google.List``).

    Registries of Google list all manifests, including untagged ones, and the repositories below;
    other registries list only tags.

    Args:
        repository: such as ``gcr.io/project/app``.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Returns:
        Tags, and at Google manifests and children.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: the text is not a repository.
        JSONError: the answer is not such a list.
        Error: a number in it is malformed, or the next page is on another host.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with connected(_with_retry(options)) as to:
        return to.engine.google.list(client=to.client, repository=to.repository(repository))


def walk(root: name.Repository | str, function: WalkFunc, **options: Unpack[Options]) -> None:
    """List a repository and, depth first, all repositories below it (``google.Walk``).

    Args:
        root: the repository to begin with.
        function: called with each repository, and with its ``Tags`` or the error that listing it
            raised. Its exceptions end the walk.
        options: keyword arguments of ``Options``: how to talk to registries, and the limits of the
            call.

    Raises:
        InvalidReferenceError: the text is not a repository, or the name of a child is malformed.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Exception: whatever ``function`` raises.
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
