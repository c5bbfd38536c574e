"""What a stored ticket says; whatever it holds, reading it does not fail."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.ticket.content import canonical, file_name, reference, understand
from rules.model import Arrival, Channel, Envelope, MailKind
from tests.channels.ticket_door import NOW, TICKET


def arrival(content: bytes) -> Arrival:
    envelope = Envelope(Channel.TICKET, "support", "abc", "Maria@Adria.example", (), NOW)
    return Arrival(envelope, content)


def test_a_ticket_is_known_by_its_external_id_and_names_no_other_message() -> None:
    message = understand(arrival(canonical(TICKET)))
    assert (message.key, message.message_id, message.references) == ("ticket:abc", "", ())
    assert (message.kind, message.automatic) == (MailKind.ORDINARY, False)
    assert message.new_text == message.text == "Nothing works."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below) | st.dictionaries(
        st.sampled_from(["subject", "text", "sender", "email", "name", "files", "content", "x",
                         "severity_claim", "content_type"]), below),
)  # fmt: skip


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_content_whatever_makes_understanding_fail(content: bytes) -> None:
    message = understand(arrival(content))
    assert message.sender == message.sender.lower()
    assert "\n" not in message.subject + message.sender_name
    assert "\0" not in message.text
    assert all(a.name and "/" not in a.name and "\\" not in a.name for a in message.attachments)


def test_what_is_no_ticket_is_unreadable_and_says_so() -> None:
    for content in (b"", b"[1]", b"\xff", b"[" * 100_000):
        message = understand(arrival(content))
        assert message.kind is MailKind.UNREADABLE
        assert message.problems == ("the ticket is no JSON object",)
        assert message.sender == "maria@adria.example"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("error.png", "error.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\maria\\slika.jpg", "slika.jpg"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        (None, "file"),
        ("\0\r\nX-Evil: 1.txt", "X-Evil: 1.txt"),
        ("cod\u202egnp.exe", "codgnp.exe"),
        ("račun 3.pdf", "račun 3.pdf"),
        ("x" * 500 + ".tar", "x" * 116 + ".tar"),
        ("." + "y" * 500, "y" * 120),
    ],
)
def test_a_files_name_is_no_path_and_hides_nothing(given: object, name: str) -> None:
    assert file_name(given) == name


@pytest.mark.parametrize("media_type", ["", "a/b\r\nX: y", "nonsense", "text/html; charset=x", 5])
def test_a_media_type_that_is_none_is_bytes(media_type: object) -> None:
    file = {"name": "a", "content_type": media_type, "content": "eA=="}
    (attachment,) = understand(arrival(canonical({**TICKET, "files": [file]}))).attachments
    assert attachment.content_type == "application/octet-stream"
    assert attachment.content == b"x"


def test_references_differ_when_their_words_are_cut_otherwise() -> None:
    assert reference("a", "bc") != reference("ab", "c")
    assert reference("a", "bc") == reference("a", b"bc")
    assert len(reference("x")) == 32
