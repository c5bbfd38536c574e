"""A call written down is a request like any other, by the channel phone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from channels import phone
from rules.model import Channel, Extra, MailKind, Severity, State, Uncovered
from tests.daemon.command import Run
from tests.daemon.house import House

OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."
SLOW = "Synchronisation is very slow for all reps, orders arrive an hour late. No workaround."
NUMBER = "+385912345678"


@pytest.fixture
def run(house: House, run: Run) -> Run:
    """A command beside the house, at the house's time."""
    change(house, persons=lambda c: (replace(c.persons[0], phones=frozenset({NUMBER})),))
    return run


def change(house: House, **how: Callable[[Any], Any]) -> None:
    """Premium's contract otherwise."""

    def put(tx: Any) -> None:
        [contract] = tx.contracts.of_customer("Premium d.o.o.")
        tx.contracts.put([replace(contract, **{k: make(contract) for k, make in how.items()})])

    house.store.write(put)


@pytest.mark.parametrize("who", ["p", "P@Premium.example", "+385 (91) 234-56-78", "00385912345678"])
def test_a_call_is_a_request_whoever_the_caller_is_called(house: House, run: Run, who: str) -> None:
    done = run("call", "--from", who, "--at", "2026-03-04T09:55", "--text", OUTAGE)
    assert done.code == 0, done.said
    assert "request 1, Premium d.o.o.; critical, open; due Wed 2026-03-04 10:55" in done.out
    request = house.request()
    assert (request.channel, request.sender) == (Channel.PHONE, "p@premium.example")
    assert (request.subject, request.covered) == (OUTAGE, True)
    house.work()
    house.receipt("p@premium.example")
    assert house.copy("ana").subject
    house.ping("ana")


def test_a_call_from_a_number_of_nobodys_is_held_and_mails_nobody(house: House, run: Run) -> None:
    done = run("call", "--from", "+43 1 2345678", "--text", OUTAGE)
    assert "of nobody we know: held for a person" in done.out
    request = house.request()
    assert (request.state, request.sender, request.sender_name) == (State.HELD, "", "+4312345678")
    assert request.uncovered == (Uncovered.UNKNOWN_SENDER,)
    assert "no receipt" in house.history()
    house.work()
    house.copy("ana")
    house.ping("ana")


@pytest.mark.parametrize("arranged", [False, True])
def test_phone_for_significant_is_covered_only_where_the_contract_says_so(
    house: House, run: Run, arranged: bool
) -> None:
    if arranged:
        extra = Extra(Channel.PHONE, Severity.SIGNIFICANT)
        change(house, extras=lambda c: frozenset({extra}))
    run("call", "--from", NUMBER, "--text", SLOW)
    request = house.request()
    assert request.severity is Severity.SIGNIFICANT
    assert request.uncovered == (() if arranged else (Uncovered.CHANNEL,))
    assert len(house.store.read(lambda tx: tx.credits.of_request(1))) == arranged
    house.ignore()


def test_a_call_answered_in_the_call_is_answered_then(house: House, run: Run) -> None:
    run(
        "call", "--from", NUMBER, "--at", "2026-03-04T09:00", "--text", SLOW, "--answered-by", "ivo"
    )
    request = house.request()
    assert (request.state, request.first_response_by) == (State.ANSWERED, "ivo")
    assert request.first_response_at == request.received_at
    assert house.store.read(lambda tx: tx.timers.of(1)) == []
    house.work()
    house.ignore()


def test_who_has_no_mail_is_answered_by_phone(house: House, run: Run) -> None:
    run("call", "--from", "+43 1 2345678", "--text", OUTAGE)
    done = run("answer", "1", "-", "--as", "ana", "--by-phone", stdin=b"Restart the app.")
    assert done.out == "request 1 is answered by phone\n"
    request = house.request()
    assert (request.state, request.first_response_by) == (State.ANSWERED, "ana")
    [*_, last] = house.store.read(lambda tx: tx.requests.history(1))
    assert last.why == "first response by ana, by phone: Restart the app."
    assert house.store.read(lambda tx: tx.timers.of(1)) == []
    empty = run("answer", "1", "-", "--as", "ana", "--by-phone", stdin=b" ")
    assert "the answer is empty" in empty.said
    house.work()
    house.ignore()


def test_a_call_about_a_request_goes_on_there_and_draws_nothing(house: House, run: Run) -> None:
    house.mail("p@premium.example", "Sync", SLOW)
    done = run("call", "--from", NUMBER, "--about", "1", "--text", "It is still slow.")
    assert done.code == 0, done.said
    assert len(house.requests()) == 1
    assert house.history()[-1] == "followed up"
    assert len(house.store.read(lambda tx: tx.credits.of_request(1))) == 1
    house.work()
    house.ignore()


def test_a_call_logged_twice_is_one(house: House, run: Run) -> None:
    call = ["call", "--from", NUMBER, "--at", "2026-03-04T09:00", "--text", SLOW]
    assert run(*call).code == 0
    again = run(*call)
    assert (again.code, again.said) == (1, "refused: this call is request 1 already")
    house.work()
    house.ignore()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--from", "nobody", "--text", "x"], "no registered persons are called 'nobody'"),
        (["--from", "+12", "--text", "x"], "is no number with its country"),
        (["--from", "p", "--text", " "], "--text is empty"),
        (["--from", "p", "--text", "x", "--at", "2026-03-04T12:00"], "is to come"),
        (["--from", "p", "--text", "x", "--about", "7"], "there is no request 7"),
        (["--from", "p", "--text", "x", "--answered-by", "eva"], "nobody is called 'eva'"),
    ],
)
def test_what_cannot_be_logged_is_refused_and_opens_nothing(
    house: House, run: Run, args: list[str], told: str
) -> None:
    done = run("call", *args)
    assert done.code == 1
    assert told in done.said
    assert house.requests() == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"name": "x"}', b"[" * 100_000])
def test_a_call_that_cannot_be_read_says_so(house: House, content: bytes) -> None:
    account = next(iter(house.playbook.accounts.values()))
    arrival = phone.arrival(phone.Call("", "", "", ""), account, house.now)
    assert phone.understand(replace(arrival, content=content)).kind is MailKind.UNREADABLE
