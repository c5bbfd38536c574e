"""`supportd mailbox`: whatever refuses, it is told, and the next mailbox has its turn."""

import pytest

from channels.imap import oauth, session
from daemon.cli.mailbox import reaching
from rules.requests import Refused


@pytest.mark.parametrize(
    "error",
    [
        oauth.Refused("login.example", "invalid_client", "the secret has expired"),
        session.Refused("NO not now"),
    ],
)
def test_a_mailbox_that_refuses_keeps_no_other_from_its_turn(error: Exception) -> None:
    with pytest.raises(Refused), reaching("box"):
        raise error
