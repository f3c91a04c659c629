"""The commands of crane v0.22.1 and their flags; written by ``python -m tools.crane_table``.

The texts are crane's and cobra's own, under the Apache License 2.0. Do not edit.
"""
# ruff: noqa: E501, Q000
# fmt: off

from __future__ import annotations

from pyggcr.cli.crane.commands import Command, Flag

__all__ = ["ROOT", "VERSION"]

VERSION = "v0.22.1"

ROOT = Command(
    'crane',
    short='Crane is a tool for managing container images',
    persistent=(
        Flag('allow-nondistributable-artifacts', 'Allow pushing non-distributable (foreign) layers', 'bool', default='false', no_value='true'),
        Flag('insecure', 'Allow image references to be fetched without TLS', 'bool', default='false', no_value='true'),
        Flag('platform', 'Specifies the platform in the form os/arch[/variant][:osversion] (e.g. linux/amd64).', 'platform', default='all'),
        Flag('verbose', 'Enable debug logs', 'bool', shorthand='v', default='false', no_value='true'),
    ),
    commands=(
        Command(
            'append',
            short='Append contents of a tarball to a remote image',
            long=(
                'This sub-command pushes an image based on an (optional)\n'
                'base image, with appended layers containing the contents of the\n'
                'provided tarballs.\n'
                '\n'
                'If the base image is a Windows base image (i.e., its config.OS is "windows"),\n'
                'the contents of the tarballs will be modified to be suitable for a Windows\n'
                'container image.'
            ),
            arguments='unknown command',
            flags=(
                Flag('base', 'Name of base image to append to', 'string', shorthand='b', exclusive=('oci-empty-base base',)),
                Flag('new_layer', 'Path to tarball to append to image', 'stringSlice', shorthand='f', default='[]', required=True),
                Flag('new_tag', 'Tag to apply to resulting image', 'string', shorthand='t', required=True),
                Flag('oci-empty-base', 'If true, empty base image will have OCI media types instead of Docker', 'bool', default='false', no_value='true', exclusive=('oci-empty-base base',)),
                Flag('output', 'Path to new tarball of resulting image', 'string', shorthand='o'),
                Flag('set-base-image-annotations', 'If true, annotate the resulting image as being based on the base image', 'bool', default='false', no_value='true'),
            ),
        ),
        Command(
            'auth',
            short='Log in or access credentials',
            arguments='unknown command',
            commands=(
                Command(
                    'get [REGISTRY_ADDR]',
                    short='Implements a credential helper',
                    example=(
                        '  # Read configured credentials for reg.example.com\n'
                        '  $ echo "reg.example.com" | crane auth get\n'
                        '  {"Username":"AzureDiamond","Secret":"hunter2"}\n'
                        '  # or\n'
                        '  $ crane auth get reg.example.com\n'
                        '  {"Username":"AzureDiamond","Secret":"hunter2"}'
                    ),
                    arguments='accepts at most 1 arg(s)',
                ),
                Command(
                    'login [OPTIONS] [SERVER]',
                    short='Log in to a registry',
                    example=(
                        '  # Log in to reg.example.com\n'
                        '  crane auth login reg.example.com -u AzureDiamond -p hunter2'
                    ),
                    arguments='accepts 1 arg(s)',
                    flags=(
                        Flag('password', 'Password', 'string', shorthand='p'),
                        Flag('password-stdin', 'Take the password from stdin', 'bool', default='false', no_value='true'),
                        Flag('username', 'Username', 'string', shorthand='u'),
                    ),
                ),
                Command(
                    'logout [SERVER]',
                    short='Log out of a registry',
                    example=(
                        '  # Log out of reg.example.com\n'
                        '  crane auth logout reg.example.com'
                    ),
                    arguments='accepts 1 arg(s)',
                ),
                Command(
                    'token REPO',
                    short='Retrieves a token for a remote repo',
                    example=(
                        '# If you wanted to mount a blob from debian to ubuntu.\n'
                        '$ curl -H "$(crane auth token -H --push --mount debian ubuntu)" ...\n'
                        '\n'
                        '# To get the raw list tags response\n'
                        '$ curl -H "$(crane auth token -H ubuntu)" https://index.docker.io/v2/library/ubuntu/tags/list\n'
                    ),
                    arguments='accepts 1 arg(s)',
                    flags=(
                        Flag('header', 'Output in header format', 'bool', shorthand='H', default='false', no_value='true'),
                        Flag('mount', 'Scopes to mount from', 'stringSlice', shorthand='m', default='[]'),
                        Flag('push', 'Request push scopes', 'bool', default='false', no_value='true'),
                    ),
                ),
            ),
        ),
        Command(
            'blob BLOB',
            short='Read a blob from the registry',
            example='crane blob ubuntu@sha256:4c1d20cdee96111c8acf1858b62655a37ce81ae48648993542b7ac363ac5c0e5 > blob.tar.gz',
            arguments='accepts 1 arg(s)',
        ),
        Command(
            'catalog REGISTRY',
            short='List the repos in a registry',
            arguments='accepts 1 arg(s)',
            flags=(
                Flag('full-ref', '(Optional) if true, print the full image reference', 'bool', default='false', no_value='true'),
            ),
        ),
        Command(
            'completion',
            short='Generate the autocompletion script for the specified shell',
            long=(
                'Generate the autocompletion script for crane for the specified shell.\n'
                "See each sub-command's help for details on how to use the generated script.\n"
            ),
            arguments='unknown command',
            runnable=False,
            no_files=True,
            commands=(
                Command(
                    'bash',
                    short='Generate the autocompletion script for bash',
                    long=(
                        'Generate the autocompletion script for the bash shell.\n'
                        '\n'
                        "This script depends on the 'bash-completion' package.\n"
                        "If it is not installed already, you can install it via your OS's package manager.\n"
                        '\n'
                        'To load completions in your current shell session:\n'
                        '\n'
                        '\tsource <(crane completion bash)\n'
                        '\n'
                        'To load completions for every new session, execute once:\n'
                        '\n'
                        '#### Linux:\n'
                        '\n'
                        '\tcrane completion bash > /etc/bash_completion.d/crane\n'
                        '\n'
                        '#### macOS:\n'
                        '\n'
                        '\tcrane completion bash > $(brew --prefix)/etc/bash_completion.d/crane\n'
                        '\n'
                        'You will need to start a new shell for this setup to take effect.\n'
                    ),
                    arguments='unknown command',
                    plain_use=True,
                    no_files=True,
                    flags=(
                        Flag('no-descriptions', 'disable completion descriptions', 'bool', default='false', no_value='true'),
                    ),
                ),
                Command(
                    'fish',
                    short='Generate the autocompletion script for fish',
                    long=(
                        'Generate the autocompletion script for the fish shell.\n'
                        '\n'
                        'To load completions in your current shell session:\n'
                        '\n'
                        '\tcrane completion fish | source\n'
                        '\n'
                        'To load completions for every new session, execute once:\n'
                        '\n'
                        '\tcrane completion fish > ~/.config/fish/completions/crane.fish\n'
                        '\n'
                        'You will need to start a new shell for this setup to take effect.\n'
                    ),
                    arguments='unknown command',
                    no_files=True,
                    flags=(
                        Flag('no-descriptions', 'disable completion descriptions', 'bool', default='false', no_value='true'),
                    ),
                ),
                Command(
                    'powershell',
                    short='Generate the autocompletion script for powershell',
                    long=(
                        'Generate the autocompletion script for powershell.\n'
                        '\n'
                        'To load completions in your current shell session:\n'
                        '\n'
                        '\tcrane completion powershell | Out-String | Invoke-Expression\n'
                        '\n'
                        'To load completions for every new session, add the output of the above command\n'
                        'to your powershell profile.\n'
                    ),
                    arguments='unknown command',
                    no_files=True,
                    flags=(
                        Flag('no-descriptions', 'disable completion descriptions', 'bool', default='false', no_value='true'),
                    ),
                ),
                Command(
                    'zsh',
                    short='Generate the autocompletion script for zsh',
                    long=(
                        'Generate the autocompletion script for the zsh shell.\n'
                        '\n'
                        'If shell completion is not already enabled in your environment you will need\n'
                        'to enable it.  You can execute the following once:\n'
                        '\n'
                        '\techo "autoload -U compinit; compinit" >> ~/.zshrc\n'
                        '\n'
                        'To load completions in your current shell session:\n'
                        '\n'
                        '\tsource <(crane completion zsh)\n'
                        '\n'
                        'To load completions for every new session, execute once:\n'
                        '\n'
                        '#### Linux:\n'
                        '\n'
                        '\tcrane completion zsh > "${fpath[1]}/_crane"\n'
                        '\n'
                        '#### macOS:\n'
                        '\n'
                        '\tcrane completion zsh > $(brew --prefix)/share/zsh/site-functions/_crane\n'
                        '\n'
                        'You will need to start a new shell for this setup to take effect.\n'
                    ),
                    arguments='unknown command',
                    no_files=True,
                    flags=(
                        Flag('no-descriptions', 'disable completion descriptions', 'bool', default='false', no_value='true'),
                    ),
                ),
            ),
        ),
        Command(
            'config IMAGE',
            short='Get the config of an image',
            arguments='accepts 1 arg(s)',
        ),
        Command(
            'copy SRC DST',
            short='Efficiently copy a remote image from src to dst while retaining the digest value',
            aliases=('cp',),
            arguments='accepts 2 arg(s)',
            flags=(
                Flag('all-tags', '(Optional) if true, copy all tags from SRC to DST', 'bool', shorthand='a', default='false', no_value='true'),
                Flag('jobs', '(Optional) The maximum number of concurrent copies, defaults to GOMAXPROCS', 'int', shorthand='j', default='0'),
                Flag('no-clobber', '(Optional) if true, avoid overwriting existing tags in DST', 'bool', shorthand='n', default='false', no_value='true'),
            ),
        ),
        Command(
            'delete IMAGE',
            short='Delete an image reference from its registry',
            arguments='accepts 1 arg(s)',
        ),
        Command(
            'digest IMAGE',
            short='Get the digest of an image',
            arguments='accepts at most 1 arg(s)',
            flags=(
                Flag('full-ref', '(Optional) if true, print the full image reference by digest', 'bool', default='false', no_value='true'),
                Flag('tarball', '(Optional) path to tarball containing the image', 'string'),
            ),
        ),
        Command(
            'edit',
            short='Edit the contents of an image.',
            arguments='accepts 1 arg(s)',
            hidden=True,
            commands=(
                Command(
                    'config',
                    short="Edit an image's config file.",
                    example=(
                        "  # Edit ubuntu's config file\n"
                        '  crane edit config ubuntu\n'
                        '\n'
                        "  # Overwrite ubuntu's config file with '{}'\n"
                        "  echo '{}' | crane edit config ubuntu"
                    ),
                    arguments='accepts 1 arg(s)',
                    flags=(
                        Flag('tag', 'New tag reference to apply to mutated image. If not provided, uses original tag or pushes a new digest.', 'string', shorthand='t'),
                    ),
                ),
                Command(
                    'fs IMAGE',
                    short="Edit the contents of an image's filesystem.",
                    example=(
                        '  # Edit motd-news using $EDITOR\n'
                        '  crane edit fs ubuntu -f /etc/default/motd-news\n'
                        '\n'
                        "  # Overwrite motd-news with 'ENABLED=0'\n"
                        "  echo 'ENABLED=0' | crane edit fs ubuntu -f /etc/default/motd-news"
                    ),
                    arguments='accepts 1 arg(s)',
                    flags=(
                        Flag('filename', 'Edit the given filename', 'string', shorthand='f', required=True),
                        Flag('tag', 'New tag reference to apply to mutated image. If not provided, uses original tag or pushes a new digest.', 'string', shorthand='t'),
                    ),
                ),
                Command(
                    'manifest',
                    short="Edit an image's manifest.",
                    example=(
                        "  # Edit ubuntu's manifest\n"
                        '  crane edit manifest ubuntu'
                    ),
                    arguments='accepts 1 arg(s)',
                    flags=(
                        Flag('media-type', 'Override the mediaType used as the Content-Type for PUT', 'string', shorthand='m'),
                        Flag('tag', 'New tag reference to apply to mutated image. If not provided, uses original tag or pushes a new digest.', 'string', shorthand='t'),
                    ),
                ),
            ),
        ),
        Command(
            'export IMAGE|- TARBALL|-',
            short='Export filesystem of a container image as a tarball',
            example=(
                '  # Write tarball to stdout\n'
                '  crane export ubuntu -\n'
                '\n'
                '  # Write tarball to file\n'
                '  crane export ubuntu ubuntu.tar\n'
                '\n'
                '  # Read image from stdin\n'
                '  crane export - ubuntu.tar'
            ),
            arguments='accepts between 1 and 2 arg(s)',
        ),
        Command(
            'flatten',
            short="Flatten an image's layers into a single layer",
            arguments='accepts 1 arg(s)',
            flags=(
                Flag('tag', 'New tag to apply to flattened image. If not provided, push by digest to the original image repository.', 'string', shorthand='t'),
            ),
        ),
        Command(
            'help [command]',
            short='Help about any command',
            long=(
                'Help provides help for any command in the application.\n'
                'Simply type crane help [path to command] for full details.'
            ),
        ),
        Command(
            'index',
            short='Modify an image index.',
            arguments='accepts 1 arg(s)',
            commands=(
                Command(
                    'append',
                    short='Append manifests to a remote index.',
                    long=(
                        'This sub-command pushes an index based on an (optional) base index, with appended manifests.\n'
                        '\n'
                        'The platform for appended manifests is inferred from the config file or omitted if that is infeasible.'
                    ),
                    example=(
                        ' # Append a windows hello-world image to ubuntu, push to example.com/hello-world:weird\n'
                        '  crane index append ubuntu -m hello-world@sha256:87b9ca29151260634b95efb84d43b05335dc3ed36cc132e2b920dd1955342d20 -t example.com/hello-world:weird\n'
                        '\n'
                        '  # Create an index from scratch for etcd.\n'
                        '  crane index append -m registry.k8s.io/etcd-amd64:3.4.9 -m registry.k8s.io/etcd-arm64:3.4.9 -t example.com/etcd'
                    ),
                    flags=(
                        Flag('docker-empty-base', 'If true, empty base index will have Docker media types instead of OCI', 'bool', default='false', no_value='true'),
                        Flag('flatten', 'If true, appending an index will append each of its children rather than the index itself', 'bool', default='true', no_value='true'),
                        Flag('manifest', 'References to manifests to append to the base index', 'stringSlice', shorthand='m', default='[]'),
                        Flag('tag', 'Tag to apply to resulting image', 'string', shorthand='t'),
                    ),
                ),
                Command(
                    'filter',
                    short='Modifies a remote index by filtering based on platform.',
                    example=(
                        '  # Filter out weird platforms from ubuntu, copy result to example.com/ubuntu\n'
                        '  crane index filter ubuntu --platform linux/amd64 --platform linux/arm64 -t example.com/ubuntu\n'
                        '\n'
                        '  # Filter out any non-linux platforms, push to example.com/hello-world\n'
                        '  crane index filter hello-world --platform linux -t example.com/hello-world\n'
                        '\n'
                        '  # Same as above, but in-place\n'
                        '  crane index filter example.com/hello-world:some-tag --platform linux'
                    ),
                    arguments='accepts 1 arg(s)',
                    flags=(
                        Flag('platform', 'Specifies the platform(s) to keep from base in the form os/arch[/variant][:osversion][,<platform>] (e.g. linux/amd64).', 'platform(s)'),
                        Flag('tag', 'Tag to apply to resulting image', 'string', shorthand='t'),
                    ),
                ),
                Command(
                    'list',
                    short='List the manifests in an index.',
                    arguments='accepts 1 arg(s)',
                ),
            ),
        ),
        Command(
            'layout',
            runnable=False,
            commands=(
                Command(
                    'gc OCI-LAYOUT',
                    short='Garbage collect unreferenced blobs in a local oci-layout',
                    arguments='accepts 1 arg(s)',
                    hidden=True,
                ),
            ),
        ),
        Command(
            'ls REPO',
            short='List the tags in a repo',
            arguments='accepts 1 arg(s)',
            flags=(
                Flag('full-ref', '(Optional) if true, print the full image reference', 'bool', default='false', no_value='true'),
                Flag('omit-digest-tags', "(Optional), if true, omit digest tags (e.g., ':sha256-...')", 'bool', shorthand='O', default='false', no_value='true'),
            ),
        ),
        Command(
            'manifest IMAGE',
            short='Get the manifest of an image',
            arguments='accepts 1 arg(s)',
        ),
        Command(
            'mutate',
            short='Modify image labels and annotations. The container must be pushed to a registry, and the manifest is updated there.',
            arguments='accepts 1 arg(s)',
            flags=(
                Flag('annotation', 'New annotations to add', 'stringToString', shorthand='a', default='[]'),
                Flag('append', 'Path to tarball to append to image', 'stringSlice', default='[]'),
                Flag('cmd', 'New cmd to set', 'stringSlice', default='[]'),
                Flag('entrypoint', 'New entrypoint to set', 'stringSlice', default='[]'),
                Flag('env', 'New envvar to add', 'keyToValue', shorthand='e'),
                Flag('exposed-ports', 'New ports to expose', 'stringSlice', default='[]'),
                Flag('label', 'New labels to add', 'stringToString', shorthand='l', default='[]'),
                Flag('output', 'Path to new tarball of resulting image', 'string', shorthand='o'),
                Flag('repo', 'Repository to push the mutated image to. If provided, push by digest to this repository.', 'string'),
                Flag('set-platform', 'New platform to set in the form os/arch[/variant][:osversion] (e.g. linux/amd64)', 'string'),
                Flag('tag', 'New tag reference to apply to mutated image. If not provided, push by digest to the original image repository.', 'string', shorthand='t'),
                Flag('user', 'New user to set', 'string', shorthand='u'),
                Flag('workdir', 'New working dir to set', 'string', shorthand='w'),
            ),
        ),
        Command(
            'pull IMAGE TARBALL',
            short='Pull remote images by reference and store their contents locally',
            arguments='requires at least 2 arg(s)',
            flags=(
                Flag('annotate-ref', 'Preserves image reference used to pull as an annotation when used with --format=oci', 'bool', default='false', no_value='true'),
                Flag('cache_path', 'Path to cache image layers', 'string', shorthand='c'),
                Flag('format', 'Format in which to save images ("tarball", "legacy", or "oci")', 'string', default='tarball'),
            ),
        ),
        Command(
            'push PATH IMAGE',
            short='Push local image contents to a remote registry',
            long='If the PATH is a directory, it will be read as an OCI image layout. Otherwise, PATH is assumed to be a docker-style tarball.',
            arguments='accepts 2 arg(s)',
            flags=(
                Flag('image-refs', 'path to file where a list of the published image references will be written', 'string'),
                Flag('index', 'push a collection of images as a single index, currently required if PATH contains multiple images', 'bool', default='false', no_value='true'),
            ),
        ),
        Command(
            'rebase',
            short='Rebase an image onto a new base image',
            arguments='requires at least 1 arg(s)',
            flags=(
                Flag('new_base', 'New base image to insert', 'string'),
                Flag('old_base', 'Old base image to remove', 'string'),
                Flag('original', 'Original image to rebase (DEPRECATED: use positional arg instead)', 'string'),
                Flag('rebased', 'Tag to apply to rebased image (DEPRECATED: use --tag)', 'string'),
                Flag('tag', 'Tag to apply to rebased image', 'string', shorthand='t'),
            ),
        ),
        Command(
            'registry',
            runnable=False,
            commands=(
                Command(
                    'serve',
                    short='Serve a registry implementation',
                    long=(
                        'This sub-command serves a registry implementation on an automatically chosen port (:0), $PORT or --address\n'
                        '\n'
                        'The command blocks while the server accepts pushes and pulls.\n'
                        '\n'
                        'Contents are can be stored in memory (when the process exits, pushed data is lost.), and disk (--disk).'
                    ),
                    arguments='unknown command',
                    flags=(
                        Flag('address', 'Address to listen on', 'string'),
                        Flag('blobs-to-disk', 'Store blobs on disk on tmpdir', 'bool', default='false', no_value='true', hidden=True, deprecated='and will stop working in a future release. use --disk=$(mktemp -d) instead.'),
                        Flag('disk', 'Path to a directory where blobs will be stored', 'string'),
                    ),
                ),
            ),
        ),
        Command(
            'tag IMG TAG',
            short='Efficiently tag a remote image',
            long=(
                'Tag remote image without downloading it.\n'
                '\n'
                'This differs slightly from the "copy" command in a couple subtle ways:\n'
                '\n'
                "1. You don't have to specify the entire repository for the tag you're adding. For example, these two commands are functionally equivalent:\n"
                '```\n'
                'crane cp registry.example.com/library/ubuntu:v0 registry.example.com/library/ubuntu:v1\n'
                'crane tag registry.example.com/library/ubuntu:v0 v1\n'
                '```\n'
                '\n'
                '2. We can skip layer existence checks because we know the manifest already exists. This makes "tag" slightly faster than "copy".'
            ),
            example=(
                '# Add a v1 tag to ubuntu\n'
                'crane tag ubuntu v1'
            ),
            arguments='accepts 2 arg(s)',
        ),
        Command(
            'validate',
            short='Validate that an image is well-formed',
            arguments='unknown command',
            flags=(
                Flag('fast', 'Skip downloading/digesting layers', 'bool', default='false', no_value='true'),
                Flag('remote', 'Name of remote image to validate', 'string'),
                Flag('tarball', 'Path to tarball to validate', 'string'),
            ),
        ),
        Command(
            'version',
            short='Print the version',
            long=(
                'The version string is completely dependent on how the binary was built, so you should not depend on the version format. It may change without notice.\n'
                '\n'
                'This could be an arbitrary string, if specified via -ldflags.\n'
                'This could also be the go module version, if built with go modules (often "(devel)").'
            ),
            arguments='unknown command',
        ),
    ),
)
