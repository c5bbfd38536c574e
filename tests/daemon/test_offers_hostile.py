"""Made-up links, forms nobody's page sends, and words that want to be markup."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.offer.links import link, named, opens, token
from rules.model import Assessment, OfferState
from tests.daemon.house import House
from tests.daemon.offer_house import QUESTION, Form, Offers, offered_to
from tests.storage.nouns import NOW, an_offer

P = "p@premium.example"


@pytest.fixture
def offers(house: House) -> Offers:
    """An open offer of a Premium customer in English."""
    found = offered_to(house, P)
    found.make()
    house.ignore()
    return found


def token_of(offers: Offers) -> str:
    return token(offers.stored(), offers.desk.key)


def test_a_tampered_or_made_up_link_opens_nothing(house: House, offers: Offers) -> None:
    right = token_of(offers)
    number, signature = right.split("-", 1)
    wrong = [
        f"{number}-{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        f"2-{signature}",
        f"{number}-{signature.lower()}",
        f"0{right}",
        f"{number}-{'A' * 32}",
        f"{'9' * 10}-{signature}",
        f"{right}%00",
        f"{right}%0A",
        f"{right}=",
        number,
        "%2e%2e",
        "x" * 5000,
        "%F0%9F%98%80",
        "style.css/x",
    ]
    for each in wrong:
        told = offers.get(f"/offer/{each}", **{"Accept-Language": "de"})
        assert told.status == 404, each
        assert "Premium" not in told.body.decode()
    excuse = offers.get(f"/offer/{wrong[0]}", **{"Accept-Language": "de"}).body.decode()
    assert "Hier ist kein Angebot" in excuse
    for each in (wrong[0], "x", right + "\n", right + " "):
        assert offers.post({"token": each, "answer": "accept"}).status == 404, each
    assert offers.stored().state is OfferState.OPEN


def test_a_link_is_one_offers_of_one_installation() -> None:
    offer = an_offer(id=1)
    right = token(offer, b"key")
    assert opens(right, offer, b"key")
    assert named(right) == 1
    assert link("https://x.example", offer, b"key") == f"https://x.example/offer/{right}"
    for other in (
        replace(offer, id=2),
        replace(offer, request_id=3),
        replace(offer, address="b@a.example"),
        replace(offer, expires_at=NOW + timedelta(days=1)),
        replace(offer, offered_at=NOW + timedelta(days=1)),
        replace(offer, terms=replace(offer.terms, price=Decimal("1.00"))),
        replace(offer, terms=replace(offer.terms, currency="RSD")),
    ):
        assert not opens(right, other, b"key")
    assert not opens(right, offer, b"another key")


@given(st.text())
def test_any_text_is_a_token_or_none(given: str) -> None:
    number = named(given)
    assert number is None or given.startswith(f"{number}-")


def test_what_no_page_of_ours_sends_decides_nothing(house: House, offers: Offers) -> None:
    right = token_of(offers)
    forms: list[Form] = [
        {},
        {"token": right},
        {"token": right, "answer": ""},
        {"token": right, "answer": "ACCEPT"},
        {"answer": "accept"},
        [("token", right), ("answer", "decline"), ("answer", "accept")],
        [("token", right), ("token", right), ("answer", "accept")],
        {"token": right, "answer": "accept", **{f"x{n}": "" for n in range(20)}},
    ]
    for form in forms:
        told = offers.post(form)
        assert told.status == 422, form
        assert "Nothing was decided" in told.body.decode()
    for text, status in (("x" * 5001, 413), ("€" * 30_000, 413)):
        assert offers.post({"token": right, "answer": "accept", "text": text}).status == status
    assert offers.post({"token": right, "answer": "accept"}, f"/offer/{right}").status == 405
    assert offers.stored().state is OfferState.OPEN


def test_the_page_is_framed_kept_indexed_and_told_of_nowhere(offers: Offers) -> None:
    right = token_of(offers)
    answers = (
        offers.get(f"/offer/{right}"),
        offers.get("/offer/x"),
        offers.post({"token": right, "answer": "accept"}),
        offers.post({"token": right, "answer": "decline"}),
        offers.post({}),
    )
    assert [a.status for a in answers] == [200, 404, 303, 409, 422]
    for answer in answers:
        headers = answer.headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "set-cookie" not in headers
    offers.house.ignore()


def test_words_never_become_markup(house: House, offers: Offers) -> None:
    evil = "</p><script>alert(1)</script>&\"'<img src=x>"
    offers.make(note=evil, hours=Decimal(1))
    path = offers.path()
    (contract,) = house.store.read(lambda tx: tx.contracts.of_customer("Premium d.o.o."))
    named = replace(contract, persons=(replace(contract.persons[0], name=evil),))
    house.store.write(lambda tx: tx.contracts.put([named]))
    shown = offers.get(path).body.decode()
    offers.answer(path, "decline", evil)
    decided = offers.get(path).body.decode()
    for text in (shown, decided):
        assert "<script" not in text
        assert "<img" not in text
        assert "&lt;script&gt;" in text
    assert "&lt;img" in decided.partition("Declined")[2]
    house.ignore()


@pytest.mark.parametrize(
    "text",
    ["\0\x01\x1b[31m", "\u202eevil", "‮\ud7ff", "%00%zz", "a" * 5000, "🙂" * 1000, "\r\n" * 100],
)
def test_any_words_are_taken(house: House, offers: Offers, text: str) -> None:
    assert offers.answer(f"/offer/{token_of(offers)}", "accept", text).status == 303
    assert offers.stored().state is OfferState.ACCEPTED
    house.ignore()


def test_a_failing_store_is_said_and_nothing_is_shown_of_it(
    house: House, offers: Offers, caplog: pytest.LogCaptureFixture
) -> None:
    right = token_of(offers)

    def fail(_subject: str, _text: str) -> None:
        raise RuntimeError(f"secret {right}")

    offers.page = replace(offers.page, assess=fail)  # type: ignore[arg-type]
    told = offers.answer(f"/offer/{right}", "accept", "words")
    assert told.status == 503
    assert "Nothing was decided: something failed here." in told.body.decode()
    assert right not in caplog.text
    assert "RuntimeError" in caplog.text
    assert offers.stored().state is OfferState.OPEN


def test_words_under_a_made_up_link_are_not_assessed(house: House) -> None:
    house.mail("p@premium.example", "Export", QUESTION)
    offers = Offers(house)
    offers.make()
    house.ignore()
    heard: list[str] = []
    known = offers.page.assess

    def assess(subject: str, text: str) -> Assessment:
        heard.append(text)
        return known(subject, text)

    offers.page = replace(offers.page, assess=assess)
    told = offers.post({"token": f"1-{'A' * 32}", "answer": "accept", "text": "x" * 5000})
    assert told.status == 404
    assert heard == []
