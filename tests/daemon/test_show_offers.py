"""What `show` says of a request's offers."""

import json
from datetime import timedelta
from decimal import Decimal

from tests.daemon.command import Run
from tests.daemon.house import House
from tests.daemon.offer_house import QUESTION, Offers
from tests.daemon.test_joining import P


def test_offers_are_shown_with_price_state_and_who_decided(house: House, run: Run) -> None:
    house.mail(P, "Import", QUESTION)
    offers = Offers(house)
    house.ignore()
    offers.make()
    offers.make(hours=Decimal(4), instead_of=1)
    offers.make(hours=Decimal(5))
    offers.withdraw(3)
    offers.make(hours=Decimal(6))
    house.ignore()
    shown = run("show", "1").out
    offers_said = shown.partition("Offers\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split(":")[0] for line in offers_said if line.startswith("- offer")] == [
        "- offer 1, replaced",
        "- offer 2, open",
        "- offer 3, withdrawn",
        "- offer 4, open",
    ]
    assert "229.50 EUR" in offers_said[0]
    assert "replaced by offer 2 Wed 2026-03-04 10:00, ana" in offers_said[1]
    assert "holds until" in offers_said[3]
    told = json.loads(run("show", "1", "--json").out)["offers"]
    assert [(each["state"], each["price"]) for each in told][:2] == [
        ("replaced", "229.50"),
        ("open", "306.00"),
    ]
    house.now += timedelta(days=300)
    assert "held until" in run("show", "1").out
