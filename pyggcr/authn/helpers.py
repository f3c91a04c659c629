"""Credential helpers: which program belongs to which registry, and how to install it.

Docker's configuration names helpers in ``credsStore`` and ``credHelpers``; a helper ``NAME`` is the
program ``docker-credential-NAME``. The engines run them; Go's error names one that is missing, and
``install_hint`` says what to do then.
"""

from __future__ import annotations

import re

__all__ = ["install_hint"]

_MISSING = re.compile(
    r'error getting credentials - err: exec: "docker-credential-([^"\\]+)": '
    r"executable file not found"
)
_DOCKERS = "apt install golang-docker-credential-helpers, or brew install docker-credential-helper"
_KNOWN = {
    "acr-env": (
        "Azure Container Registry",
        "go install github.com/chrismellard/docker-credential-acr-env@latest",
    ),
    "desktop": ("Docker Desktop", "it comes with Docker Desktop"),
    "desktop.exe": ("Docker Desktop", "it comes with Docker Desktop for Windows"),
    "ecr-login": (
        "Amazon ECR",
        ("apt install amazon-ecr-credential-helper, or brew install docker-credential-helper-ecr"),
    ),
    "gcloud": (
        "Google Artifact Registry",
        "it comes with the Google Cloud CLI, https://cloud.google.com/sdk/docs/install",
    ),
    "gcr": (
        "Google Artifact Registry",
        (
            "gcloud components install docker-credential-gcr, or "
            "go install github.com/GoogleCloudPlatform/docker-credential-gcr/v2@latest"
        ),
    ),
    "osxkeychain": ("the keychain of macOS", "brew install docker-credential-helper"),
    "pass": ("the password store pass", _DOCKERS),
    "secretservice": ("the keyring of the desktop", _DOCKERS),
    "wincred": ("the credential manager of Windows", "it comes with Docker Desktop for Windows"),
}


def install_hint(text: str) -> str:
    """Explain how to install a missing credential helper.

    Args:
        text: the name of a helper, such as ``ecr-login``, or the message of an error that a helper
            was not found.

    Returns:
        One sentence; empty for the message of another error.

    Examples:
        >>> install_hint("pass")[:57]
        'docker-credential-pass is the helper for the password sto'
    """
    if re.fullmatch(r"[\w.-]+", text):
        helper = text
    elif found := _MISSING.search(text):
        helper = found[1]
    else:
        return ""
    program = f"docker-credential-{helper}"
    remove = "or remove it from credsStore and credHelpers in Docker's config.json"
    if helper not in _KNOWN:
        return f"install the program {program} into a folder of PATH, {remove}"
    what, how = _KNOWN[helper]
    return f"{program} is the helper for {what}; install it ({how}), {remove}"
