"""`link`: who a registered person is in a chat."""

from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import AsPerson, Config, app, local, office
from rules.requests import Refused

if TYPE_CHECKING:
    from channels.link.links import Link
    from storage.store import Transaction


@app.command()
def link(
    identity: Annotated[str, typer.Argument(help="Like slack:U0123ABC.", show_default=False)],
    address: Annotated[
        str, typer.Argument(help="A registered person's e-mail address.", show_default=False)
    ],
    person: AsPerson,
    config: Config = None,
) -> None:
    """Mail a registered person a link by which they say that they are this in a chat."""
    from daemon import parts
    from daemon.linking.identities import Linking
    from daemon.linking.letters import LinkLetters

    with office(config) as at:
        settings, public_url = at.settings, at.settings.http.public_url
        if not public_url:
            raise Refused(
                "the link needs a page that customers reach: set http.public_url"
                ' (like "https://support.acme.example")'
            )
        who = at.desk.person(person).name
        key = parts.signing_key(at.store)
        letters = LinkLetters(at.playbook, key, settings.letters.folder, public_url)
        linking, to = Linking(at.playbook), address.strip().lower()

        def work(tx: "Transaction") -> "Link":
            made, contract = linking.make(tx, identity.strip(), to, who, at.now)
            tx.outbox.post([letters.letter(made, contract, at.now)], at.now)
            return made

        made = at.store.write(work)
        until = local(made.expires_at, at.playbook.policy.zone)
        print(f"a link for {made.identity} is queued for {made.address}; it holds until {until}")
