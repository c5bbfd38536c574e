"""Moved away where the server knows MOVE, and where it does not; sent mail is left as it is."""

from collections.abc import Iterator

import pytest

from channels.imap import After
from tests import dovecot as dovecots
from tests.channels import test_imap as stories
from tests.channels.imap_box import LONG_AGO, NOW, Box, letter
from tests.dovecot import Dovecot

ONLY = """
protocol imap {{
  imap_capability = {}
}}
"""


def serving(capabilities: str) -> Iterator[Dovecot]:
    with dovecots.running(more=ONLY.format(capabilities)) as server:
        yield server


@pytest.fixture(scope="module")
def without_move() -> Iterator[Dovecot]:
    yield from serving("IMAP4rev1 UIDPLUS")


@pytest.fixture(scope="module")
def bare() -> Iterator[Dovecot]:
    yield from serving("IMAP4rev1")


def test_without_move_it_is_copied_and_expunged(without_move: Dovecot) -> None:
    stories.test_what_is_taken_is_moved_into_a_folder_made_for_it(Box(without_move))


@pytest.mark.parametrize("server", ["without_move", "bare"])
def test_what_somebody_else_marked_as_deleted_is_not_expunged_by_us(
    server: str, request: pytest.FixtureRequest
) -> None:
    box = Box(request.getfixturevalue(server))
    box.deliver(letter("somebody's"))
    box.look_first()
    with box.client() as client:
        client.add_flags([1], ["\\Deleted"])
    box.deliver(letter("new"))

    def is_done() -> bool:
        with box.client() as client:
            left = client.search() if server == "without_move" else client.search("UNDELETED")
            return box.desk.subjects() == ["new"] and 2 not in left

    box.follow(is_done, after=After.MOVE, after_name="Done")
    with box.client() as client:
        assert client.search() == ([1] if server == "without_move" else [1, 2])
        assert client.folder_status("Done", ["MESSAGES"])[b"MESSAGES"] == 1


def test_sent_mail_is_taken_as_such_and_nothing_is_marked(bare: Dovecot) -> None:
    box = Box(bare)
    bare.maildir(box.user, "Sent")
    bare.deliver(box.user, letter("our answer"), NOW, "Sent")
    box.follow(lambda: len(box.desk.stored) == 1, folder="Sent", sent=True, start_at=LONG_AGO)
    assert [a.envelope.sent for a in box.desk.stored] == [True]
    with box.client() as client:
        client.select_folder("Sent", readonly=True)
        assert set(client.get_flags([1])[1]) <= {b"\\Recent"}
