"""The ledger as people see it, and credits that come back."""

import json

import pytest

from tests.daemon.command import Run
from tests.daemon.house import House
from tests.daemon.test_joining import drawn, messages, split

QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."


def test_a_third_request_in_a_day_is_billable_until_a_credit_comes_back(
    house: House, run: Run
) -> None:
    for number in range(3):
        house.mail("s@standard.example", f"Question {number}", f"{number}. {QUESTION}")
    assert [r.covered for r in house.requests()] == [True, True, False]
    done = run("credits", "standard")
    assert "2026-03-04  request 1  drawn: opened  (supportd, Wed 2026-03-04 10:00)" in done.out
    assert "  2 of 5 drawn, 3 left\n" in done.out
    refund = ["credits", "refund", "1", "--why", "our own  fault", "--as", "ana"]
    assert run(*refund).out == "the credit of request 1 is Standard d.o.o.'s again\n"
    again = run(*refund)
    assert again.said == "refused: request 1 has drawn no credit that could come back"
    assert house.history()[-1] == "credit given back"
    house.mail("s@standard.example", "Question 3", f"3. {QUESTION}")
    assert house.request(4).covered is True
    house.ignore()


def test_automatic_mail_draws_nothing_by_a_persons_word_either(house: House) -> None:
    house.mail("p@premium.example", "Report", QUESTION, Precedence="bulk")
    house.mail("p@premium.example", "Price list", QUESTION)
    house.mail("p@premium.example", "Re: [#2] Price list", QUESTION, Precedence="bulk")
    other = house.store.read(lambda tx: tx.contracts.of_customer("Standard d.o.o."))[0]
    house.store.write(lambda tx: house.desk.assign(tx, 1, other, "ana", house.now))
    split(house, 2, messages(house, 2)[1])
    house.ignore()
    assert [r.covered for r in house.requests()] == [True, True, True]
    assert drawn(house, 1, 2, 3) == [0, 1, 0]
    assert "automatic mail draws no credit" in house.request(3).reasons


def test_what_was_not_drawn_has_lapsed_when_the_month_is_over(house: House, run: Run) -> None:
    house.mail("s@standard.example", "Question", QUESTION)
    house.ignore()
    house.at("2026-04-01T00:30")
    assert "  1 of 5 drawn, 4 lapsed\n" in run("credits", "standard", "--month", "2026-03").out
    assert "  0 of 5 drawn, 5 left\n" in run("credits", "standard").out
    told = json.loads(run("credits", "standard", "--month", "2026-03", "--json").out)
    assert (told["granted"], told["drawn"], told["left"], told["lapsed"]) == (5, 1, 0, 4)
    assert [(line["request"], line["amount"]) for line in told["lines"]] == [(1, 1)]
    house.ignore()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["nobody"], "no customer is called 'nobody'"),
        (["standard", "--month", "03/2026"], "'03/2026' is no month (like 2026-03)"),
        (["standard", "--month", "2020-03"], "no contract of Standard d.o.o. ran in 2020-03"),
        (["refund", "9", "--why", "x", "--as", "ana"], "there is no request 9"),
        (["refund", "9", "--why", " ", "--as", "ana"], "--why is empty"),
        (["refund", "9", "--why", "x", "--as", "eva"], "nobody is called 'eva'"),
    ],
)
def test_what_cannot_be_is_refused(house: House, run: Run, args: list[str], told: str) -> None:
    done = run("credits", *args)
    assert done.code == 1
    assert told in done.said
