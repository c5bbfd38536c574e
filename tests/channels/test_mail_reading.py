import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.mail.addresses import reply_address
from channels.mail.facts import facts
from channels.mail.mailboxes import Mailbox, read_mailboxes
from channels.mail.mime import read
from channels.mail.understand import understand
from rules.model import (
    Account,
    Arrival,
    Channel,
    Envelope,
    MailKind,
    Message,
    ReplyAddress,
    ReplyPurpose,
)

KEY = b"k" * 32
ACCOUNTS = {"support": Account("support", "Support", "support@desk.example")}
LETTER = (
    "From: Ana <Ana@Customer.example>\n"
    "Reply-To: boss@elsewhere.example\n"
    "Subject: Help\nMessage-ID: <1@customer.example>\nDate: Mon, 2 Mar 2026 09:30:00 +0100\n"
)


def understood(
    content: str | bytes,
    *recipients: str,
    sender: str = "ana@customer.example",
) -> Message:
    data = content.encode() if isinstance(content, str) else content
    received_at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    envelope = Envelope(
        Channel.EMAIL,
        "support",
        hashlib.sha256(data).hexdigest(),
        sender,
        recipients or ("support@desk.example",),
        received_at,
    )
    return understand(Arrival(envelope, data), ACCOUNTS, KEY)


def test_a_letter_is_read() -> None:
    message = understood(
        LETTER + "References: <a@x> <b@x>\nIn-Reply-To: <a@x>\n\nNe radi.\n\n-- \nAna\n"
    )
    assert message.kind is MailKind.ORDINARY
    assert not message.automatic
    assert (message.sender, message.sender_name) == ("ana@customer.example", "Ana")
    assert (message.subject, message.message_id) == ("Help", "1@customer.example")
    assert message.references == ("b@x", "a@x")
    assert message.text == "Ne radi.\n\n-- \nAna"
    assert message.new_text == "Ne radi."
    assert message.problems == ()


def test_the_same_message_by_another_way_has_the_same_key() -> None:
    body = "\nNe radi.\n"
    first = understood("Received: by one\n" + LETTER + body)
    again = understood("Received: by two\nX-Spam: no\n" + LETTER + body)
    other = understood(LETTER + "\nRadi.\n")
    assert first.key == again.key
    assert first.key.startswith("mail:")
    assert first.key != other.key


def test_a_reply_address_counts_in_the_envelope_and_not_in_a_header() -> None:
    address = reply_address("support@desk.example", ReplyPurpose.ANSWER, 12, KEY)
    by_header = understood(f"To: {address}\n{LETTER}\nhi\n")
    by_envelope = understood(f"{LETTER}\nhi\n", "support@desk.example", address.upper())
    assert by_header.reply_to_us is None
    assert by_envelope.reply_to_us == ReplyAddress(ReplyPurpose.ANSWER, 12)


@pytest.mark.parametrize(
    ("headers", "kind", "automatic"),
    [
        ("", MailKind.ORDINARY, False),
        ("Auto-Submitted: no", MailKind.ORDINARY, False),
        ("Auto-Submitted: auto-replied (vacation)", MailKind.AUTO_REPLY, True),
        ("Auto-Submitted: auto-generated", MailKind.ORDINARY, True),
        ("Auto-Submitted: auto-generated\nIn-Reply-To: <a@x>", MailKind.AUTO_REPLY, True),
        ("X-Autoreply: yes", MailKind.AUTO_REPLY, True),
        ("Precedence: auto_reply", MailKind.AUTO_REPLY, True),
        ("Subject: Automatski odgovor: Help", MailKind.AUTO_REPLY, True),
        ("Subject: Re: Automatski odgovor", MailKind.ORDINARY, False),
        ("Precedence: bulk", MailKind.BULK, True),
        ("List-Id: <desk.lists.example>\nPrecedence: list", MailKind.ORDINARY, True),
        ("X-Auto-Response-Suppress: All", MailKind.ORDINARY, True),
        ("X-Supportd: receipt", MailKind.ORDINARY, True),  # anybody can write that header
        ("Content-Type: multipart/report; report-type=feedback-report; boundary=b",
         MailKind.FEEDBACK_REPORT, True),
    ],
)  # fmt: skip
def test_headers_say_whether_a_person_wrote(headers: str, kind: MailKind, automatic: bool) -> None:
    content = f"From: ana@customer.example\n{headers}".rstrip("\n") + "\n\nhi\n"
    message = understood(content)
    assert (message.kind, message.automatic) == (kind, automatic)


def test_nothing_automatic_goes_back_to_the_null_sender() -> None:
    message = understood(LETTER + "\nhi\n", sender="")
    assert (message.kind, message.automatic) == (MailKind.ORDINARY, True)


def test_our_own_mail_come_back_is_known_by_address_and_header() -> None:
    sender = "From: Support+x@desk.example\n"
    assert understood(f"{sender}X-Supportd: receipt\n\nhi\n").kind is MailKind.OWN
    assert understood(f"{sender}\nfrom the contact form\n").kind is MailKind.ORDINARY


def test_what_has_no_headers_is_unreadable() -> None:
    message = understood(b"\n\x00\xff\n")
    assert message.kind is MailKind.UNREADABLE
    assert message.problems


BOUNCE = """\
From: MAILER-DAEMON@mx.customer.example
To: support@desk.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Could not deliver.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; ana@customer.example
Action: failed
Status: 5.0.0
Diagnostic-Code: smtp; 550 5.1.1 unknown

Final-Recipient: rfc822; ivo@customer.example
Action: delayed
Status: 4.4.1
--b
Content-Type: text/rfc822-headers

Message-ID: <answer-1.abc@desk.example>
Subject: Re: Help
--b--
"""


def test_a_bounce_says_which_message_of_ours_it_speaks_of() -> None:
    message = understood(BOUNCE, sender="")
    assert (message.kind, message.automatic) == (MailKind.BOUNCE, True)
    assert message.bounced_message_id == "answer-1.abc@desk.example"
    told = facts(BOUNCE.encode())
    assert told["failed_recipients"] == ["ana@customer.example"]
    assert told["delayed_recipients"] == ["ivo@customer.example"]
    assert told["bounce_status"] == ["5.1.1", "4.4.1"]


@pytest.mark.parametrize(
    "letter",
    [
        "Subject: Mail delivery failed\n\nNe mogu slati: 550 5.1.1 <a@b.hr> unknown\n",
        "Subject: Fwd: Undelivered Mail\n\nSto je ovo?\n" + BOUNCE.partition("\n\n")[2],
        "From: postmaster@customer.example\nSubject: Upit\n\nNe mogu se prijaviti, error 500\n",
        "From: postmaster@customer.example\nIn-Reply-To: <a@x>\nSubject: Undelivered\n\n550 fail",
    ],
)
def test_a_letter_about_bounces_is_no_bounce(letter: str) -> None:
    content = letter if letter.startswith("From") else "From: ana@customer.example\n" + letter
    assert understood(content).kind is MailKind.ORDINARY


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("utf-8", "utf-8"),
        ("windows-1250", "cp1250"),
        ("iso-8859-2", "iso-8859-2"),
        ("us-ascii", "utf-8"),
        ("us-ascii", "cp1250"),
        ("x-unknown", "cp1250"),
        ("utf-8", "cp1250"),
        ("iso-8859-1", "utf-8"),
        ("punycode", "utf-8"),
        ("utf-16", "utf-16"),
    ],
)
def test_text_is_read_whatever_is_declared(declared: str, sent: str) -> None:
    head = f"From: a@b.hr\nContent-Type: text/plain; charset={declared}\n\n".encode()
    assert read(head + "Čćžšđ ne radi".encode(sent)).text == "Čćžšđ ne radi"


@pytest.mark.parametrize(
    ("raw", "read_as"),
    [
        ("=?utf-8?Q?=C4=8Ce?= =?utf-8?B?a2Fu?=", "Čekan"),
        ("=?utf-8?Q?=C4?= =?utf-8?Q?=8C?=", "Č"),
        ("=?utf-8?B?xIxla2E_?=", "Čeka"),
        ("=?no-such?Q?abc?= def", "abc def"),
        ("=?utf-8?Q?broken", "=?utf-8?Q?broken"),
        ("Čekanje", "Čekanje"),
        ("folded\n  here", "folded here"),
    ],
)
def test_subjects_are_read(raw: str, read_as: str) -> None:
    assert read(f"From: a@b.hr\nSubject: {raw}\n\n".encode()).subject == read_as


@pytest.mark.parametrize(
    ("raw", "name", "address"),
    [
        ("ana@b.hr", "", "ana@b.hr"),
        ('"Horvat, Ana" <ana@b.hr>', "Horvat, Ana", "ana@b.hr"),
        ("Ana (tajnica) <ana@b.hr>", "Ana (tajnica)", "ana@b.hr"),
        ("ana@b.hr (Ana)", "Ana", "ana@b.hr"),
        ("=?utf-8?Q?Horvat,_Ana?= <ana@b.hr>", "Horvat, Ana", "ana@b.hr"),
        ("<ana@b.hr", "", "ana@b.hr"),
        ("Ana <>", "Ana", ""),
        ("'ana@b.hr' <ana@b.hr>", "", "ana@b.hr"),
        ("Desk: ana@b.hr;", "", "ana@b.hr"),
    ],
)
def test_badly_written_addresses_are_read(raw: str, name: str, address: str) -> None:
    assert read_mailboxes(raw) == (Mailbox(name, address),)


def test_broken_base64_is_salvaged_and_said() -> None:
    mail = read(b"From: a@b.hr\nContent-Transfer-Encoding: base64\n\nSGVs!!!bG8gd29ybG\n")
    assert mail.text.startswith("Hello wor")
    assert mail.problems == ("a part in broken base64",)


def test_html_alone_becomes_text() -> None:
    page = "<style>p {}</style><p>Ne <b>radi</b>.<br>Hitno!</p><script>x</script>"
    content = f"From: a@b.hr\nContent-Type: text/html\n\n{page}<blockquote>prije</blockquote>"
    assert read(content.encode()).text == "Ne radi.\nHitno!\n\n> prije"


def test_a_message_inside_is_an_attachment() -> None:
    content = LETTER + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n"
    content += "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nbody\n--b--\n"
    message = understood(content)
    assert message.text == "see"
    assert [a.content_type for a in message.attachments] == ["message/rfc822"]
    assert b"Subject: inner" in message.attachments[0].content


ANYTHING = st.lists(
    st.sampled_from(
        [b"From: ", b"a@b.hr", b"<", b">", b'"', b"(", b"\n", b"\r\n", b"\n\n", b"?=",
         b"=?utf-8?B?",
         b"Content-Type: ", b"multipart/mixed; boundary=b", b"--b", b"--b--", b"message/rfc822",
         b"text/html; charset=", b"utf-7", b"; name*0*=x''%ff", b"\xff", b"\x00", b"<p>", b"&#0;",
         b"Content-Transfer-Encoding: base64", b"QUJD", b"Subject: ", b"> ", b"Final-Recipient: ",
         b"message/delivery-status", b"\xed\xa0\x80", b"Date: ", b"wrote:", b"+2AA-"]
    )
    | st.binary(max_size=8),
    max_size=60,
).map(b"".join)  # fmt: skip


@settings(deadline=None)
@given(ANYTHING)
@example(b"")
@example(b"\xff\xfe")
def test_no_content_raises_and_all_of_it_can_be_stored(content: bytes) -> None:
    message = understood(content)
    for words in (message.subject, message.sender, message.sender_name, message.text):
        words.encode()
        assert not any(c < " " and c not in "\n\t" for c in words)
    message.new_text.encode()
    for attachment in message.attachments:
        attachment.name.encode()


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("X-Spam-Flag: YES", MailKind.SPAM),
        ("X-Spam-Status: Yes, score=9", MailKind.SPAM),
        ("X-Spam-Status: No, score=1", MailKind.ORDINARY),
        ("X-MS-Exchange-Organization-SCL: 6", MailKind.SPAM),
        ("X-MS-Exchange-Organization-SCL: -1", MailKind.ORDINARY),
        ("X-SES-Spam-Verdict: PASS", MailKind.ORDINARY),
        ("Subject: [SPAM] Buy", MailKind.SPAM),
        ("Subject: Spam in our inbox", MailKind.ORDINARY),
        ("Subject: Auto: kvar na sustavu", MailKind.ORDINARY),
        ("Subject: Odsutna: Help\nIn-Reply-To: <a@x>", MailKind.AUTO_REPLY),
        ("Subject: Godišnji odmor - kako unijeti?", MailKind.ORDINARY),
        ("Subject: Abwesenheitsnotiz: Hilfe", MailKind.AUTO_REPLY),
        ("Subject: Samodejni odgovor: Pomoč", MailKind.AUTO_REPLY),
        ("Subject: Аутоматски одговор: Помоћ", MailKind.AUTO_REPLY),
        ("Subject: unsubscribe\nX-Apple-Unsubscribe: true", MailKind.FEEDBACK_REPORT),
    ],
)
def test_marks_and_responders_are_known(headers: str, kind: MailKind) -> None:
    message = understood(f"From: ana@customer.example\n{headers}\n\nhi\n")
    assert (message.kind, message.automatic) == (kind, kind is not MailKind.ORDINARY)


@pytest.mark.parametrize(
    ("list_headers", "automatic"),
    [
        ("List-Id: Desk <support.desk.example>", False),
        ("List-Id: Desk <x.y>\nList-Post: <mailto:support@desk.example>", False),
        ("List-Id: Users <users.lists.example>\nList-Post: <mailto:users@lists.example>", True),
    ],
)
def test_the_list_a_desk_is_read_through_keeps_nobody_silent(
    list_headers: str, automatic: bool
) -> None:
    message = understood(f"From: ana@customer.example\n{list_headers}\nPrecedence: list\n\nhi\n")
    assert (message.kind, message.automatic) == (MailKind.ORDINARY, automatic)


def test_a_delay_is_filed_by_what_it_speaks_of_and_takes_nothing_back() -> None:
    delay = BOUNCE.replace("Action: failed", "Action: delayed")
    message = understood(delay, sender="")
    assert message.kind is MailKind.BOUNCE
    assert message.delayed_recipients == ("ana@customer.example", "ivo@customer.example")
    assert (message.failed_recipients, message.bounced_message_id) == ((), "")
    assert message.references == ("answer-1.abc@desk.example",)
