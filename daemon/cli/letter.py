"""`letter`: what a customer is written, before anybody is written to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import Config, app, computing, instant, office, settings_of
from daemon.cli.due import cell
from rules.entitlement import Drawn, entitle
from rules.model import Channel, Entitlement, Playbook, Request, Uncovered
from rules.requests import Refused

if TYPE_CHECKING:
    from daemon.letters import Letter
    from storage.store import Transaction


@app.command()
def letter(
    id: Annotated[
        int, typer.Argument(min=0, max=2**63 - 1, help="A request; else one is invented.")
    ] = 0,
    language: Annotated[
        str, typer.Option("--language", help="hr, bs, sr, sr-Cyrl, sl, de or en.")
    ] = "",
    severity: Annotated[
        str, typer.Option("--severity", help="This and what follows: of an invented request.")
    ] = "minor",
    plan: Annotated[str, typer.Option("--plan")] = "basic",
    received: Annotated[
        str, typer.Option("--received", help="ISO 8601; policy time if no offset. Else now.")
    ] = "",
    uncovered: Annotated[
        list[str] | None,
        typer.Option("--uncovered", help="Why it is not covered, like credits; may be repeated."),
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="As HTML, in place of plain text.")] = False,
    config: Config = None,
) -> None:
    """Show the receipt of a request, or of an invented one; nothing is sent."""
    from channels.mail.letter import as_html, as_text

    _check_language(language)
    if id:
        found = _of_request(id, language, config)
    else:
        found = _invented(language, severity, plan, received, uncovered or [], config)
    if html:
        print(as_html(found.text, found.subject), end="")
    else:
        print(f"Subject: {found.subject}\n\n{as_text(found.text)}", end="")


def _check_language(language: str) -> None:
    from daemon.letters.words import LANGUAGES

    if language and language not in LANGUAGES:
        raise Refused(f"no letter is in {language!r}; there are: {', '.join(LANGUAGES)}")


def _of_request(id: int, language: str, config: Config) -> "Letter":
    with office(config) as at:
        request = at.store.read(lambda tx: at.desk.request(tx, id))
        granted = at.store.read(lambda tx: _granted(tx, request, at.playbook))
        return at.notices.letter(replace(request, language=language or request.language), granted)


def _granted(tx: "Transaction", request: Request, playbook: Playbook) -> Entitlement:
    """What its contract grants it, with the credits that others have drawn until now."""
    from daemon.known import drawn_on
    from rules.contracts import match
    from rules.policies import local_day, of_request

    day = local_day(request.received_at, playbook)
    contract = tx.contracts.get(request.contract_id) if request.contract_id is not None else None
    rooms = contract.chats if contract and request.channel is Channel.CHAT else None
    matches = match(request.sender, day, [contract], by_key=True, rooms=rooms) if contract else ()
    drawn = drawn_on(tx, contract, day) if contract else Drawn()
    own = sum(credit.amount for credit in tx.credits.of_request(request.id))
    others = Drawn(drawn.this_month - own, drawn.today - own)
    policy = of_request(playbook, request).policy
    found = entitle(
        next(iter(matches), None), day, request.channel, request.severity, others, policy
    )
    return replace(found, uncovered=()) if request.covered else found


def _invented(
    language: str, severity: str, plan: str, received: str, uncovered: Sequence[str], config: Config
) -> "Letter":
    from daemon import parts
    from daemon.letters.invented import invented
    from daemon.notices import Notices

    settings = settings_of(config, demo=True)
    playbook = parts.playbook(settings)
    name, level = cell(playbook, plan, severity)
    received_at = instant(received, playbook.policy.zone) if received else parts.now()
    reasons = [_reason_called(reason) for reason in uncovered]
    with computing():
        request, granted = invented(
            playbook, language or playbook.language, level, name, received_at, reasons
        )
    return Notices(playbook, b"", settings.letters.folder).letter(request, granted)


def _reason_called(name: str) -> Uncovered:
    if name not in list(Uncovered):
        raise Refused(f"no reason is called {name!r}; there are: {', '.join(Uncovered)}")
    return Uncovered(name)
