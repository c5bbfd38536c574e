"""What is said under a card of ours, and what the rules make of it."""

import pytest

from rules import chat
from rules.decisions import Known, Noted
from rules.model import Assessment, Chat, Deed, MailKind, Playbook, Severity
from rules.threads import Thread
from tests.storage.nouns import a_message, a_request


@pytest.mark.parametrize("deed", list(Deed))
@pytest.mark.parametrize("kind", list(MailKind))
@pytest.mark.parametrize("sender", ["slack:U0ANA", "slack:U0MARIA", ""])
def test_whatever_is_said_under_a_card_is_noted_and_no_more(
    playbook: Playbook, deed: Deed, kind: MailKind, sender: str
) -> None:
    said = Chat("slack:D0/1.2", "slack:U0US", direct=True, deed=deed, by=sender)
    message = a_message(sender=sender, kind=kind, chat=said)
    request = a_request(id=1)
    thread = Thread(request, frozenset({sender}), None, None, frozenset(), None, None)
    known = Known(threads=(thread,), inside=request)
    decided = chat.decide(message, Assessment(Severity.CRITICAL, 1.0, ()), said, known, playbook)
    assert isinstance(decided, Noted)
    assert (decided.request, decided.inside, decided.tell) == (request, True, ())
