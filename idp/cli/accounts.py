"""`idp accounts`: customers and operators."""

import sys
from typing import Any

import click

from idp.accounts.account import Account, Role
from idp.administration import accounts as administration
from idp.administration.accounts import NewAccount, check_password, get_account, new_password
from idp.administration.refusal import Refused
from idp.cli.answer import Answer, lines, moment, operator_command
from idp.cli.installation import Installation, open_installation
from idp.credentials.store import has_active_otp

_password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input; without it, one is generated."
)


_ROLE = click.Choice([role.value for role in Role])


@click.group()
def command() -> None:
    """Create, look up, lock and help accounts. ACCOUNT is an id, a login email or a login name."""


@command.command("create")
@click.option("--email", required=True)
@click.option("--name", help="Full name.")
@click.option("--phone", help="Mobile number with its country code.")
@click.option("--login-name", help="A second way to name the account when signing in.")
@click.option("--locale", help="Language of messages, such as en or cs.")
@click.option("--email-verified", is_flag=True, help="The address was proven in another way.")
@click.option("--phone-verified", is_flag=True, help="The number was proven in another way.")
@click.option("--role", "roles", multiple=True, type=_ROLE, help="May do this as an operator; repeat for several.")
@_password_stdin
@operator_command
async def create(
    password_stdin: bool,
    name: str | None,
    locale: str | None,
    roles: tuple[str, ...],
    **options: Any,  # noqa: ANN401
) -> Answer:
    """Create an account; prints the generated password once."""
    async with open_installation() as installation:
        wanted = NewAccount(
            locale=locale or installation.settings.default_locale,
            profile={"name": name} if name else {},
            roles=tuple(Role(role) for role in roles),
            **options,
        )
        password, shown = _read_password(installation, password_stdin, wanted.email, name or "")
        password_hash = await installation.hash_password(password)
        origin = installation.origin()
        async with installation.database.writing() as db:
            account = await administration.create_account(db, wanted, password_hash, origin=origin)
    data = {"account_id": account.id, "email": account.login_email, **({"password": shown} if shown else {})}
    once = f"{shown}   (shown this once)" if shown else ""
    return Answer(data, lines([("account", account.id), ("email", account.login_email), ("password", once)]))


@command.command("show")
@click.argument("account")
@operator_command
async def show(account: str) -> Answer:
    """Show one account; nothing secret is among it."""
    async with open_installation() as installation, installation.database.reading() as db:
        found = await get_account(db, account)
        data = _account_data(found) | {"otp": await has_active_otp(db, found.id)}
    return Answer(data, lines([(name, _shown(name, value)) for name, value in data.items()]))


@command.command("set-password")
@click.argument("account")
@_password_stdin
@operator_command
async def set_password(account: str, password_stdin: bool) -> Answer:
    """Set a new password and end every session; prints the generated password once."""
    async with open_installation() as installation:
        async with installation.database.reading() as db:
            found = await get_account(db, account)
        password, shown = _read_password(installation, password_stdin, found.login_email, found.display_name)
        password_hash = await installation.hash_password(password)
        keys, origin = installation.master_keys, installation.origin()
        async with installation.database.writing() as db:
            ended = await administration.set_password(db, keys, found, password_hash, origin=origin)
    data = {"account_id": found.id, "sessions_ended": ended, **({"password": shown} if shown else {})}
    text = f"The password of {found.login_email} is set; {ended} sessions ended."
    return Answer(data, text + (f"\npassword  {shown}   (shown this once)" if shown else ""))


@command.command("set-roles")
@click.argument("account")
@click.argument("roles", nargs=-1, type=_ROLE)
@operator_command
async def set_roles(account: str, roles: tuple[str, ...]) -> Answer:
    """Say what an operator may do from now on; without ROLES, nothing any more."""
    async with open_installation() as installation:
        origin = installation.origin()
        async with installation.database.writing() as db:
            found = await get_account(db, account)
            await administration.set_roles(db, found, tuple(Role(role) for role in roles), origin=origin)
    words = ", ".join(roles) or "no operator"
    return Answer({"account_id": found.id, "roles": list(roles)}, f"{found.login_email} is {words} from now on.")


@command.command("lock")
@click.argument("account")
@click.option("--reason", default="locked by an operator", show_default=True, help="For the record, not for the owner.")
@operator_command
async def lock(account: str, reason: str) -> Answer:
    """Refuse every login, end every session and revoke every token."""
    async with open_installation() as installation:
        keys, origin = installation.master_keys, installation.origin()
        async with installation.database.writing() as db:
            found = await get_account(db, account)
            ended = await administration.lock_account(db, keys, found, reason=reason[:200], origin=origin)
    data = {"account_id": found.id, "status": "locked", "sessions_ended": ended}
    return Answer(data, f"{found.login_email} is locked; {ended} sessions ended.")


@command.command("unlock")
@click.argument("account")
@operator_command
async def unlock(account: str) -> Answer:
    """Let the owner sign in again."""
    async with open_installation() as installation:
        origin = installation.origin()
        async with installation.database.writing() as db:
            found = await get_account(db, account)
            await administration.unlock_account(db, found, origin=origin)
    return Answer({"account_id": found.id, "status": "active"}, f"{found.login_email} may sign in again.")


@command.command("end-sessions")
@click.argument("account")
@operator_command
async def end_sessions(account: str) -> Answer:
    """Sign the account out everywhere: browsers and applications."""
    async with open_installation() as installation:
        keys, origin = installation.master_keys, installation.origin()
        async with installation.database.writing() as db:
            found = await get_account(db, account)
            ended = await administration.end_sessions(db, keys, found, origin=origin)
    return Answer({"account_id": found.id, "sessions_ended": ended}, f"{ended} sessions ended.")


def _read_password(installation: Installation, from_stdin: bool, email: str, name: str) -> tuple[str, str | None]:
    """The password, and what of it is shown: a typed one is not. Raises `Refused`."""
    if not from_stdin:
        password = new_password()
        return password, password
    password = sys.stdin.readline().rstrip("\n")
    if not password:
        raise Refused("There is no password on standard input.")
    settings = installation.settings
    context = (email, name, settings.brand, settings.company)
    check_password(password, minimum=settings.password_minimum_length, context=context)
    return password, None


def _account_data(account: Account) -> dict[str, Any]:
    return {
        "account_id": account.id,
        "status": account.status.value,
        "status_reason": account.status_reason,
        "email": account.login_email,
        "email_verified_at": account.email_verified_at,
        "login_name": account.login_name,
        "phone": account.phone,
        "phone_verified_at": account.phone_verified_at,
        "name": account.profile.get("name"),
        "locale": account.locale,
        "roles": list(account.roles),
        "created_at": account.created_at,
        "updated_at": account.updated_at,
    }


def _shown(name: str, value: Any) -> str:  # noqa: ANN401 - any column
    if name.endswith("_at"):
        return moment(value)
    if isinstance(value, list):
        return " ".join(value)
    return {True: "yes", False: "no", None: ""}.get(value, str(value)) if not isinstance(value, str) else value
