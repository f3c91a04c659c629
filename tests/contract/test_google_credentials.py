"""Credentials for Google's registries, on stand-ins of Google's servers and of gcloud."""

from __future__ import annotations

import base64
import json
import logging
import shutil
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

import pytest
from support.google import Google, private_key, write_gcloud

import pyggcr
from pyggcr import authn, google, name
from pyggcr.errors import CancelledError, Error, TransportError

VARIABLES = (
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GCE_METADATA_HOST",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
)
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
IN_A_DAY = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def server():
    google = Google()
    yield google
    google.close()


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A home without credentials, and only the system's programs; metadata goes nowhere."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return tmp_path


@pytest.fixture
def credentials(home, monkeypatch):
    """``credentials({…})``: the file that the variable names."""

    def write(document: object) -> None:
        path = home / "credentials.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))

    return write


@pytest.fixture(scope="module", autouse=True)
def _openssl(require):
    """What makes and checks keys."""
    if shutil.which("openssl") is None:
        require("openssl", "there is no such program")


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return private_key(tmp_path_factory.mktemp("key"))


def account(server, key, **more):
    return {
        "type": "service_account",
        "client_email": "robot@example.iam.gserviceaccount.com",
        "private_key_id": "key-1",
        "private_key": key,
        "token_uri": server.answer("/token", {"access_token": "secret-1", "expires_in": 3600}),
        **more,
    }


def claims(token: str) -> tuple[dict, dict]:
    head, body, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(it + "==")) for it in (head, body))


def verify(token: str, key: str, folder) -> None:
    """Let openssl check the signature."""
    signed, _, signature = token.rpartition(".")
    (folder / "key.pem").write_text(key)
    (folder / "signed").write_text(signed)
    (folder / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-prverify", "key.pem", "-signature", "signature", "signed"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "Verified OK\n", done.stderr


class TestEnvironment:
    def test_a_service_account_signs_for_a_token(self, engine, server, credentials, key, tmp_path):
        credentials(account(server, key))

        found = google.new_env_authenticator(engine=engine)

        expected = authn.AuthConfig(username="_token", password="secret-1")
        assert [found.authorization() for _ in range(2)] == [expected] * 2
        (form,) = server.forms
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        header, body = claims(form["assertion"])
        assert header == {"alg": "RS256", "typ": "JWT", "kid": "key-1"}
        assert list(body) == ["iss", "scope", "aud", "exp", "iat"]
        assert body["scope"] == SCOPE
        assert body["aud"] == f"http://{server.host}/token"
        assert body["exp"] - body["iat"] == 3600
        assert abs(body["iat"] + 10 - time.time()) < 60
        verify(form["assertion"], key, tmp_path)

    def test_a_token_is_fetched_anew_when_it_ends(self, engine, server, credentials, key):
        document = account(server, key)
        server.answer("/token", {"access_token": "short", "expires_in": 5})
        credentials(document)
        found = google.new_env_authenticator(engine=engine)
        server.answer("/token", {"access_token": "long", "expires_in": 3600})

        assert [found.authorization().password for _ in range(2)] == ["long", "long"]
        assert len(server.forms) >= 2

    def test_a_user_who_logged_in_with_gcloud(self, engine, server, home):
        path = home / ".config" / "gcloud" / "application_default_credentials.json"
        path.parent.mkdir(parents=True)
        user = {
            "type": "authorized_user",
            "client_id": "client",
            "client_secret": "s&cret",
            "refresh_token": "refresh",
            "token_uri": server.answer("/token", {"access_token": "secret-2", "expires_in": 60}),
        }
        path.write_text(json.dumps(user))

        found = google.new_env_authenticator(engine=engine)

        assert found.authorization().password == "secret-2"
        assert server.forms == [
            {
                "grant_type": "refresh_token",
                "refresh_token": "refresh",
                "client_id": "client",
                "client_secret": "s&cret",
            }
        ]

    @pytest.mark.parametrize("kind", ["file", "file as json", "url"])
    def test_a_token_of_another_cloud(self, engine, server, credentials, home, kind):
        source = {"url": server.answer("/subject", {"value": "subject"}), "headers": {"X-A": "b"}}
        if kind != "url":
            (home / "subject").write_text(
                "subject\n" if kind == "file" else json.dumps({"value": "subject"})
            )
            source = {"file": str(home / "subject")}
        if kind != "file":
            source["format"] = {"type": "json", "subject_token_field_name": "value"}
        credentials(external(server, source))

        found = google.new_env_authenticator(engine=engine)

        assert found.authorization().password == "federated"
        assert server.forms == [
            {
                "audience": "//iam.googleapis.com/pool",
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "subject_token": "subject",
                "scope": SCOPE,
            }
        ]
        if kind == "url":
            assert server.server.asked[0].headers["x-a"] == "b"

    @pytest.mark.parametrize("how", ["external_account", "impersonated_service_account"])
    def test_acting_as_a_service_account(self, engine, server, credentials, home, key, how):
        url = server.answer("/act", {"accessToken": "acting", "expireTime": IN_A_DAY})
        document = {
            "type": how,
            "service_account_impersonation_url": url,
            "source_credentials": account(server, key),
            "delegates": ["one"],
        }
        if how == "external_account":
            (home / "subject").write_text("subject")
            document = external(server, {"file": str(home / "subject")})
            document["service_account_impersonation_url"] = url
            document["service_account_impersonation"] = {"token_lifetime_seconds": 600}
        credentials(document)

        found = google.new_env_authenticator(engine=engine)

        assert found.authorization().password == "acting"
        asked = server.server.asked[-1]
        external_one = how == "external_account"
        token = "federated" if external_one else "secret-1"
        assert asked.headers["authorization"] == f"Bearer {token}"
        assert json.loads(asked.body) == {
            **({} if external_one else {"delegates": ["one"]}),
            "lifetime": "600s" if external_one else "3600s",
            "scope": [SCOPE],
        }

    @pytest.mark.parametrize(
        "document",
        [
            "",
            "{",
            "[]",
            "{}",
            {"type": "other"},
            {"type": 1},
            {"type": "authorized_user"},
            {"type": "impersonated_service_account"},
            {"type": "external_account"},
            {"type": "external_account", "audience": "a"},
            {"type": "external_account", "audience": "a", "subject_token_type": "t"},
            {
                "type": "external_account",
                "audience": "a",
                "subject_token_type": "t",
                "workforce_pool_user_project": "p",
            },
            {
                "type": "external_account",
                "audience": "a",
                "subject_token_type": "t",
                "credential_source": {"file": "/does/not/exist"},
            },
        ],
        ids=str,
    )
    def test_errors_are_those_of_go(self, engine, credentials, document, go_engine):
        credentials(document)

        assert failure(google.new_env_authenticator, engine) == failure(
            google.new_env_authenticator, "go"
        )

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, b'{"error":"invalid_grant","error_description":"no"}'),
            (401, b"refused"),
            (503, b""),
            (200, b"{"),
        ],
    )
    @pytest.mark.parametrize("kind", ["service_account", "authorized_user"])
    def test_refusals_of_google(
        self, engine, server, credentials, key, kind, status, body, go_engine
    ):
        document = account(server, key, refresh_token="refresh", type=kind)
        server.answer("/token", body, status)
        credentials(document)

        assert failure(google.new_env_authenticator, engine) == failure(
            google.new_env_authenticator, "go"
        )

    @pytest.mark.parametrize("body", [b"{}", b'{"access_token":1}', b'{"error":"odd"}'])
    def test_answers_of_google_without_a_token(
        self, engine, server, credentials, key, body, go_engine
    ):
        document = account(server, key, refresh_token="refresh", type="authorized_user")
        server.answer("/token", body)
        credentials(document)

        assert failure(google.new_env_authenticator, engine) == failure(
            google.new_env_authenticator, "go"
        )

    def test_a_file_that_is_not_there(self, engine, home, monkeypatch):
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(home / "nothing"))

        with pytest.raises(Error) as caught:
            google.new_env_authenticator(engine=engine)
        assert str(caught.value) == (
            "google: error getting credentials using GOOGLE_APPLICATION_CREDENTIALS environment "
            f"variable: open {home}/nothing: no such file or directory"
        )

    @pytest.mark.parametrize("kind", ["service_account", "authorized_user"])
    def test_a_server_that_is_not_there(self, engine, server, credentials, key, kind, go_engine):
        closed = Google()
        closed.close()
        uri = f"http://{closed.host}/token"
        credentials(account(server, key, type=kind, refresh_token="r", token_uri=uri))

        found = failure(google.new_env_authenticator, engine)

        assert found == failure(google.new_env_authenticator, "go")
        assert found[0] is (Error if kind == "service_account" else TransportError)

    @pytest.mark.parametrize(
        "more",
        [
            {"type": "external_account_authorized_user"},
            {"credential_source": {"environment_id": "aws1"}},
            {"credential_source": {"executable": {"command": "/bin/true"}}},
        ],
    )
    def test_what_only_the_go_engine_knows_is_refused(self, credentials, more):
        credentials(
            {"type": "external_account", "audience": "a", "subject_token_type": "t", **more}
        )

        with pytest.raises(pyggcr.errors.UnsupportedOptionError, match="the Go engine does"):
            google.new_env_authenticator(engine="python")

    def test_a_limit_holds(self, engine, server, credentials, key):
        credentials(account(server, key))
        cancel = pyggcr.CancelToken()
        cancel.cancel()

        with pytest.raises(CancelledError):
            google.new_env_authenticator(engine=engine, cancel=cancel)
        assert server.forms == []


def external(server, source):
    return {
        "type": "external_account",
        "audience": "//iam.googleapis.com/pool",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": server.answer("/sts", {"access_token": "federated", "expires_in": 3600}),
        "credential_source": source,
    }


def failure(make, engine) -> tuple[type, str]:
    with pytest.raises(Error) as caught:
        make(engine=engine)
    return type(caught.value), str(caught.value)


# In a process of its own: Go looks once whether the machine is Google's.
METADATA = """
import sys
from pyggcr import errors, google, name
try:
    if sys.argv[2] == "keychain":
        found = google.KEYCHAIN.resolve(name.new_registry("gcr.io"))
    else:
        found = google.new_env_authenticator(engine=sys.argv[1])
    print(found.authorization().username, found.authorization().password)
except errors.Error as error:
    print(type(error).__name__, error)
"""


class TestMetadata:
    @pytest.mark.parametrize(
        ("document", "status", "printed"),
        [
            ({"access_token": "machine", "expires_in": 3600}, 200, "_token machine"),
            (
                {"access_token": "", "expires_in": 3600},
                200,
                "Error oauth2/google: incomplete token received from metadata",
            ),
            (b"{", 200, "Error oauth2/google: invalid token JSON from metadata: unexpected EOF"),
            (
                b"",
                404,
                (
                    'Error metadata: GCE metadata "instance/service-accounts/default/token?scopes='
                    'https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform" not defined'
                ),
            ),
            (b"no", 403, "Error compute: Received 403 `no`"),
        ],
    )
    def test_the_service_account_of_a_machine(
        self, engine, server, home, monkeypatch, document, status, printed
    ):
        path = "/computeMetadata/v1/instance/service-accounts/default/token"
        server.answer(path, document, status)
        monkeypatch.setenv("GCE_METADATA_HOST", server.host)

        assert in_a_process(engine, "environment") == printed
        asked = [it for it in server.server.asked if it.path.startswith(path)]
        assert asked[0].headers["metadata-flavor"] == "Google"

    def test_the_keychain_takes_it(self, engine, server, home, monkeypatch):
        path = "/computeMetadata/v1/instance/service-accounts/default/token"
        server.answer(path, {"access_token": "machine", "expires_in": 3600})
        monkeypatch.setenv("GCE_METADATA_HOST", server.host)
        monkeypatch.setenv("PYGGCR_ENGINE", engine)

        assert in_a_process(engine, "keychain") == "_token machine"
        tokens = [it for it in server.server.asked if it.path.startswith(path)]
        assert len(tokens) == 1


def in_a_process(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", METADATA, *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class TestGcloud:
    def test_the_users_token(self, engine, home):
        write_gcloud(
            home / "bin",
            f'echo "$@" >> {home}/asked\n'
            'echo \'{"credential":{"access_token":"users",'
            f'"token_expiry":"{IN_A_DAY}"}}}}\'',
        )

        found = google.new_gcloud_authenticator(engine=engine)

        expected = authn.AuthConfig(username="_token", password="users")
        assert [found.authorization() for _ in range(2)] == [expected] * 2
        assert (home / "asked").read_text() == (
            "config config-helper --force-auth-refresh --format=json(credential)\n"
        )

    def test_without_gcloud_nobody_is_logged_in(self, engine, home, caplog, monkeypatch):
        monkeypatch.setenv("PATH", str(home / "bin"))
        with caplog.at_level(logging.WARNING):
            assert google.new_gcloud_authenticator(engine=engine) is authn.ANONYMOUS
        assert caplog.messages == ["gcloud binary not found"]

    def test_an_old_token_is_asked_for_again(self, engine, home):
        write_gcloud(
            home / "bin",
            f"echo x >> {home}/asked\n"
            'echo \'{"credential":{"access_token":"old","token_expiry":"2001-02-03T04:05:06Z"}}\'',
        )
        found = google.new_gcloud_authenticator(engine=engine)
        before = len((home / "asked").read_text().split())

        assert [found.authorization().password for _ in range(2)] == ["old", "old"]
        assert len((home / "asked").read_text().split()) >= before + 2

    @pytest.mark.parametrize(
        "script",
        [
            "exit 3",
            "kill -9 $$",
            "echo nothing",
            "echo '{}'",
            "echo '{\"credential\": 1}'",
            'echo \'{"credential":{"token_expiry":"tomorrow"}}\'',
            "",
        ],
    )
    def test_errors_are_those_of_go(self, engine, home, script, go_engine):
        write_gcloud(home / "bin", script)

        assert failure(google.new_gcloud_authenticator, engine) == failure(
            google.new_gcloud_authenticator, "go"
        )

    def test_what_gcloud_complains_of_is_logged(self, engine, home, caplog):
        write_gcloud(home / "bin", "echo 'please log in' >&2; exit 1")

        with caplog.at_level(logging.WARNING), pytest.raises(Error):
            google.new_gcloud_authenticator(engine=engine)
        assert "please log in" in "\n".join(caplog.messages)


class TestKeys:
    @pytest.mark.parametrize("form", ["pkcs8", "pkcs1"])
    def test_a_key_signs_tokens_itself(self, engine, server, tmp_path, form):
        key = private_key(tmp_path, form=form)
        document = json.dumps(account(server, key))

        found = google.new_token_authenticator(document, "https://scope.example.com", engine=engine)

        config = found.authorization()
        assert config.username == "_token"
        assert found.authorization() == config
        header, body = claims(config.password)
        assert header == {"alg": "RS256", "typ": "JWT", "kid": "key-1"}
        assert list(body) == ["iss", "aud", "exp", "iat", "sub"]
        assert body["iss"] == body["sub"] == "robot@example.iam.gserviceaccount.com"
        assert body["aud"] == "https://scope.example.com"
        assert body["exp"] - body["iat"] == 3600
        verify(config.password, key, tmp_path)
        assert server.forms == []

    @pytest.mark.parametrize(
        ("document", "scope"),
        [
            ("{}", "scope"),
            ("{", "scope"),
            ('{"type":"authorized_user"}', "scope"),
            ('{"type":"service_account"}', ""),
        ],
    )
    def test_errors_are_those_of_go(self, engine, document, scope, go_engine):
        def ask(engine):
            return google.new_token_authenticator(document, scope, engine=engine)

        assert failure(ask, engine) == failure(ask, "go")

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "x",
            "-----BEGIN A-----\n!\n-----END A-----",
            "-----BEGIN A-----\nMAA=\n-----END A-----",
        ],
    )
    def test_a_key_that_is_none(self, engine, key):
        document = json.dumps({"type": "service_account", "private_key": key})

        with pytest.raises(
            Error, match="^google: could not parse key: private key should be a PEM"
        ):
            google.new_token_authenticator(document, "scope", engine=engine)

    def test_a_key_that_is_too_small(self, engine, tmp_path):
        document = {"type": "service_account", "private_key": private_key(tmp_path, bits=768)}

        with pytest.raises(Error, match="768-bit keys are insecure"):
            google.new_token_authenticator(json.dumps(document), "scope", engine=engine)

    def test_a_key_may_be_sent_itself(self):
        found = google.new_json_key_authenticator('{"type": "service_account"}')

        assert found.authorization() == authn.AuthConfig(
            username="_json_key", password='{"type": "service_account"}'
        )


def test_a_source_of_ones_own_is_asked_each_time():
    class Source:
        count = 0

        def token(self) -> google.Token:
            self.count += 1
            return google.Token(f"token {self.count}")

    found = google.new_token_source_authenticator(Source())

    assert [found.authorization().password for _ in range(2)] == ["token 1", "token 2"]


class TestKeychain:
    def test_it_knows_googles_hosts_only(self, engine, server, credentials, key):
        credentials(account(server, key))
        keychain = google.GoogleKeychain()
        with pyggcr.use_engine(engine):
            for host in ("gcr.io", "eu.gcr.io", "europe-docker.pkg.dev", "x.google.com"):
                found = keychain.resolve(name.new_repository(f"{host}/team/app"))
                assert found.authorization().password == "secret-1"
            for host in ("ghcr.io", "gcr.io.example.com", "pkg.dev", "google.com", "xgcr.io"):
                assert keychain.resolve(name.new_registry(host)) is authn.ANONYMOUS
        assert len(server.forms) == 1

    def test_gcloud_is_the_second_choice(self, engine, credentials, home):
        credentials("{}")
        write_gcloud(
            home / "bin",
            f'echo \'{{"credential":{{"access_token":"users","token_expiry":"{IN_A_DAY}"}}}}\'',
        )
        with pyggcr.use_engine(engine):
            found = google.GoogleKeychain().resolve(name.new_registry("gcr.io"))
        assert found.authorization().password == "users"

    def test_what_was_found_is_kept_also_if_it_was_nothing(self, engine, server, credentials, key):
        credentials("{}")
        keychain = google.GoogleKeychain()
        registry = name.new_registry("gcr.io")
        with pyggcr.use_engine(engine):
            assert keychain.resolve(registry) is authn.ANONYMOUS
            credentials(account(server, key))
            assert keychain.resolve(registry) is authn.ANONYMOUS
            assert google.GoogleKeychain().resolve(registry) is not authn.ANONYMOUS

    def test_nothing_shows_a_secret(self, server, credentials, key):
        credentials(account(server, key))
        found = google.new_env_authenticator(engine="python")

        assert "secret-1" not in repr(found) + repr(google.Token("secret-1"))
        assert repr(google.KEYCHAIN) == "google.KEYCHAIN"
