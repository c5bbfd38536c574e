"""Who a registered person is in a chat: a link mailed to them, and the page behind it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from typer.testing import CliRunner

from channels.link import page
from channels.link.links import Link, opened, token
from channels.mail.letter import as_html, as_text
from daemon.cli.commands import app
from daemon.known import gather
from daemon.letters import LinkWords
from daemon.letters.overrides import LANGUAGES_OF_FILES, file_of
from daemon.letters.templates import sections
from daemon.letters.words import LANGUAGES
from daemon.linking.identities import Linking, Stands
from daemon.linking.letters import LinkLetters
from daemon.linking.page import LinkPage
from rules import triage
from rules.decisions import Opened
from rules.model import (
    Assessment,
    Channel,
    Contract,
    ContractChange,
    Envelope,
    MailKind,
    Message,
    NoticeKind,
    RegisteredPerson,
    Severity,
    Uncovered,
)
from rules.requests import Refused
from tests.channels.ticket_door import Answer
from tests.daemon.house import CONTRACTS, ZAGREB, House, contract
from tests.daemon.offer_house import PUBLIC_URL, send, with_peer

P = "p@premium.example"
MARIA, MATRIX = "slack:U0MARIA", "matrix:@maria:premium.example"
BOTH = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)


class Links:
    """What a story does with links."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.linking = Linking(house.playbook)
        self.letters = LinkLetters(house.playbook, house.key, None, PUBLIC_URL)
        self.page = LinkPage(house.thread, self.linking, self.letters, house.key, lambda: house.now)

    def make(self, identity: str = MARIA, address: str = P) -> str:
        """Ana has a link mailed; its path, from the letter."""

        def work(tx: Any) -> None:
            made, found = self.linking.make(tx, identity, address, "ana", self.house.now)
            tx.outbox.post([self.letters.letter(made, found, self.house.now)], self.house.now)

        self.house.store.write(work)
        self.house.work()
        letter = self.house.sent(NoticeKind.LINK, address)
        found = re.search(rf"^{PUBLIC_URL}(/link/\S+)$", letter.text, re.MULTILINE)
        assert found, "the letter has no link of its own line"
        assert identity in letter.text
        return found[1]

    def get(self, path: str, method: str = "GET") -> Answer:
        return self._talk(lambda peer: peer.ask(method, path, b"", {}))

    def press(self, path: str) -> Answer:
        return self.send({"token": path.rpartition("/")[2]})

    def send(self, fields: Any) -> Answer:
        return self._talk(lambda peer: send(peer, fields, "/link"))

    def _talk(self, talk: Any) -> Answer:
        return with_peer(self.house, page.router(self.page, PUBLIC_URL), talk)

    def put(self, contracts: Sequence[Contract]) -> None:
        self.house.store.write(lambda tx: tx.contracts.put(contracts))

    def identities(self, customer: str = "Premium d.o.o.") -> list[set[str]]:
        """Of the first person of each of a customer's terms."""
        terms = self.house.store.read(lambda tx: tx.contracts.of_customer(customer))
        return [set(term.persons[0].identities) for term in terms]

    def changes(self) -> list[ContractChange]:
        return self.house.store.read(
            lambda tx: tx.contracts.changes([c.id for c in tx.contracts.all()])
        )


@pytest.fixture
def links(house: House) -> Links:
    return Links(house)


def said(answer: Answer) -> str:
    return unescape(answer.body.decode())


def refused(links: Links, path: str, words: str) -> None:
    """Looking and pressing tell why, and nothing changes."""
    before = links.identities(), links.changes()
    shown = links.get(path)
    assert words in said(shown)
    assert "<button" not in said(shown)
    pressed = links.press(path)
    assert pressed.status == 409
    assert words in said(pressed)
    assert (links.identities(), links.changes()) == before


def whose(house: House, sender: str) -> tuple[str, tuple[Uncovered, ...]]:
    """Whose a word is that is said in an unbound place."""
    envelope = Envelope(Channel.CHAT, "support", sender, sender, ("slack:D0ALONE",), house.now)
    message = Message(
        envelope,
        key=sender,
        kind=MailKind.ORDINARY,
        message_id="",
        references=(),
        sender=sender,
        sender_name="",
        subject="",
        text="Nothing works.",
        new_text="Nothing works.",
    )
    known = house.store.read(lambda tx: gather(tx, message, house.playbook, house.now))
    grave = Assessment(Severity.CRITICAL, 0.9, ("it is down",))
    decision = triage.decide(message, grave, known, house.playbook)
    assert isinstance(decision, Opened)
    return decision.request.customer, decision.request.uncovered


@BOTH
@pytest.mark.parametrize("identity", [MARIA, MATRIX])
def test_a_registered_person_confirms_who_they_are_in_a_chat(links: Links, identity: str) -> None:
    path = links.make(identity)
    asked = links.changes()
    assert [(c.who, c.what) for c in asked] == [("ana", f"a link for {identity} mailed to {P}")]
    assert whose(links.house, identity) == ("", (Uncovered.UNKNOWN_SENDER,))
    for method in ("GET", "HEAD", "GET"):
        assert links.get(path, method).status == 200
    shown = links.get(path)
    assert identity in said(shown)
    assert P in said(shown)
    assert "<button" in said(shown)
    assert (links.identities(), links.changes()) == ([set()], asked)

    answer = links.press(path)
    assert (answer.status, answer.headers["location"]) == (303, f"/help{path}")
    assert links.identities() == [{identity}]
    change = links.changes()[-1]
    assert change.who == "customer by link"
    assert identity in change.what
    assert f"mailed to {P}" in change.what
    assert whose(links.house, identity) == ("Premium d.o.o.", ())

    assert "is linked to you" in said(links.get(path))
    assert links.press(path).status == 303  # sent twice
    assert len(links.changes()) == 2


def test_the_page_may_not_be_framed_kept_or_told_of(links: Links) -> None:
    headers = {n.lower(): v for n, v in links.get(links.make()).headers.items()}
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert links.get("/link/style.css").status == 200


def test_a_used_link_opens_nothing_again_once_the_identity_is_taken_out(links: Links) -> None:
    path = links.make()
    assert links.press(path).status == 303
    [stored] = links.house.store.read(lambda tx: tx.contracts.of_customer("Premium d.o.o."))
    links.put([replace(stored, persons=(replace(stored.persons[0], identities=frozenset()),))])
    refused(links, path, "has been used")


def edited(links: Links, identity: str) -> None:
    what = f"persons: - p <{P}, {identity}>"
    id = links.house.store.read(lambda tx: tx.contracts.of_customer("Premium d.o.o."))[0].id
    change = ContractChange(id, links.house.now, "ivo", what)
    links.house.store.write(lambda tx: tx.contracts.note(change))


def test_an_edit_that_names_the_identity_spends_the_link(links: Links) -> None:
    path = links.make()
    edited(links, MARIA)
    refused(links, path, "has been used")


@pytest.mark.parametrize(("identity", "longer"), [(MARIA, f"{MARIA}X"), (MATRIX, f"{MATRIX}.org")])
def test_an_edit_that_names_a_longer_identity_does_not(
    links: Links, identity: str, longer: str
) -> None:
    path = links.make(identity)
    edited(links, longer)
    assert "<button" in said(links.get(path))


def test_only_the_newest_link_holds(links: Links) -> None:
    first, second = links.make(), links.make()
    refused(links, first, "a newer one has taken its place")
    assert links.press(second).status == 303


def test_a_link_holds_seven_days(links: Links) -> None:
    path = links.make()
    start = links.house.now
    links.house.now = start + timedelta(days=7) - timedelta(seconds=1)
    assert "<button" in said(links.get(path))
    links.house.now = start + timedelta(days=7)
    refused(links, path, "The time of this link is over")


def test_a_forged_link_opens_nothing(links: Links) -> None:
    path = links.make()
    given = path.rpartition("/")[2]
    link = opened(given, links.house.key)
    assert link is not None
    body, _, signature = given.partition(".")
    other = token(replace(link, identity="slack:U0EVE"), links.house.key).partition(".")[0]
    foreign = token(link, b"another key")
    for forged in (f"{other}.{signature}", foreign, f"{body}.{'A' * 32}", body, "x" * 3000, "%00"):
        shown = links.get(f"/link/{forged}")
        assert (shown.status, "not ours" in said(shown)) == (404, True)
        assert links.send({"token": forged}).status == 404
    assert links.identities() == [set()]


@pytest.mark.parametrize("fields", [{}, {"token": ""}, [("token", "x"), ("token", "x")]])
def test_what_the_page_never_sends_is_not_taken(links: Links, fields: Any) -> None:
    assert links.send(fields).status == 422


def test_an_identity_that_became_anothers_or_ours_meanwhile_stays_theirs(links: Links) -> None:
    path = links.make()
    other = RegisteredPerson("s", frozenset({"s@standard.example"}), identities=frozenset({MARIA}))
    links.put([replace(CONTRACTS[1], persons=(other,))])
    refused(links, path, "belongs to somebody else")
    links.put([CONTRACTS[1]])
    ana = replace(links.house.playbook.people["ana"], identities=frozenset({MARIA}))
    people = {**links.house.playbook.people, "ana": ana}
    links.linking = Linking(replace(links.house.playbook, people=people))
    links.page = replace(links.page, linking=links.linking)
    refused(links, path, "belongs to somebody else")


def test_a_contract_that_ended_or_registers_somebody_else_links_nobody(links: Links) -> None:
    path = links.make()
    links.put([replace(CONTRACTS[2], ended_on=date(2026, 3, 3))])
    refused(links, path, f"No running contract registers {P}")
    links.put([contract("Premium d.o.o.", "premium", "new@premium.example", language="en")])
    refused(links, path, f"No running contract registers {P}")


def test_the_next_term_knows_the_identity_too(links: Links) -> None:
    term = (date(2027, 1, 1), date(2027, 12, 31))
    links.put([replace(CONTRACTS[2], starts_on=term[0], ends_on=term[1])])
    assert links.press(links.make()).status == 303
    assert links.identities() == [{MARIA}, {MARIA}]


def test_a_store_that_fails_shows_that_nothing_was_changed(links: Links) -> None:
    path = links.make()

    class Broken:
        async def write(self, work: Any) -> None:
            raise OSError("disk full")

    links.page = replace(links.page, store=Broken())
    answer = links.press(path)
    assert (answer.status, "Nothing was changed" in said(answer)) == (503, True)


@pytest.mark.parametrize(
    ("identity", "address", "told"),
    [
        ("slack:C0ROOM", P, "is nobody in a chat"),
        ("slack:U0<b>", P, "is nobody in a chat"),
        ("matrix:!room:premium.example", P, "is nobody in a chat"),
        (MARIA, "else@premium.example", "no running contract registers"),
        (MARIA, "x@basic.example", "no running contract registers"),
        (MARIA, "l@lapsed.example", "no running contract registers"),
        ("slack:U0ANA", P, "is one of us (ana) already"),
        ("slack:U0THEIRS", P, "is s, registered by Standard d.o.o., already"),
    ],
)
def test_a_link_is_made_for_a_registered_person_alone(
    links: Links, identity: str, address: str, told: str
) -> None:
    theirs = frozenset({"slack:U0THEIRS"})
    person = RegisteredPerson("s", frozenset({"other@standard.example"}), identities=theirs)
    links.put([replace(CONTRACTS[1], persons=(person,))])
    with pytest.raises(Refused, match=re.escape(told)):
        links.make(identity, address)
    assert links.changes() == []


def test_who_is_linked_already_needs_no_link(links: Links) -> None:
    assert links.press(links.make()).status == 303
    with pytest.raises(Refused, match=f"is linked to {re.escape(P)} already"):
        links.make()


def test_the_command_mails_the_letter_and_says_until_when(links: Links) -> None:
    house = links.house
    wanted = ["link", MARIA, "P@Premium.example", "--as", "ana", "--config", str(house.path)]
    done = CliRunner().invoke(app, wanted)
    assert done.exit_code == 0, done.output
    assert f"a link for {MARIA} is queued for {P}; it holds until" in done.output
    [change] = links.changes()
    assert change.who == "ana"
    house.now = change.at  # commands have the machine's own clock
    house.work()
    assert f"{PUBLIC_URL}/link/" in house.sent(NoticeKind.LINK, P).text


def test_the_command_says_what_it_needs(links: Links) -> None:
    path = links.house.path
    config = path.read_text(encoding="utf-8")
    bare = config.replace(f'[http]\npublic_url = "{PUBLIC_URL}"\n', "").partition("[prices]")[0]
    path.write_text(bare, encoding="utf-8")
    wanted = ["link", MARIA, P, "--as", "ana", "--config", str(path)]
    failed = CliRunner().invoke(app, wanted)
    assert isinstance(failed.exception, Refused)
    assert "set http.public_url" in str(failed.exception)


@pytest.mark.parametrize("language", LANGUAGES_OF_FILES)
def test_every_language_says_the_same_things_with_the_same_values(language: str) -> None:
    def values(name: str) -> dict[str, list[str]]:
        return {heading: t.get_identifiers() for heading, t in sections(name).items()}

    assert values(file_of(language, "link")) == values(file_of("en", "link"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_letter_and_page_are_whole_in_every_language(language: str, house: House) -> None:
    link = Link(MARIA, "m@acme.example", 3, 1, house.now)
    words = LinkWords.of(language, ZAGREB, None)
    url = f"{PUBLIC_URL}/link/" + "aB_-" * 60
    letter = words.letter(link, "B2Bee Support", url)
    text = as_text(letter.text)
    assert letter.faults == ()
    assert all(each in text for each in (MARIA, link.address, "2026", f"\n\n{url}\n\n"))
    assert "$" not in text
    assert f'<p><a href="{url}">{url}</a></p>' in as_html(letter.text, letter.subject)
    for stands in Stands:
        shown = words.page(link, stands, opens=stands is Stands.OPEN)
        assert shown.language.lower().startswith(language[:2])
        assert bool(shown.confirm) is (stands is Stands.OPEN)
        assert not any("$" in line for line in shown.said)
