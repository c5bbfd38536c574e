"""Two daemons that show one card: neither waits for the other."""

from datetime import timedelta

from channels.slack.card import blocks
from rules.model import NoticeKind
from storage.store import Transaction
from tests.daemon.slack_office import Office


def test_an_older_card_that_comes_after_a_newer_one_is_shown_anew(office: Office) -> None:
    house = office.house
    office.asks()

    def carried_by_another(tx: Transaction) -> None:
        """While the older is on its way: somebody acts, and the newer is there first."""
        house.desk.acknowledge(tx, 1, "ivo", house.now)
        for claimed in tx.outbox.claim(house.now, 10, timedelta(minutes=1), "slack"):
            notice = claimed.notice
            if notice.kind is NoticeKind.CARD and notice.card:
                office.web.messages[notice.way.address] |= {"blocks": blocks(notice.card)}
            tx.outbox.sent(notice.id, claimed.token, house.now, "")

    office.web.meanwhile = lambda: house.store.write(carried_by_another)
    office.press("acknowledge")
    house.work()
    assert "ivo, until" in str(office.card()["blocks"])
