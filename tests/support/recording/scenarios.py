"""The commands that are run: what there is to ask the command line.

Every verb and most options, with the errors that users make. How they are run is ``commands``'.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["DIGEST", "GZIP", "HELP", "SCENARIOS", "Scenario", "Step"]

DIGEST = "sha256:bd8861b9c762dc7979957da961dfc243cdf626c0366ac0aec7d3efb2afd79c42"
GZIP = "data/docker/28.5.2-containerd-store/app-tag.tar"
PLAIN = "data/docker/25.0.2/app-tag.tar"
OLD = "data/docker/24.0.7/app-tag.tar"
MULTI = "data/docker/28.5.2/multi.tar"
TWO_TAGS = "data/docker/25.0.2/twotags.tar"
PLATFORMS = "data/docker/28.5.2-containerd-store/multiplatform.tar"
MIXED = "data/docker/28.5.2-containerd-store/app-loaded-from-24.tar"
NOT_AN_IMAGE = "data/tar/archives/gnu.tar"


@dataclass(frozen=True)
class Step:
    """One command: its arguments, separated by spaces, of which ``{host}`` is the registry.

    Attributes:
        stdin: a text, or the path of a file of the scenario's folder after ``<``.
        log: whether standard error is a log, whose lines come in any order.
        unordered: whether standard output has lines in any order: Go's registry lists
            repositories in that of a map.
        prepare: files to write first, by name.
    """

    line: str
    stdin: str = ""
    log: bool = False
    unordered: bool = False
    prepare: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """Steps that share a folder; ``needs`` is ``registry``, ``daemon`` or nothing."""

    name: str
    steps: tuple[Step, ...]
    needs: str = ""


def _steps(text: str) -> tuple[Step, ...]:
    return tuple(Step(line.strip()) for line in text.strip().splitlines())


_READING = f"""
    engines
    version
    --version
    inspect {GZIP}
    inspect {PLAIN}
    inspect {PLAIN} --json
    inspect {OLD} --json
    inspect {MIXED} --json
    inspect {MULTI}
    inspect {MULTI} --tag dup:1
    inspect {MULTI} --tag dup:1 --json
    inspect {TWO_TAGS} --json
    inspect {PLATFORMS} --json
    inspect {NOT_AN_IMAGE}
    inspect missing.tar
    inspect data
    inspect oci:data
    inspect docker-archive:{GZIP}
    inspect docker-archive:{GZIP}:app:1 --json
    inspect docker-archive:{MULTI}:dup:1 --json
    inspect docker-archive:{MULTI}:@0 --json
    inspect docker-archive:{MULTI}:@9
    inspect oci-archive:{GZIP} --json
    inspect oci-archive:{PLATFORMS}
    inspect dir:somewhere
    inspect containers-storage:app
    inspect --no-such-option
    inspect
    nosuchcommand
    digest {GZIP}
    digest {PLAIN}
    digest {PLAIN} --json
    digest {MIXED}
    digest {MULTI}
    digest {MULTI} --tag dup:1
    digest {MULTI} --tag nosuch:1
    digest {MULTI} --tag UPPER:1
    digest {PLAIN} --gzip-profile go1.26
    digest {PLAIN} --gzip-profile go1.27
    digest {PLAIN} --gzip-profile go1.0
    digest --tarball {GZIP}
    digest --tarball {GZIP} app:1
    digest --tarball {GZIP} --full-ref
    digest --tarball {GZIP} --daemon
    digest --engine rust {GZIP}
    digest
    digest {NOT_AN_IMAGE}
    digest ./nothing
    digest oci-archive:{PLAIN}
    manifest {GZIP}
    manifest {PLAIN}
    manifest {PLAIN} --json
    manifest {MULTI} --tag dup:1
    manifest docker-archive:{PLAIN}
    manifest missing.tar
    config {GZIP}
    config {PLAIN}
    config {PLAIN} --json
    config {MULTI} --tag dup:1 --json
    config {NOT_AN_IMAGE} --json
    layers {GZIP}
    layers {PLAIN}
    layers {PLAIN} --json
    layers {OLD}
    layers {MIXED}
    layers {MULTI} --tag dup:1
    layers missing.tar
    validate {GZIP}
    validate {PLAIN}
    validate {PLAIN} --fast
    validate {PLAIN} --json
    validate {OLD}
    validate {MIXED}
    validate {MIXED} --json
    validate --tarball {PLAIN} --timeout 60
    validate {MULTI}
    validate {MULTI} --tag dup:1
    validate {PLATFORMS}
    validate missing.tar
    validate {PLAIN} --timeout 0
    validate
    validate oci-archive:{GZIP}
"""

_DIFF = f"""
    differential {GZIP}
    differential {PLAIN}
    differential {PLAIN} --json
    differential {MULTI}
    differential {MULTI} --tag dup:1 --json
    differential {PLAIN} --gzip-profile go1.26
    differential {NOT_AN_IMAGE}
    differential missing.tar
    differential
    differential {PLAIN} --seed 1
    differential --generate 3 {PLAIN}
    differential oci-archive:{GZIP}
"""

_DOCTOR = f"""
    doctor {GZIP}
    doctor {PLAIN}
    doctor {PLAIN} --json
    doctor {PLAIN} --digests
    doctor {PLAIN} --deep --digests --json
    doctor {MIXED}
    doctor {MIXED} --fail-on error
    doctor {MIXED} --fail-on info --deep
    doctor {PLATFORMS} --deep
    doctor {MULTI} --for go-containerregistry=0.18
    doctor {MULTI} --for go-containerregistry=0.20 --json
    doctor {PLAIN} --for nosuchtool=1
    doctor {PLAIN} --for skopeo=x
    doctor data/docker
    doctor data/docker --json
    doctor data/docker --sarif -
    doctor data/docker --junit -
    doctor data/docker --sarif out.sarif --junit out.xml --deep
    doctor {PLAIN} --sarif nowhere/out.sarif
    doctor {PLAIN} --sarif - --junit -
    doctor {PLAIN} --sarif - --json
    doctor {NOT_AN_IMAGE} missing.tar {PLAIN}
    doctor {NOT_AN_IMAGE} --json
    doctor docker-archive:{PLAIN}
    doctor oci-archive:{GZIP} --json
    doctor
    doctor --min-engine 25 {PLAIN}
    doctor --engine-check {PLAIN}
    doctor {PLAIN} --timeout 60
"""

_REPAIR = f"""
    repair {MIXED} mixed.tar
    validate mixed.tar
    doctor mixed.tar
    inspect mixed.tar --json
    repair {PLAIN} gzip.tar --compression gzip
    repair {PLAIN} plain.tar --compression plain --json
    repair {OLD} old.tar
    repair {MULTI} multi.tar
    repair {MULTI} one.tar --tag dup:1 --json
    repair {MULTI} none.tar --tag nosuch:1
    repair {PLATFORMS} platforms.tar --json
    repair {NOT_AN_IMAGE} no.tar
    repair missing.tar no.tar
    repair {PLAIN} nowhere/no.tar
    repair mixed.tar mixed.tar
    repair {PLAIN} out.tar --compression zip
"""

_EXPORT = f"""
    export {GZIP} gzip.tar
    export {PLAIN} plain.tar
    export {PLAIN} -
    export {OLD} old.tar
    export data/docker/25.0.2/whiteout.tar whiteout.tar
    export {MULTI} multi.tar
    export {NOT_AN_IMAGE} no.tar
    export {PLAIN} nowhere/no.tar
    export docker-archive:{PLAIN} place.tar
"""

_AUTH = (
    Step("auth login registry.example.com -u ann -p secret"),
    Step("auth get registry.example.com"),
    Step("auth get", stdin="registry.example.com\n"),
    Step("auth login docker.io -u bob --password-stdin", stdin="hidden\n"),
    Step("auth get docker.io"),
    Step("auth get index.docker.io"),
    Step("auth get other.example.com"),
    Step("auth login registry.example.com"),
    Step("auth login 'not/a registry' -u a -p b"),
    Step("auth logout registry.example.com"),
    Step("auth get registry.example.com"),
    Step("auth logout registry.example.com"),
    Step(
        "auth get token.example.com",
        prepare={
            "docker/config.json": '{"auths": {"token.example.com": {"identitytoken": "t"}, '
            '"<b>": {"auth": "eDp5"}}, "other": [1]}'
        },
    ),
    Step("auth login token.example.com -u ann -p other"),
    Step("auth get token.example.com", prepare={"docker/config.json": "{"}),
    Step("auth login token.example.com -u ann -p other"),
    Step("auth get token.example.com", prepare={"docker/config.json": "[]"}),
    Step("auth login token.example.com -u ann -p other"),
    Step(
        "auth get helped.example.com",
        prepare={"docker/config.json": '{"credHelpers": {"helped.example.com": "nosuch"}}'},
    ),
    Step("auth login helped.example.com -u ann -p other"),
    Step("auth"),
    Step("auth nosuch"),
)

_REGISTRY = (
    *_steps(
        f"""
        push {GZIP} {{host}}/team/app:1
        push {PLAIN} {{host}}/team/plain:1 --image-refs refs.txt
        push {PLAIN} {{host}}/team/plain:json --json
        push {PLAIN} {{host}}/team/plain:old --gzip-profile go1.26
        push {MIXED} {{host}}/team/mixed:1
        push {OLD} {{host}}/team/old:1
        push {MULTI} {{host}}/team/multi:1
        push docker-archive:{MULTI}:dup:1 {{host}}/team/dup:1
        push oci-archive:{GZIP} {{host}}/team/oci:1
        push {NOT_AN_IMAGE} {{host}}/team/no:1
        push missing.tar {{host}}/team/no:1
        push {GZIP} {{host}}/UPPER:1
        push {GZIP}
        digest {{host}}/team/app:1
        digest docker://{{host}}/team/app:1
        digest --full-ref {{host}}/team/app:1
        digest {{host}}/team/app:1 --json
        digest {{host}}/team/app:1 --platform linux/arm64
        digest {{host}}/team/app:1 --platform all
        digest {{host}}/team/app:1 --platform a/b/c/d
        digest {{host}}/team/app:nosuch
        digest {{host}}/nosuch/app:1
        manifest {{host}}/team/app:1
        manifest {{host}}/team/app:1 --json
        manifest {{host}}/team/app:nosuch
        config {{host}}/team/app:1
        config {{host}}/team/app:1 --json
        config {{host}}/team/app:nosuch
        inspect docker://{{host}}/team/app:1
        inspect docker://{{host}}/team/app:1 --json
        layers docker://{{host}}/team/app:1
        layers docker://{{host}}/team/app:nosuch
        validate --remote {{host}}/team/app:1
        validate docker://{{host}}/team/mixed:1 --json
        validate --remote {{host}}/team/app:1 --fast --json
        validate {PLAIN} --remote {{host}}/team/app:1
        validate --remote {{host}}/team/app:nosuch
        ls {{host}}/team/plain
        ls {{host}}/team/plain --full-ref
        ls {{host}}/team/plain --json
        ls {{host}}/nosuch
        tag {{host}}/team/app:1 two
        tag {{host}}/team/app:1 sha256-0123.sig
        tag {{host}}/team/app:1 not/a/tag
        tag {{host}}/team/app:nosuch three
        ls -O {{host}}/team/app
        copy {{host}}/team/app:1 {{host}}/copy/app:1
        cp {{host}}/team/app:1 {{host}}/copy/app:2
        copy --no-clobber {{host}}/team/app:1 {{host}}/copy/app:2
        copy --all-tags --jobs 1 {{host}}/team/app {{host}}/copy/all
        copy --all-tags --no-clobber --jobs 1 {{host}}/team/app {{host}}/copy/all
        copy {{host}}/team/nosuch:1 {{host}}/copy/app:3
        ls {{host}}/copy/all
        blob {{host}}/team/app@sha256:0000000000000000000000000000000000000000000000000000000000000000
        blob {{host}}/team/app:1
        pull {{host}}/team/app:1 app.tar
        inspect app.tar --json
        pull {{host}}/team/app:1 {{host}}/team/plain:1 both.tar
        pull --format legacy {{host}}/team/app:1 legacy.tar
        pull --format legacy {{host}}/team/app:1 {{host}}/team/app:two legacy2.tar
        pull --format oci {{host}}/team/app:1 layout
        pull --format oci {{host}}/team/plain:1 layout
        pull --format oci --annotate-ref {{host}}/team/plain:1 annotated
        pull --format tarball {{host}}/team/mixed:1 mixed.tar -c cache
        pull {{host}}/team/mixed:1 mixed2.tar --cache_path cache
        pull {{host}}/team/app:nosuch no.tar
        pull {{host}}/team/app:1 nowhere/no.tar
        pull {{host}}/team/app:1
        pull --format rar {{host}}/team/app:1 no.tar
        pull --to-daemon --format oci {{host}}/team/app:1
        push annotated {{host}}/team/layout:1
        push layout {{host}}/team/layout:2
        push --index layout {{host}}/team/layout:index
        digest {{host}}/team/layout:index
        manifest {{host}}/team/layout:index
        digest {{host}}/team/layout:index --platform linux/amd64
        digest {{host}}/team/layout:index --platform plan9/mips
        config {{host}}/team/layout:index
        config {{host}}/team/layout:index --platform plan9/mips
        validate --remote {{host}}/team/layout:index
        validate --remote {{host}}/team/layout:index --platform linux/amd64 --json
        pull --format oci {{host}}/team/layout:index index-layout
        pull {{host}}/team/layout:index index.tar
        copy {{host}}/team/layout:index {{host}}/copy/index:1
        copy --platform linux/amd64 {{host}}/team/layout:index {{host}}/copy/index:2
        inspect oci:layout
        inspect oci:annotated --json
        inspect oci:layout:@1 --json
        doctor layout annotated index-layout --deep --json
        doctor oci:annotated
        repair layout repaired.tar --json
        repair annotated repaired-annotated.tar --compression gzip
        validate oci:annotated
        export {{host}}/team/app:1 files.tar
        export {{host}}/team/app:1
        export {{host}}/team/app:nosuch no.tar
        export oci:annotated files2.tar
        auth token {{host}}/team/app
        delete {{host}}/team/app:two
        ls {{host}}/team/app
        delete {{host}}/team/app:nosuch
        delete {{host}}/team/app@sha256:0000000000000000000000000000000000000000000000000000000000000000
        digest 127.0.0.1:1/app:1
        push {GZIP} {{host}}/team/app:1 --insecure --allow-nondistributable-artifacts
        """  # noqa: E501  (digests are long)
    ),
    Step("export - -", stdin=f"<{PLAIN}"),
    Step("export - from-stdin.tar", stdin=f"<{OLD}"),
    Step("export - no.tar", stdin="nothing\n"),
    Step("digest {host}/team/app:1 --verbose", log=True),
    Step("-v manifest {host}/team/plain:1", log=True),
    Step("push {host} --verbose", log=True),
    Step("catalog {host}", unordered=True),
    Step("catalog {host} --full-ref", unordered=True),
)

# The digest of the config of GZIP, and of its first layer: blobs that ``blob`` can print.
_BLOBS = (
    Step(f"push {GZIP} {{host}}/team/app:1"),
    Step("blob {host}/team/app@{config}"),
    Step("blob {host}/team/app@{layer}"),
    Step("blob {host}/team/app@{layer} --verbose", log=True),
    Step("digest {host}/team/app@{digest}"),
    Step("delete {host}/team/app@{digest}"),
    Step("digest {host}/team/app@{digest}"),
    Step("ls {host}/team/app"),
)

_DAEMON = _steps(
    """
    digest --daemon app:1
    digest docker-daemon:app:1 --json
    digest --daemon nosuch:1
    digest --daemon UPPER:1
    manifest --daemon app:1
    config --daemon app:1
    config docker-daemon:nosuch:1
    inspect --daemon app:1
    inspect docker-daemon:app:1 --json
    inspect docker-daemon:dup:1 --tag other:1
    layers docker-daemon:app:1
    validate --daemon app:1
    validate docker-daemon:dup:1 --json
    validate --daemon --remote app:1
    diff --daemon app:1
    doctor --daemon app:1
    doctor docker-daemon:app:1 --json --deep
    doctor docker-daemon:nosuch:1
    doctor --engine-check
    doctor --engine-check --json
    doctor --engine-check --min-engine 26
    doctor --engine-check --min-engine x
    doctor --engine-check --junit -
    export docker-daemon:app:1 files.tar
"""
)

_DAEMON_AND_REGISTRY = _steps(
    """
    push --daemon app:1 {host}/team/app:1
    push docker-daemon:dup:1 {host}/team/dup:1 --json
    push --daemon nosuch:1 {host}/team/no:1
    pull --to-daemon {host}/team/app:1
    pull --to-daemon {host}/team/app:1 {host}/team/dup:1
    pull --to-daemon {host}/team/nosuch:1
    digest docker-daemon:{host}/team/app:1
    """
)

_NO_DAEMON = _steps(
    """
    digest --daemon app:1
    doctor --engine-check
    doctor --engine-check --json
    inspect docker-daemon:app:1
    """
)

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("reading", _steps(_READING)),
        Scenario("diff", _steps(_DIFF)),
        Scenario("doctor", _steps(_DOCTOR)),
        Scenario("repair", _steps(_REPAIR)),
        Scenario("export", _steps(_EXPORT)),
        Scenario("auth", _AUTH),
        Scenario("registry", _REGISTRY, "registry"),
        Scenario("blobs", _BLOBS, "registry"),
        Scenario("daemon", _DAEMON, "daemon"),
        Scenario("daemon-and-registry", _DAEMON_AND_REGISTRY, "daemon registry"),
        Scenario("no-daemon", _NO_DAEMON),
    )
}

# Commands whose help is recorded; "" is that of the program.
HELP = (
    "",
    *("engines", "inspect", "validate", "digest", "manifest", "config", "layers", "pull", "push"),
    *("copy", "cp", "ls", "catalog", "tag", "delete", "blob", "export", "auth", "auth login"),
    *(
        "auth logout",
        "auth get",
        "auth token",
        "registry",
        "registry serve",
        "differential",
        "doctor",
    ),
    *("repair", "bench", "version"),
)
