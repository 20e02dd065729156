"""The command `idp`: what operators do, and the processes themselves.

Each module holds one command or one group as `command`, and is named in `COMMANDS`; it is imported when it is asked
for, so that `idp keys list` does not load a web server. May import: everything but `app` and `tables`, except where a
command runs the application.
"""

from idp.cli.commands import Commands

# The order of `idp --help`. A new command is a new line here.
COMMANDS = {
    "serve": "idp.cli.serve",
    "dev": "idp.cli.dev",
    "token": "idp.cli.token",
    "clients": "idp.cli.clients",
    "accounts": "idp.cli.accounts",
    "cases": "idp.cli.cases",
    "messages": "idp.cli.messages",
    "keys": "idp.cli.keys",
    "audit": "idp.cli.audit",
    "migrate": "idp.cli.migrate",
    "doctor": "idp.cli.doctor",
}

main = Commands(COMMANDS, name="idp", help="A standalone OAuth 2.0 / OpenID Connect identity provider.")
