from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.compose import compose
from rules.model import Attachment, Notice, NoticeKind, Way

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ANSWER = Notice(
    id="answer-1",
    kind=NoticeKind.ANSWER,
    way=Way("mail", "ana@customer.example"),
    subject="Re: Čekanje",
    text="Dobar dan,\nriješeno je.\n",
    priority_at=NOW,
    useful_until=NOW + timedelta(days=1),
    sender_address="support@desk.example",
    sender_name="Podrška",
    reply_to="support+answer-1-abcdefghijklmnop@desk.example",
    message_id="answer-1.abc@desk.example",
    references=("root@customer.example", "x" * 200 + "@customer.example"),
)


def test_an_answer_comes_from_the_account_and_takes_bounces() -> None:
    composed = compose(ANSWER, NOW)
    mail = message_from_bytes(composed.content, policy=default)
    assert (composed.sender, composed.recipient) == (
        "support@desk.example",
        "ana@customer.example",
    )
    assert mail["From"] == "Podrška <support@desk.example>"
    assert mail["To"] == "ana@customer.example"
    assert mail["Reply-To"] == ANSWER.reply_to
    assert mail["Subject"] == "Re: Čekanje"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == "<answer-1.abc@desk.example>"
    assert mail["Auto-Submitted"] is None
    assert mail["X-Supportd"] == "answer"
    assert mail.get_content().replace("\r\n", "\n") == ANSWER.text


def test_long_message_ids_stay_whole() -> None:
    content = compose(ANSWER, NOW).content
    long = b"<" + b"x" * 200 + b"@customer.example>"
    assert b"In-Reply-To: " + long + b"\r\n" in content
    assert b"References: <root@customer.example>\r\n " + long + b"\r\n" in content


@pytest.mark.parametrize(
    ("kind", "submitted"),
    [
        (NoticeKind.RECEIPT, "auto-replied"),
        (NoticeKind.PING, "auto-generated"),
        (NoticeKind.COPY, "auto-generated"),
        (NoticeKind.ALARM, "auto-generated"),
        (NoticeKind.DIGEST, "auto-generated"),
    ],
)
def test_what_no_person_wrote_says_so_and_bounces_to_nobody(
    kind: NoticeKind, submitted: str
) -> None:
    composed = compose(replace(ANSWER, kind=kind), NOW)
    mail = message_from_bytes(composed.content, policy=default)
    assert composed.sender == ""
    assert mail["Auto-Submitted"] == submitted
    assert mail["X-Auto-Response-Suppress"] == "All"


@settings(deadline=None)
@given(st.text(), st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_no_text_becomes_a_header(
    subject: str, name: str, file_name: str, references: list[str]
) -> None:
    inject = "\r\nBcc: everyone@x.example\r\n\r\n"
    notice = replace(
        ANSWER,
        subject=subject + inject,
        sender_name=name + inject,
        text=subject + inject,
        message_id=name + inject,
        references=tuple(r + inject for r in references),
        attachments=(Attachment(file_name + inject, "text/x" + inject, b"x"),),
    )
    content = compose(notice, NOW).content
    mail = message_from_bytes(content, policy=default)
    assert mail["Bcc"] is None
    assert [part["Bcc"] for part in mail.walk()] == [None] * 3
    assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b\r\nBcc: c@d", "a b@c.example", "<a@b.example>", "ž@b.example"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        compose(replace(ANSWER, way=Way("mail", address)), NOW)


@pytest.mark.parametrize("domain", ["čvor.example", "ČVOR.example", "c\u030cvor.example"])
def test_a_domain_beyond_ascii_goes_out_as_idna(domain: str) -> None:
    composed = compose(replace(ANSWER, way=Way("mail", f"ana@{domain}")), NOW)
    assert composed.recipient == "ana@xn--vor-eqa.example"
    assert b"\r\nTo: ana@xn--vor-eqa.example\r\n" in composed.content


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("žarko@b.example", "only ASCII can stand before its @"),
        ("ana@straße.example", "domain cannot be written in ASCII for certain"),
        ("ana@č..example", "domain cannot be written in ASCII for certain"),
        ("ana@" + "č" * 70 + ".example", "domain cannot be written in ASCII for certain"),
        ("ana@ｂ．example", "domain cannot be written in ASCII for certain"),
    ],
)
def test_what_ascii_cannot_say_for_certain_is_refused_with_the_reason(
    address: str, why: str
) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        compose(replace(ANSWER, way=Way("mail", address)), NOW)
    assert address not in str(refused.value)


def test_attachments_go_along_unchanged() -> None:
    files = (
        Attachment("račun.pdf", "application/pdf", bytes(range(256))),
        Attachment("../../etc/passwd", "message/rfc822", b"no header"),
    )
    content = compose(replace(ANSWER, attachments=files), NOW).content
    mail = message_from_bytes(content, policy=default)
    first, second = mail.iter_attachments()
    assert (first.get_filename(), first.get_content()) == ("račun.pdf", bytes(range(256)))
    assert second.get_content_type() == "application/octet-stream"
    assert "/" not in (second.get_filename() or "")
