"""The same stories with a server of another family: Cyrus."""

from collections.abc import Callable, Iterator

import pytest

from tests import cyrus as cyruses
from tests.channels import test_imap as stories
from tests.channels import test_imap_history as history
from tests.channels.imap_box import Box
from tests.conftest import need
from tests.cyrus import Cyrus


@pytest.fixture(scope="module")
def cyrus() -> Iterator[Cyrus]:
    need(not cyruses.missing(), f"Cyrus (cyrus-imapd, sasl2-bin) lacks {cyruses.missing()}")
    server = Cyrus()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def box(cyrus: Cyrus) -> Box:
    return Box(cyrus)


class TestWithCyrus(stories.TestImapKeepsTheContract):
    pass


@pytest.mark.parametrize(
    "story",
    [
        stories.test_read_flagged_and_moved_back_mail_is_taken_all_the_same,
        stories.test_nothing_is_marked_unless_asked_for,
        stories.test_what_is_taken_gets_the_keyword_and_history_does_not,
        stories.test_what_is_taken_is_moved_into_a_folder_made_for_it,
        stories.test_what_was_taken_before_a_crash_is_tidied_after_it,
        history.test_what_lay_there_at_the_first_connection_is_history,
        history.test_what_came_before_a_set_start_is_history,
        history.test_a_date_far_ahead_does_not_make_what_follows_history,
        stories.test_what_could_not_be_stored_is_not_marked_and_comes_again,
        stories.test_mail_that_comes_while_idling_is_taken_at_the_servers_word,
        stories.test_memory_is_bounded_by_bytes_and_by_number,
        stories.test_of_too_large_a_message_a_person_gets_the_headers_and_a_word,
        stories.test_a_wrong_password_is_raised_without_showing_it,
    ],
    ids=lambda story: str(story.__name__),
)
def test_with_cyrus_as_well(story: Callable[[Box], None], box: Box) -> None:
    story(box)


def test_a_folder_that_is_not_there_is_raised(box: Box) -> None:
    with pytest.raises(Exception, match="does not exist"):
        box.follow(lambda: False, folder="Nowhere")
