"""What a customer asked before, where it means much the same."""

from dataclasses import replace
from typing import Any

from rules.model import Assessment, NoticeKind, Severity
from rules.severity import assess

House = Any  # the fixture's class; conftest is no module to import
ORDERS, PRINTER = bytes([127] * 192 + [0] * 192), bytes([0] * 192 + [127] * 192)


def reading(subject: str, text: str) -> Assessment:
    """As the phrases have it, with a meaning of two words."""
    vector = ORDERS if "order" in text else PRINTER
    return replace(assess(subject, text), vector=vector)


def alike(house: House, id: int) -> list[str]:
    return [reason for reason in house.request(id).reasons if reason.startswith("like #")]


def write(house: House, text: str, sender: str = "p@premium.example") -> None:
    house.pass_(minutes=1)
    house.mail(sender, text, text)


def test_the_ping_names_what_was_alike_and_who_answered(house: House) -> None:
    house.intake.assess = reading
    write(house, "Please tell me about my order.")
    house.store.write(
        lambda tx: house.desk.set_severity(tx, 1, Severity.SIGNIFICANT, "seen", "ana", house.now)
    )
    house.store.write(
        lambda tx: house.desk.answered_by_phone(tx, 1, "ana", "wait a minute", house.now)
    )
    write(house, "The printer prints nothing.")
    house.ignore()
    write(house, "Nobody can send an order, nothing works.")
    assert alike(house, 2) == []
    assert alike(house, 3) == ["like #1, answered by ana: significant"]
    assert "like #1, answered by ana: significant" in house.ping("ana").text
    assert "like #" not in house.sent(NoticeKind.RECEIPT, "p@premium.example").text
    house.ignore()


def test_the_two_likest_of_the_customers_own_are_named_and_no_others(house: House) -> None:
    house.intake.assess = reading
    write(house, "My order?", "s@standard.example")
    for number in range(3):
        write(house, f"My order {number}?")
    house.ignore()
    assert alike(house, 2) == []
    assert alike(house, 4) == [f"like #{n}, open: {house.request(n).severity}" for n in (3, 2)]


def test_what_strangers_ask_is_like_nothing(house: House) -> None:
    house.intake.assess = reading
    for _ in range(2):
        write(house, "My order?", "x@stranger.example")
    assert alike(house, 2) == []
    house.ignore()
