"""The commands that gcrane v0.22.1 has and crane has not; written by tools.crane_table.

The texts are gcrane's and cobra's own, under the Apache License 2.0. Do not edit.
"""
# ruff: noqa: E501, Q000
# fmt: off

from __future__ import annotations

from pyggcr.cli.crane.commands import PROCESSORS, Command, Flag

__all__ = ["OWN", "SHORT"]

SHORT = 'gcrane is a tool for managing container images on gcr.io and pkg.dev'

OWN = (
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
                    '  $ echo "reg.example.com" | gcrane auth get\n'
                    '  {"Username":"AzureDiamond","Secret":"hunter2"}\n'
                    '  # or\n'
                    '  $ gcrane auth get reg.example.com\n'
                    '  {"Username":"AzureDiamond","Secret":"hunter2"}'
                ),
                arguments='accepts at most 1 arg(s)',
            ),
            Command(
                'login [OPTIONS] [SERVER]',
                short='Log in to a registry',
                example=(
                    '  # Log in to reg.example.com\n'
                    '  gcrane auth login reg.example.com -u AzureDiamond -p hunter2'
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
                    '  gcrane auth logout reg.example.com'
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
        'completion',
        short='Generate the autocompletion script for the specified shell',
        long=(
            'Generate the autocompletion script for gcrane for the specified shell.\n'
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
                    '\tsource <(gcrane completion bash)\n'
                    '\n'
                    'To load completions for every new session, execute once:\n'
                    '\n'
                    '#### Linux:\n'
                    '\n'
                    '\tgcrane completion bash > /etc/bash_completion.d/gcrane\n'
                    '\n'
                    '#### macOS:\n'
                    '\n'
                    '\tgcrane completion bash > $(brew --prefix)/etc/bash_completion.d/gcrane\n'
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
                    '\tgcrane completion fish | source\n'
                    '\n'
                    'To load completions for every new session, execute once:\n'
                    '\n'
                    '\tgcrane completion fish > ~/.config/fish/completions/gcrane.fish\n'
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
                    '\tgcrane completion powershell | Out-String | Invoke-Expression\n'
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
                    '\tsource <(gcrane completion zsh)\n'
                    '\n'
                    'To load completions for every new session, execute once:\n'
                    '\n'
                    '#### Linux:\n'
                    '\n'
                    '\tgcrane completion zsh > "${fpath[1]}/_gcrane"\n'
                    '\n'
                    '#### macOS:\n'
                    '\n'
                    '\tgcrane completion zsh > $(brew --prefix)/share/zsh/site-functions/_gcrane\n'
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
        'copy SRC DST',
        short='Efficiently copy a remote image from src to dst',
        aliases=('cp',),
        arguments='accepts 2 arg(s)',
        flags=(
            Flag('jobs', 'The maximum number of concurrent copies', 'int', shorthand='j', default=PROCESSORS),
            Flag('recursive', 'Whether to recurse through repos', 'bool', shorthand='r', default='false', no_value='true'),
        ),
    ),
    Command(
        'gc',
        short='List images that are not tagged',
        arguments='accepts 1 arg(s)',
        flags=(
            Flag('recursive', 'Whether to recurse through repos', 'bool', shorthand='r', default='false', no_value='true'),
        ),
    ),
    Command(
        'help [command]',
        short='Help about any command',
        long=(
            'Help provides help for any command in the application.\n'
            'Simply type gcrane help [path to command] for full details.'
        ),
    ),
    Command(
        'ls REPO',
        short='List the contents of a repo',
        arguments='accepts 1 arg(s)',
        flags=(
            Flag('json', 'Format the response from the registry as JSON, one line per repo', 'bool', default='false', no_value='true'),
            Flag('recursive', 'Whether to recurse through repos', 'bool', shorthand='r', default='false', no_value='true'),
        ),
    ),
)
