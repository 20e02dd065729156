"""`idp clients`: relying parties, from `clients.yaml` or one by one."""

import os
from datetime import timedelta
from typing import Any

import click

from idp.administration import clients as administration
from idp.administration.apply import apply_file, plan_file
from idp.administration.clients import Declaration, get_registration, new_client_id, register_client
from idp.administration.clients_file import read_clients_file
from idp.cli import registration_tokens
from idp.cli.answer import Answer, lines, moment, operator_command, table
from idp.cli.client_plans import describe, plan_data
from idp.cli.installation import Installation, open_installation
from idp.clients import store
from idp.clients.client import APPLICATION_TYPES, Client


@click.group()
def command() -> None:
    """Register, change and disable the applications that people sign in to."""


command.add_command(registration_tokens.command)


@command.command("plan")
@operator_command
async def plan() -> Answer:
    """Show what `apply` would change; change nothing."""
    async with open_installation() as installation:
        declared = read_clients_file(installation.settings.clients_file)
        plans = await plan_file(installation.database, declared, environment=os.environ)
    return Answer({"clients": [plan_data(each) for each in plans]}, describe(plans))


@command.command("apply")
@click.option("--force", is_flag=True, help="Overwrite what was changed elsewhere, too.")
@operator_command
async def apply(force: bool) -> Answer:
    """Make the database what clients.yaml says, all of it or nothing."""
    async with open_installation() as installation:
        declared = read_clients_file(installation.settings.clients_file)
        applied = await apply_file(
            installation.database,
            declared,
            outbound=installation.outbound,
            environment=os.environ,
            origin=installation.origin(),
            overlap=installation.settings.client_secret_overlap,
            force=force,
            keys=installation.master_keys,
        )
    text = [describe(applied.plans)]
    text += [f"{client_id}: client_secret {secret} (shown this once)" for client_id, secret in applied.secrets.items()]
    if applied.drifted:
        text.append("What was changed elsewhere was left as it is: take it into the file, or use --force.")
    data = {"clients": [plan_data(each) for each in applied.plans], "secrets": applied.secrets}
    return Answer(data, "\n".join(text), exit_code=1 if applied.drifted else 0)


@command.command("add")
@click.option("--name", required=True, help="What people see on the sign-in and consent pages.")
@click.option("--type", "application_type", required=True, type=click.Choice(APPLICATION_TYPES))
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where codes may be sent; give it once for each.")
@click.option("--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True)
@click.option("--scope", help="What it may ask for, with spaces between: 'openid profile email'.")
@click.option("--id", "client_id", help="Its client_id; without it, a random one.")
@click.option("--first-party", is_flag=True, help="Our own application: people are not asked for consent.")
@operator_command
async def add(client_id: str | None, first_party: bool, **members: Any) -> Answer:  # noqa: ANN401 - options
    """Register one application, and print its client_id and, once, its client_secret."""
    members["client_name"] = members.pop("name")
    metadata = {name: list(value) if isinstance(value, tuple) else value for name, value in members.items() if value}
    if first_party:
        metadata["first_party"] = True
    declaration = Declaration(client_id or new_client_id(), metadata)
    async with open_installation() as installation:
        origin = installation.origin()
        async with installation.database.writing() as db:
            client, secret = await register_client(
                db, declaration, source="cli", origin=origin, keys=installation.master_keys
            )
    data = {"client_id": client.client_id, **({"client_secret": secret} if secret else {}), **metadata}
    return Answer(data, _next_steps(installation, client, secret))


@command.command("list")
@operator_command
async def list_clients() -> Answer:
    """Show every application, disabled ones too."""
    async with open_installation() as installation, installation.database.reading() as db:
        clients = [registration.client for registration in await store.list_registrations(db)]
    rows = [(each.client_id, each.client_name, each.application_type, each.status, each.source) for each in clients]
    header = ("client_id", "name", "type", "status", "source")
    return Answer([dict(zip(header, row, strict=True)) for row in rows], table(header, rows))


@command.command("show")
@click.argument("client_id")
@operator_command
async def show(client_id: str) -> Answer:
    """Show one application with its metadata. Secrets cannot be shown: only their digests are stored."""
    async with open_installation() as installation, installation.database.reading() as db:
        registration = await get_registration(db, client_id)
    client = registration.client
    data = {
        "client_id": client.client_id,
        "status": client.status,
        "source": client.source,
        "drifted": registration.has_drifted,
        "created_at": registration.created_at,
        "updated_at": registration.updated_at,
        "secrets": [{"expires_at": expires_at} for _, expires_at in client.secret_digests],
        "metadata": dict(registration.metadata),
    }
    expiries = [f"until {moment(expires_at)}" if expires_at else "valid" for _, expires_at in client.secret_digests]
    text = lines(
        [
            ("client_id", client.client_id),
            ("status", client.status),
            ("source", client.source + (" (changed elsewhere since)" if registration.has_drifted else "")),
            ("created", moment(registration.created_at)),
            ("changed", moment(registration.updated_at)),
            ("secrets", ", ".join(expiries) or "none"),
            *((name, _shown(value)) for name, value in registration.metadata.items()),
        ]
    )
    return Answer(data, text)


@command.command("disable")
@click.argument("client_id")
@operator_command
async def disable(client_id: str) -> Answer:
    """Refuse every login and every token request of one application."""
    async with open_installation() as installation:
        origin = installation.origin()
        async with installation.database.writing() as db:
            changed = await administration.disable_client(db, client_id, origin=origin)
    text = f"{client_id} is disabled." if changed else f"{client_id} was disabled already."
    return Answer({"client_id": client_id, "status": "disabled", "changed": changed}, text)


@command.command("enable")
@click.argument("client_id")
@operator_command
async def enable(client_id: str) -> Answer:
    """Admit a disabled application again."""
    async with open_installation() as installation:
        origin = installation.origin()
        async with installation.database.writing() as db:
            changed = await administration.enable_client(db, client_id, origin=origin)
    text = f"{client_id} is active." if changed else f"{client_id} was active already."
    return Answer({"client_id": client_id, "status": "active", "changed": changed}, text)


@command.command("rotate-secret")
@click.argument("client_id")
@click.option("--overlap", type=click.IntRange(min=0), help="Hours that the old secret stays valid.")
@operator_command
async def rotate_secret(client_id: str, overlap: int | None) -> Answer:
    """Print a new secret, once; the old one stays valid for an overlap."""
    async with open_installation() as installation:
        origin = installation.origin()
        lasts = installation.settings.client_secret_overlap if overlap is None else timedelta(hours=overlap)
        async with installation.database.writing() as db:
            secret = await administration.rotate_secret(
                db, client_id, overlap=lasts, origin=origin, keys=installation.master_keys
            )
    until = origin.now + int(lasts.total_seconds())
    data = {"client_id": client_id, "client_secret": secret, "old_secret_expires_at": until}
    text = f"client_secret  {secret}   (shown this once)\nThe old secret is valid until {moment(until)}."
    return Answer(data, text)


def _next_steps(installation: Installation, client: Client, secret: str | None) -> str:
    """What to write into the application's configuration, in the words that most libraries use."""
    issuer = installation.settings.issuer or "(set IDP_ISSUER)"
    pairs = [
        ("client_id", client.client_id),
        ("client_secret", f"{secret}   (shown this once)" if secret else ""),
        ("issuer", issuer),
        ("redirect URI", ", ".join(client.redirect_uris)),
        ("scope", " ".join(client.scope)),
    ]
    text = f"{client.client_name} is registered. Configure it with:\n\n{lines(pairs)}\n\n"
    if not client.redirect_uris:
        return text + f"It gets its tokens from {issuer}/token with grant_type=client_credentials."
    text += f"Its library finds everything else at {issuer}/.well-known/openid-configuration"
    if client.user_agent_binding == "required" and not client.is_public:
        text += "\nEvery token request must pass the browser's User-Agent on, in the parameter user_agent."
    return text + (" (PKCE with S256 is required)." if client.require_pkce else ".")


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
