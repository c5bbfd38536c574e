"""What our people write with their own mail programs: answers, forwards, pings passed on."""

from base64 import encodebytes
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from rules.model import Arrival, Channel, Envelope, Notice, NoticeKind, State
from tests.daemon.house import House
from tests.daemon.test_sent_mail import sent_mail
from tests.daemon.test_threads import (
    ANSWER,
    CUSTOMER,
    OUTAGE,
    QUESTION,
    STRANGER,
    answered,
    question,
    reply_to,
    write,
)

ANA = "ana@b2bee.example"


def outlook(sender: str, to: str, subject: str, text: str) -> str:
    """The history that Outlook puts below a reply, unmarked."""
    sent = "Wednesday, March 4, 2026 10:00 AM"
    return f"\n\nFrom: {sender}\nSent: {sent}\nTo: {to}\nSubject: {subject}\n\n{text}"


BELOW = outlook(f"Petra <{CUSTOMER}>", "Support <support@b2bee.example>", "Price list", QUESTION)


def original(house: House) -> str:
    return house.store.read(lambda tx: tx.messages.ids_of(1))[0]


def test_an_outlook_answer_to_a_copy_is_sent_on(house: House) -> None:
    house.mail(CUSTOMER, "Price list", QUESTION)
    copy = house.copy("ana")
    house.ignore()
    below = outlook(f"Support <{copy.sender_address}>", f"Ana <{ANA}>", copy.subject, copy.text)
    house.mail(ANA, f"RE: {copy.subject}", ANSWER + below, to=copy.reply_to)
    assert house.answer(CUSTOMER).text.strip().startswith(ANSWER[:20])


def test_an_outlook_answer_with_us_in_copy_is_ours(house: House) -> None:
    question(house)
    named = {"Cc": CUSTOMER, "In_Reply_To": f"<{original(house)}>"}
    house.mail(ANA, "RE: Price list", ANSWER + BELOW, **named)
    filed = house.store.read(lambda tx: tx.messages.of_request(1))[-1]
    house.ignore()
    assert not filed.is_customers
    assert house.request().state is State.ANSWERED


def test_an_outlook_answer_among_sent_mail_counts(house: House) -> None:
    question(house)
    sent_mail(house, ANA, CUSTOMER, original(house), ANSWER + BELOW)
    house.ignore()
    assert house.request().state is State.ANSWERED


def test_a_ping_forwarded_as_an_attachment_never_reaches_the_customer(house: House) -> None:
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    ping, to = house.ping("ana"), house.copy("ana").reply_to
    house.ignore()
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = ping.sender_address, ANA, ping.subject
    inner.set_content(ping.text)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = ANA, to, "Fwd: x", "<eml@x>"
    mail.set_content("Please see attached.")
    mail.add_attachment(inner)
    house.arrive(mail.as_bytes(), ANA, to)
    got = [n for n in house.post.taken if n.kind is NoticeKind.ANSWER]
    house.ignore()
    assert not got


def ping_as_eml(ping: Notice, cte: str) -> bytes:
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = ping.sender_address, ANA, ping.subject
    inner.set_content(ping.text, cte=cte)
    return inner.as_bytes()


def saved_by_outlook(ping: Notice) -> bytes:
    return b"\xd0\xcf\x11\xe0" + f"Reply-To: {ping.reply_to}".encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("ping.msg", saved_by_outlook),
        ("ping.msg", lambda ping: b"\xd0\xcf\x11\xe0" + ping.reply_to.encode()),
        ("ping.eml", lambda ping: ping_as_eml(ping, "8bit")),
        ("ping.eml", lambda ping: encodebytes(ping_as_eml(ping, "8bit"))),
        ("body.eml", lambda ping: b"From: me\n\n" + encodebytes(ping.text.encode())),
        ("notes.txt", lambda ping: ping.text.encode()),
    ],
)
def test_a_ping_attached_in_any_form_never_reaches_the_customer(
    house: House, name: str, made: Callable[[Notice], bytes]
) -> None:
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    ping, to = house.ping("ana"), house.copy("ana").reply_to
    house.ignore()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = ANA, to, "Fwd: x", "<eml@x>"
    mail.set_content("Please see attached.")
    mail.add_attachment(made(ping), "application", "octet-stream", filename=name)
    house.arrive(mail.as_bytes(), ANA, to)
    got = [n for n in house.post.taken if n.kind is NoticeKind.ANSWER]
    house.ignore()
    assert not got


def test_a_mail_of_somebody_elses_and_a_file_of_any_bytes_may_be_attached(house: House) -> None:
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    to = house.copy("ana").reply_to
    house.ignore()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = ANA, to, "Re: x", "<ok@x>"
    mail.set_content("Please see attached.")
    other = EmailMessage()
    other["From"], other["Subject"] = "dev@vendor.example", "Fix"
    other.set_content("Your answer-12 is in the file. " * 9, cte="base64")
    for name, content in (("fix.eml", other.as_bytes()), ("x.bin", bytes(range(256)) * 99)):
        mail.add_attachment(content, "application", "octet-stream", filename=name)
    house.arrive(mail.as_bytes(), ANA, to)
    assert len(house.answer(CUSTOMER).attachments) == 2


def test_an_answer_sent_before_a_grave_message_leaves_it_owed(house: House) -> None:
    answer = answered(house)
    sent_at = house.now + timedelta(hours=1)
    house.now = sent_at + timedelta(minutes=5)
    write(house, "Re: Price list", OUTAGE, **reply_to(answer))
    content = (
        f"From: <{ANA}>\nTo: <{CUSTOMER}>\nSubject: Re: Price list\nMessage-ID: <late@x>\n"
        f"In-Reply-To: <{answer.message_id}>\n\n{ANSWER}\n"
    ).encode()
    envelope = Envelope(Channel.EMAIL, "support", "late", ANA, (CUSTOMER,), sent_at, sent=True)
    house.store.write(lambda tx: tx.inbox.take([Arrival(envelope, content)], house.now))
    house.work()
    house.ignore()
    assert house.store.read(lambda tx: tx.timers.of(1))


def test_thanks_below_a_new_matter_in_the_subject_is_no_mere_thanks(house: House) -> None:
    answer = answered(house)
    subject = "Nothing works, the whole company cannot send orders"
    write(house, subject, "Hvala unaprijed!\n\nPetra", **reply_to(answer))
    assert len(house.requests()) == 2


def test_a_sentence_after_thanks_is_no_name(house: House) -> None:
    answer = answered(house)
    write(house, "Re: Price list", "Hvala. Stojimo!", **reply_to(answer))
    assert "thanked" not in house.history()


def test_passing_a_vendors_mail_to_the_customer_is_an_answer(house: House) -> None:
    question(house)
    text = (
        "This is the fix.\n\n---------- Forwarded message ----------\n"
        "From: Dev <dev@vendor.example>\nDate: Wed, 4 Mar 2026 at 09:10\nSubject: Fix\n"
        f"To: Ana <{ANA}>\n\nUse version 3.\n"
    )
    named = {"Cc": CUSTOMER, "In_Reply_To": f"<{original(house)}>"}
    house.mail(ANA, "Fwd: Fix for [#1]", text, **named)
    house.ignore()
    assert len(house.requests()) == 1
    assert house.request().state is State.ANSWERED


def test_a_participants_mail_marked_as_spam_is_heard(house: House) -> None:
    house.mail(STRANGER, "Orders fail", OUTAGE)
    house.ignore()
    house.store.write(lambda tx: house.desk.release(tx, 1, None, "ana", house.now))
    house.work()
    house.ignore()
    house.mail(STRANGER, "Re: [#1] Orders fail", "Still nothing works.", X_Spam_Flag="YES")
    assert house.history()[-1] == "followed up"
    house.ignore()
