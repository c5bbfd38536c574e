"""`slack`: the app's manifest, and whether Slack lets us do what we must."""

import asyncio
from typing import Annotated

import typer

from daemon.cli.common import Config, app, settings_of
from rules.requests import Refused

slack = typer.Typer(no_args_is_help=True, help="The app in Slack.")
app.add_typer(slack, name="slack")


@slack.command()
def manifest(
    http: Annotated[
        bool, typer.Option("--http", help="For events by HTTP at http.public_url.")
    ] = False,
    config: Config = None,
) -> None:
    """Print the manifest to make the app from, for Socket Mode unless --http."""
    from channels.slack.manifest import manifest as written

    url = ""
    if http:
        url = settings_of(config).http.public_url or ""
        if not url:
            raise Refused("http.public_url is not configured: Slack would not know where to post")
    print(written(url))


@slack.command()
def check(config: Config = None) -> None:
    """Ask Slack who we are and what we may do; exits with 1 if anything is missing."""
    from daemon.chat import doors

    found = asyncio.run(doors.check(settings_of(config)))
    for problem in found:
        print(problem)
    if found:
        raise typer.Exit(1)
    print("slack: all is as it must be")
