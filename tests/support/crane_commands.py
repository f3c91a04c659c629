"""The command lines that ``crane_lines`` runs: over every verb and flag of crane."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["AUTHS", "LINES", "Line"]


@dataclass(frozen=True)
class Line:
    """A command line.

    Attributes:
        text: words as a shell splits them.
        stdin: standard input.
        environment: more variables.
        before: command lines that crane runs first, both times.
        unordered: lines of output come in any order, as several threads write them.
        timed: the time of the run is in what is made.
        program: ``crane`` or ``gcrane``.
    """

    text: str
    stdin: bytes = b""
    environment: dict[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    unordered: bool = False
    timed: bool = False
    program: str = "crane"

    @property
    def needs_registry(self) -> bool:
        """Whether a registry is asked anything."""
        return any("{r}" in text for text in (self.text, *self.before))

    @property
    def copies_a_tree(self) -> bool:
        """Whether manifests are copied in the order of a Go map."""
        words = self.text.split()
        return self.program == "gcrane" and words[0] in ("copy", "cp") and "-r" in words


def _lines(text: str, **more: object) -> list[Line]:
    return [Line(it.strip(), **more) for it in text.strip().splitlines() if it.strip()]


AUTHS = '{"auths":{"reg.example.com":{"auth":"YW5uOnNlY3JldA=="}}}'

LINES = [
    # What is read, in processes of their own: these are the first twenty.
    *_lines("""
        version
        digest {r}/app:one
        manifest {r}/app:one
        config {r}/app:one
        ls {r}/app
        catalog {r}
        pull {r}/app:one out.tar
        push image.tar {r}/new:one
        copy {r}/app:one {r}/copied:one
        tag {r}/app:one again
        delete {r}/app@{digest:app:one}
        blob {r}/app@{layer:one}
        export {r}/app:one out.tar
        validate --remote {r}/app:one
        auth get {r}
        completion bash
        ls
        ls --nope
        manifest {r}/app:missing
        help ls
    """),
    *_lines("""
        digest {r}/app:index
        digest {r}/app
        digest {r}/app@{digest:app:one}
        digest --full-ref {r}/app:one
        digest {r}/app:one --full-ref
        digest --platform linux/arm/v7 {r}/app:index
        digest --platform=linux/arm/v7 --full-ref {r}/app:index
        digest --platform linux/s390x {r}/app:index
        digest --platform linux/amd64 {r}/app:one
        digest --platform all {r}/app:index
        digest {r}/app:missing
        digest --platform linux/amd64 {r}/app:missing
        digest {r}/missing
        digest "not a name"
        digest {r}/app:one extra
        digest
        digest --tarball image.tar
        digest --tarball image.tar example.com/app:one
        digest --tarball image.tar example.com/app:two
        digest --tarball image.tar "not a tag"
        digest --tarball missing.tar
        digest --tarball broken.tar
        digest --tarball=image.tar --full-ref
        digest --tarball layout
        digest --insecure {r}/app:one
        manifest {r}/app:index
        manifest {r}/app:list
        manifest --platform linux/amd64 {r}/app:index
        manifest --platform windows {r}/app:index
        manifest --platform linux/amd64 {r}/app:one
        manifest --platform linux/s390x {r}/app:index
        manifest --platform a/b/c/d {r}/app:index
        manifest {r}/app@{digest:app:oci}
        manifest {r}/app@sha256:0000
        manifest {r}/UPPER
        manifest a b
        manifest --insecure {r}/app:one
        config {r}/app:oci
        config {r}/app:index
        config --platform windows/amd64 {r}/app:index
        config --platform linux/s390x {r}/app:index
        config {r}/app:none
        config {r}/app:missing
        config {r}/app@{digest:app:one}
        config ""
        config
        ls {r}/base
        ls --full-ref {r}/app
        ls -O {r}/app
        ls --omit-digest-tags --full-ref {r}/app
        ls -O=false {r}/app
        ls --full-ref=0 {r}/app
        ls {r}/missing
        ls {r}/app:one
        ls {r}/app {r}/base
        ls --full-ref=maybe {r}/app
        ls -Ox {r}/app
        ls -- {r}/app
        ls 127.0.0.1:1/app
        catalog --full-ref {r}
        catalog {r}/
        catalog "a b"
        catalog
        catalog 127.0.0.1:1
        blob {r}/app@{config:one}
        blob {r}/app@sha256:0000000000000000000000000000000000000000000000000000000000000000
        blob {r}/app:one
        blob {r}/app@sha256:short
        blob
        validate --remote {r}/app:index
        validate --remote {r}/app:list --fast
        validate --remote {r}/app:index --platform linux/arm/v7
        validate --remote {r}/app:index --platform linux/s390x
        validate --remote {r}/app:missing
        validate --remote {r}/app:text
        validate --remote {r}/app:none
        validate --tarball image.tar
        validate --tarball image.tar --fast
        validate --tarball image.tar --remote {r}/app:one
        validate --tarball missing.tar --remote {r}/app:one
        validate --tarball broken.tar
        validate
        validate extra
        validate --remote "not a name"
    """),
    # What is pulled and exported.
    *_lines("""
        pull {r}/app:oci out.tar
        pull {r}/app@{digest:app:one} out.tar
        pull {r}/app:index out.tar
        pull --platform linux/arm/v7 {r}/app:index out.tar
        pull --platform linux/s390x {r}/app:index out.tar
        pull {r}/app:none out.tar
        pull {r}/app:text out.tar
        pull {r}/app:foreign out.tar
        pull {r}/app:one {r}/app:one out.tar
        pull --format tarball {r}/app out.tar
        pull --format legacy {r}/app:one out.tar
        pull --format legacy {r}/app:oci out.tar
        pull --format legacy {r}/app:none out.tar
        pull --format=legacy {r}/app:index out.tar
        pull --format legacy {r}/app@{digest:app:one} out.tar
        pull --format oci {r}/app:one out
        pull --format oci {r}/app:index out
        pull --format oci {r}/app:list out
        pull --format oci --platform linux/arm/v7 {r}/app:index out
        pull --format oci --annotate-ref {r}/app:one out
        pull --format oci --annotate-ref {r}/app:index out
        pull --format oci --annotate-ref {r}/app@{digest:app:one} out
        pull --format oci {r}/app:one layout
        pull --format oci {r}/app:oci layout
        pull --format oci {r}/app:none out
        pull --format oci {r}/app:missing out
        pull --format nonsense {r}/app:one out.tar
        pull --format= {r}/app:one out.tar
        pull --annotate-ref {r}/app:one out.tar
        pull -c cache {r}/app:one out.tar
        pull --cache_path cache {r}/app:oci out.tar
        pull {r}/app:missing out.tar
        pull {r}/app:one missing/out.tar
        pull {r}/app:one layout
        pull "not a name" out.tar
        pull {r}/app:one
        pull --format legacy {r}/app:one missing/out.tar
        export {r}/app:one
        export {r}/app:one -
        export {r}/app:latest out.tar
        export {r}/app:text out.tar
        export {r}/app:text -
        export {r}/app:none out.tar
        export {r}/app:index out.tar
        export --platform linux/arm/v7 {r}/app:index out.tar
        export {r}/app:one text
        export {r}/app:missing out.tar
        export {r}/app:one missing/out.tar
        export
        export a b c
        export "not a name" out.tar
    """),
    *_lines(
        """
        pull {r}/app:one {r}/app:oci out.tar
        pull {r}/app:one {r}/app:latest {r}/base:new out.tar
        pull -c cache {r}/app:latest out.tar
        pull -ccache --format oci {r}/app:one out
        """,
        unordered=True,
    ),
    Line("export - out.tar", stdin=b"no tar"),
    Line("export - -", stdin=b""),
    # What is pushed, copied, tagged, deleted.
    *_lines(
        """
        push image.tar {r}/app:pushed
        push image.tar {r}/app
        push layout {r}/new:one
        push layout {r}/new:one --index
        push several {r}/new:one
        push --index several {r}/new:one
        push nested {r}/new:index
        push odd {r}/new:odd
        push --index odd {r}/new:odd
        push nolayout {r}/new:one
        push missing.tar {r}/new:one
        push broken.tar {r}/new:one
        push image.tar "not a name"
        push image.tar {r}/new:one --image-refs refs.txt
        push --image-refs=text image.tar {r}/new:one
        push --image-refs missing/refs image.tar {r}/new:one
        push image.tar {r}/new@{digest:app:one}
        push --allow-nondistributable-artifacts image.tar {r}/new:one
        push image.tar
        push image.tar 127.0.0.1:1/new
        copy {r}/app:oci {r}/copied:oci
        copy {r}/app:index {r}/copied:index
        copy {r}/app:list {r}/copied
        cp {r}/app:one {r}/app:again
        cp {r}/app:one {r}/app:one
        copy --platform linux/arm/v7 {r}/app:index {r}/copied:arm
        copy --platform linux/s390x {r}/app:index {r}/copied:none
        copy --platform linux/amd64 {r}/app:one {r}/copied:one
        copy {r}/app@{digest:app:one} {r}/copied:one
        copy {r}/app:one {r}/copied@{digest:app:one}
        copy {r}/app:one {r}/copied@{digest:app:oci}
        copy -n {r}/app:one {r}/copied:one
        copy --no-clobber {r}/app:one {r}/app:oci
        copy -n {r}/app:one {r}/app@{digest:app:one}
        copy {r}/app:foreign {r}/copied:foreign
        copy --allow-nondistributable-artifacts {r}/app:foreign {r}/copied:foreign
        copy {r}/app:missing {r}/copied:one
        copy "not a name" {r}/copied:one
        copy {r}/app:one "not a name"
        copy {r}/app:one 127.0.0.1:1/copied
        copy -j 1 {r}/app:index {r}/copied:index
        copy --jobs=0x10 {r}/app:one {r}/copied:one
        copy -j -1 {r}/app:one {r}/copied:one
        copy -j many {r}/app:one {r}/copied:one
        copy {r}/app:one
        copy -a {r}/base {r}/copied
        copy -a -j2 {r}/app {r}/copied
        copy --all-tags --no-clobber {r}/base {r}/copied
        copy -an {r}/base {r}/base
        copy -a -n {r}/base {r}/app
        copy -a {r}/missing {r}/copied
        copy -a {r}/base:new {r}/copied
        copy -a {r}/base {r}/copied:tag
        tag {r}/app:index again
        tag {r}/app@{digest:app:oci} again
        tag {r}/app:one one
        tag {r}/app:missing again
        tag {r}/app:one "not a tag"
        tag "not a name" again
        tag {r}/app:one
        delete {r}/app:one
        delete {r}/app:missing
        delete {r}/app@sha256:0000000000000000000000000000000000000000000000000000000000000000
        delete "not a name"
        delete
        """,
        unordered=True,
    ),
    # What is made of images.
    *_lines(
        """
        append -f layer.tar -t {r}/new:one
        append -f layer.tar,layer.tgz -t {r}/new:one
        append -f layer.tar -f layer.tgz -b {r}/app:one -t {r}/new:one
        append --base {r}/app:oci --new_layer layer.tgz --new_tag {r}/app:oci
        append -b {r}/app:one -f layer.tar -t {r}/new:one --set-base-image-annotations
        append -b {r}/app@{digest:app:one} -f layer.tar -t {r}/new:one --set-base-image-annotations
        append --oci-empty-base -f layer.tar -t {r}/new:one
        append -f layer.tar -t {r}/new:one -o out.tar
        append -f layer.tar -t {r}/new:one --output=missing/out.tar
        append -f layer.tar -t example.com/new:one -o out.tar -b {r}/app:oci
        append -f empty.tar -t {r}/new:one
        append -f text -t {r}/new:one
        append -f missing.tar -t {r}/new:one
        append -f layout -t {r}/new:one
        append -f layer.tar -t "not a name"
        append -f layer.tar -t {r}/new:one -b {r}/app:missing
        append -f layer.tar -t {r}/new:one -b "not a name"
        append -b {r}/app:windows -f layer.tar -t {r}/new:one
        append -b {r}/app:windows -f text -t {r}/new:one
        append -b {r}/app:index -f layer.tar -t {r}/new:one
        append --platform linux/arm/v7 -b {r}/app:index -f layer.tar -t {r}/new:one
        append -b {r}/app:foreign -f layer.tar -t {r}/new:one
        append -f layer.tar -t 127.0.0.1:1/new
        mutate {r}/app:one
        mutate {r}/app:one -t {r}/app:new
        mutate --repo {r}/new {r}/app:one
        mutate --repo {r}/new -t {r}/app:new {r}/app:one
        mutate {r}/app:one -o out.tar
        mutate {r}/app:one --output missing/out.tar
        mutate {r}/app@{digest:app:one} --label a=b
        mutate {r}/app:one -l a=b,c=d --label e=f
        mutate {r}/app:oci -a a=b --annotation org.example=no -t {r}/app:new
        mutate {r}/app:index -a a=b
        mutate {r}/app:index -l a=b -t {r}/app:new
        mutate --platform linux/arm/v7 {r}/app:index -l a=b -t {r}/app:new
        mutate {r}/app:one -e B=2 --env A=3 -e C=
        mutate {r}/app:windows -e lower=2
        mutate {r}/app:one --entrypoint /bin/sh,-c
        mutate {r}/app:one --entrypoint=/bin/sh --cmd echo,hello
        mutate {r}/app:one --cmd '"a,b",c'
        mutate {r}/app:one -u 1000:1000 -w /srv
        mutate {r}/app:one --user root --workdir /
        mutate {r}/app:one --exposed-ports 80/tcp,443/tcp
        mutate {r}/app:one --set-platform linux/arm64/v8
        mutate {r}/app:one --set-platform windows/amd64:10.0
        mutate {r}/app:one --set-platform a/b/c/d
        mutate {r}/app:one --append layer.tar --append layer.tgz
        mutate {r}/app:one --append missing.tar
        mutate {r}/app:none -l a=b
        mutate {r}/app:nohistory --append layer.tar
        mutate {r}/app:missing -l a=b
        mutate {r}/app:missing -a a=b
        mutate "not a name"
        mutate {r}/app:one -t "not a name"
        mutate
        mutate {r}/app:one --annotation a
        rebase {r}/app:based
        rebase {r}/app:based -t {r}/app:rebased
        rebase {r}/app:based --rebased {r}/app:rebased
        rebase {r}/app:one --old_base {r}/base:old --new_base {r}/base:new -t {r}/app:rebased
        rebase {r}/app:one --old_base={r}/base:old --new_base={r}/base:old
        rebase {r}/app:one --old_base {r}/base:other --new_base {r}/base:new
        rebase {r}/app:one --new_base {r}/base:new
        rebase {r}/app:one
        rebase {r}/app:one --old_base {r}/base:missing --new_base {r}/base:new
        rebase {r}/app:one --old_base {r}/base:old --new_base {r}/base:missing
        rebase {r}/app@{digest:app:one} --old_base {r}/base:old --new_base {r}/base:new
        rebase {r}/app:index --old_base {r}/base:old --new_base {r}/base:new
        rebase --platform linux {r}/app:list --old_base {r}/base:old --new_base {r}/base:new -t x
        rebase {r}/app:nohistory --old_base {r}/base:old --new_base {r}/base:new -t {r}/app:rebased
        rebase --original {r}/app:one
        rebase --original {r}/app:one {r}/app:one
        rebase {r}/app:missing --old_base {r}/base:old --new_base {r}/base:new
        rebase "not a name"
        rebase
        index list {r}/app:index
        index list {r}/app:list
        index list {r}/app:one
        index list {r}/app:missing
        index list layout
        index list several
        index list nolayout
        index list ./missing
        index list
        index list "not a name"
        index filter {r}/app:index --platform linux/amd64
        index filter {r}/app:index --platform linux -t {r}/app:filtered
        index filter {r}/app:list --platform linux/arm64 --platform linux/amd64 --tag {r}/app:new
        index filter {r}/app:index
        index filter {r}/app@{digest:app:index} --platform windows
        index filter {r}/app:index --platform plan9
        index filter {r}/app:index --platform all
        index filter {r}/app:one --platform linux
        index filter {r}/app:missing --platform linux
        index filter {r}/app:index --platform linux -t "not a name"
        index filter "not a name" --platform linux
        index append {r}/app:index -m {r}/app:one
        index append {r}/app:index {r}/app:one {r}/base:new
        index append -m {r}/app:one -t {r}/new:index
        index append -m {r}/app:one,{r}/app:oci -t {r}/new:index --docker-empty-base
        index append {r}/app:index -m {r}/app:list -t {r}/new:index
        index append {r}/app:index -m {r}/app:list -t {r}/new:index --flatten=false
        index append {r}/app@{digest:app:index} -m {r}/app:one
        index append -m image.tar -t {r}/new:index
        index append -m several -t {r}/new:index
        index append -m nested --flatten -t {r}/new:index
        index append -m {r}/app:one
        index append
        index append {r}/app:one -m {r}/app:oci
        index append {r}/app:missing -m {r}/app:oci
        index append {r}/app:index -m {r}/app:missing
        index append {r}/app:index -m "not a name"
        index append "not a name"
        index append {r}/app:index -m {r}/app:one -t "not a name"
        index append layout -m {r}/app:oci
        index append ./fresh -m {r}/app:oci -m {r}/app:index
        index append ./fresh -m {r}/app:list --flatten=false
        index append ./fresh
        index append nolayout -m {r}/app:oci
        layout gc layout
        layout gc several
        layout gc nested
        layout gc odd
        layout gc missing
        layout gc nolayout
        layout gc
        """,
        unordered=True,
    ),
    *_lines(
        """
        flatten {r}/app:latest
        flatten {r}/app:latest -t {r}/app:flat
        flatten {r}/app:oci --tag {r}/new:flat
        flatten {r}/app:index -t {r}/app:flat
        flatten {r}/app:list -t {r}/new:flat
        flatten {r}/app@{digest:app:one}
        flatten {r}/app:none
        flatten {r}/app:nohistory
        flatten --platform linux/arm/v7 {r}/app:index -t {r}/app:flat
        flatten {r}/app:missing
        flatten "not a name"
        flatten {r}/app:one -t "not a name"
        flatten {r}/app:text
        flatten
        """,
        unordered=True,
        timed=True,
    ),
    *(
        Line(text, stdin=stdin, unordered=True)
        for stdin, texts in (
            (
                b'{"os":"linux","architecture":"amd64","config":{}}',
                (
                    "edit config {r}/app:one",
                    "edit config {r}/app:one -t {r}/app:edited",
                    "edit config {r}/app@{digest:app:one}",
                    "edit config {r}/app:oci --tag {r}/new:edited",
                    "edit config {r}/app:index -t {r}/app:edited",
                    "edit config {r}/app:missing",
                    'edit config "not a name"',
                    'edit config {r}/app:one -t "not a name"',
                    "edit config",
                ),
            ),
            (b"no JSON", ("edit config {r}/app:one", "edit manifest {r}/app:one")),
            (
                b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
                (
                    "edit manifest {r}/app:index",
                    "edit manifest {r}/app:one -t {r}/app:edited",
                    "edit manifest {r}/app@{digest:app:index}",
                    "edit manifest {r}/app:missing",
                    'edit manifest "not a name"',
                    "edit manifest",
                ),
            ),
            (
                b'{"schemaVersion":2}',
                (
                    "edit manifest {r}/app:one --tag {r}/app:edited",
                    "edit manifest {r}/app:one -m text/plain -t {r}/app:edited",
                    "edit manifest --media-type application/json {r}/app:index -t {r}/app:edited",
                ),
            ),
            (
                b"new content\n",
                (
                    "edit fs {r}/app:one -f /etc/motd",
                    "edit fs {r}/app:one --filename etc/new -t {r}/app:edited",
                    "edit fs {r}/app:oci -f a",
                    "edit fs {r}/app@{digest:app:one} -f /etc/motd",
                    "edit fs {r}/app:missing -f a",
                    "edit fs {r}/app:one -f ''",
                    "edit fs {r}/app:one",
                    "edit fs",
                ),
            ),
            (b"", ("edit fs {r}/app:one -f /empty", "append -f - -t {r}/new:one")),
        )
        for text in texts
    ),
    Line("append -f - -t {r}/new:one", stdin=b"any bytes", unordered=True),
    Line("append -f - -b {r}/app:one -t {r}/new:one -o out.tar", stdin=b"any bytes"),
    # Requests, as they go over the wire.
    *_lines("-v digest {r}/app:one\n--verbose tag {r}/app:one again"),
    # Credentials.
    *_lines("""
        auth
        auth extra
        auth get
        auth get "not a registry"
        auth get a b
        auth login reg.example.com
        auth login reg.example.com -u ann -p secret
        auth login reg.example.com -u ann
        auth login --username=ann --password=secret docker.io
        auth login "not a registry" -u ann -p secret
        auth login
        auth logout reg.example.com
        auth logout "not a registry"
        auth logout
        auth token {r}/app
        auth token "not a name"
        auth token
        auth token -H --push --mount {r}/base {r}/app
    """),
    Line("auth get", stdin=b"reg.example.com\n"),
    Line("auth get", stdin=b" index.docker.io \n"),
    Line("auth login reg.example.com -u ann --password-stdin", stdin=b"secret\r\n"),
    Line("auth login reg.example.com --password-stdin -u ann", stdin=b"a b\n\n"),
    Line("auth login reg.example.com --password-stdin", stdin=b""),
    *(
        Line(text, before=("auth login reg.example.com -u ann -p secret",))
        for text in (
            "auth get reg.example.com",
            "auth get other.example.com",
            "auth logout reg.example.com",
            "auth logout other.example.com",
            "auth login other.example.com -u bob -p hidden",
            "auth login reg.example.com -u bob -p hidden",
        )
    ),
    Line("auth get docker.io", before=("auth login docker.io -u ann -p secret",)),
    Line("auth get", stdin=b"reg.example.com", environment={"DOCKER_AUTH_CONFIG": AUTHS}),
    # Texts.
    *_lines("""
        ""
        -
        --help
        -h
        -h ls
        --version
        help
        help help
        help copy
        help nothing
        help index append
        lss
        Copy
        completions
        app
        auth --help
        auth get -h
        auth login --help
        auth logout --help
        auth token --help
        append --help
        blob --help
        catalog --help
        config --help
        copy --help
        delete --help
        digest --help
        edit --help
        edit config --help
        edit fs --help
        edit manifest --help
        export --help
        flatten --help
        index --help
        index append --help
        index filter --help
        index list --help
        layout --help
        layout gc --help
        manifest --help
        mutate --help
        pull --help
        push --help
        rebase --help
        registry --help
        registry serve --help
        tag --help
        validate --help
        version --help
        version extra
        completion
        completion nothing
        completion zsh
        completion fish
        completion powershell
        completion bash --no-descriptions
        completion zsh --no-descriptions
        completion fish --no-descriptions
        completion powershell --no-descriptions
        completion --help
        completion bash --help
        layout
        registry
        index
        index extra
        edit
        edit extra
        registry serve extra
        registry serve --address nonsense
        registry serve --address=127.0.0.1:99999
        registry serve --disk a --blobs-to-disk=maybe
        __complete ""
        __complete ls --
        __complete copy -j ""
        __completeNoDesc index ""
        __complete append -
        __complete help e
        --platform
        --platform a/b/c/d version
        -vx version
        --insecure=maybe version
        ls ---x
        ls --=x
        copy -anj=
        mutate --env novalue {r}/app:one
        mutate --label novalue {r}/app:one
        append -f a
        append -t a
        append -t a -f 'a"b'
        append -t a -f x --base b --oci-empty-base
    """),
    Line("ls -\udce9x a"),
]
