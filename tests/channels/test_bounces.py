"""Reports as mail servers write them in their own words, and letters that only speak of such."""

import json

import pytest

from channels.mail.facts import facts

GONE = "ana@customer.example"
DIALECTS = {
    "qmail": (
        "MAILER-DAEMON@mx.example",
        "failure notice",
        "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver "
        "your message to the following addresses.\n\n<ana@customer.example>:\nSorry, no mailbox "
        "here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n"
        "Return-Path: <support@desk.example>\nMessage-ID: <m1@desk.example>\nTo: other@c.example\n",
    ),
    "Exim": (
        "Mailer-Daemon@mx.example",
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you "
        "sent could not be delivered to one or more of its recipients.\n\n  ana@customer.example\n"
        "    host mx.customer.example [192.0.2.1]\n    SMTP error from remote mail server after "
        "RCPT TO:<ana@customer.example>:\n    550 5.1.1 No such user\n\n------ This is a copy of "
        "the message, including all the headers. ------\n\nMessage-ID: <m1@desk.example>\n",
    ),
    "Postfix without a report": (
        "MAILER-DAEMON@mx.example",
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your "
        "message could not\nbe delivered to one or more recipients.\n\n<ana@customer.example>: "
        "host mx.customer.example said: 550 5.1.1\n    unknown (in reply to RCPT TO command)\n",
    ),
    "sendmail of old": (
        "MAILER-DAEMON@mx.example",
        "Returned mail: User unknown",
        "   ----- Transcript of session follows -----\n550 5.1.1 ana@customer.example... User "
        "unknown\n\n   ----- Unsent message follows -----\nMessage-Id: <m1@desk.example>\n",
    ),
    "Exchange 5.5": (
        "postmaster@mx.example",
        "Undeliverable: Help",
        "Your message\n\n  To:      ana@customer.example\n  Subject: Help\n\ndid not reach the "
        "following recipient(s):\n\nana@customer.example on Mon, 2 Mar 2026\n    The recipient "
        "name is not recognized\n    MSEXCH:IMS:X:Y 0 (000C05A6) Unknown Recipient\n",
    ),
    "Exchange in German": (
        "postmaster@mx.example",
        "Unzustellbar: Hilfe",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:\n\n"
        "ana@customer.example\n550 5.1.1 Die E-Mail-Adresse wurde nicht gefunden.\n",
    ),
    "Domino": (
        "Postmaster@mx.example",
        "DELIVERY FAILURE: User ana not listed in Domino Directory",
        "Your message\n\n  Subject: Help\n\nwas not delivered to:\n\n  ana@customer.example\n\n"
        "because:\n\n  User ana not listed in Domino Directory\n",
    ),
    "Gmail": (
        "mailer-daemon@googlemail.com",
        "Delivery Status Notification (Failure)",
        "** Address not found **\n\nYour message wasn't delivered to ana@customer.example because "
        "the address couldn't be found, or is unable to receive mail.\n\nThe response was:\n\n550 "
        "5.1.1 The email account that you tried to reach does not exist.\n",
    ),
    "Yahoo": (
        "MAILER-DAEMON@yahoo.com",
        "Failure Notice",
        "Sorry, we were unable to deliver your message to the following address.\n\n"
        "<ana@customer.example>:\n554: delivery error: dd Not a valid recipient\n\n"
        "--- Below this line is a copy of the message.\n",
    ),
    "MDaemon": (
        "MDaemon@mx.example",
        "Warning: ana@customer.example - User unknown!",
        "The following addresses did NOT receive a copy of your message:\n\n"
        "> ana@customer.example\n\n--- Session Transcript ---\n550 5.1.1 no such user\n",
    ),
    "a mailbox that is full, in Croatian": (
        "MAILER-DAEMON@mx.example",
        "Neisporučena poruka",
        "Vaša poruka nije isporučena na adresu:\n\nana@customer.example\n\nSandučić je pun.\n",
    ),
    "InterScan": (
        "imss@mx.example",
        "Mail could not be delivered",
        "****** Message from InterScan Messaging Security Suite ******\n\nSent <<< RCPT "
        "TO:<ana@customer.example>\nReceived >>> 550 5.1.1 unknown user.\n\nUnable to deliver "
        "message to <ana@customer.example>.\n\n---- Original message follows ----\n",
    ),
}


@pytest.mark.parametrize(("sender", "subject", "body"), DIALECTS.values(), ids=DIALECTS.keys())
def test_a_report_in_the_servers_own_words_names_who_failed(
    sender: str, subject: str, body: str
) -> None:
    letter = f"From: {sender}\nTo: support@desk.example\nSubject: {subject}\n\n{body}"
    told = facts(letter.encode())
    assert told["is_bounce"]
    assert (told["failed_recipients"], told["delayed_recipients"]) == ([GONE], [])
    assert told["bounced_message_id"] == ("m1@desk.example" if "Message-I" in body else "")


DELAYS = {
    "Exim": "This message was created automatically by mail delivery software.\nA message that you "
    "sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours.\n"
    "\nThe address to which the message has not yet been delivered is:\n\n  ana@customer.example\n"
    "\nNo action is required on your part.\n",
    "Gmail": "This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING "
    "MESSAGE ONLY.\n\nDelivery to the following recipient has been delayed:\n\n"
    "     ana@customer.example\n\nMessage will be retried for 2 more day(s)\n",
    "Postfix": "This is the mail system at host mx.example.\n\n# THIS IS A WARNING ONLY.  YOU DO "
    "NOT NEED TO RESEND YOUR MESSAGE. #\n\nYour message could not be delivered for more than 4 "
    "hours.\nIt will be retried until it is 5 days old.\n\n<ana@customer.example>: timed out\n",
}


@pytest.mark.parametrize("body", DELAYS.values(), ids=DELAYS.keys())
def test_a_delay_fails_nobody(body: str) -> None:
    told = facts(f"From: MAILER-DAEMON@mx.example\nSubject: Delayed mail\n\n{body}".encode())
    assert told["is_bounce"]
    assert (told["failed_recipients"], told["delayed_recipients"]) == ([], [GONE])


def test_amazon_tells_in_json() -> None:
    bounced = {
        "notificationType": "Bounce",
        "bounce": {"bouncedRecipients": [{"emailAddress": GONE, "status": "5.1.1"}]},
        "mail": {"commonHeaders": {"messageId": "<m1@desk.example>"}},
    }
    told = facts(f"From: no-reply@sns.example\n\n{json.dumps(bounced)}\n\n--\nbye".encode())
    assert told["failed_recipients"] == [GONE]
    assert told["bounce_status"] == ["5.1.1"]
    assert told["bounced_message_id"] == "m1@desk.example"
    wrapped = {"Type": "Notification", "Message": json.dumps({"notificationType": "Complaint"})}
    assert facts(f"From: a@b.example\n\n{json.dumps(wrapped)}".encode())["is_feedback_report"]


LETTERS = {
    "asks about a bounce": "From: ivo@customer.example\nSubject: Mail delivery failed\n\n"
    "Dobivam ovo kad pišem Ani:\n\n550 5.1.1 <ana@customer.example>: user unknown\n",
    "pastes a bounce": "From: ivo@customer.example\nSubject: Undelivered Mail Returned to Sender\n"
    "In-Reply-To: <x@y.example>\n\n" + DIALECTS["qmail"][2],
    "forwards a bounce": "From: ivo@customer.example\nSubject: Fwd: failure notice\n\nŠto je ovo?\n"
    "\n---------- Forwarded message ----------\nFrom: MAILER-DAEMON@mx.example\n\n"
    + DIALECTS["qmail"][2],
    "attaches one": "From: ivo@customer.example\nSubject: Mail se vraća\nContent-Type: "
    "multipart/mixed; boundary=b\n\n--b\n\nPošta nam ne radi, error 550.\n--b\nContent-Type: "
    "message/rfc822\n\nFrom: MAILER-DAEMON@mx.example\n\nuser unknown\n--b--\n",
    "a monitor's alarm": "From: monitor@customer.example\nAuto-Submitted: auto-generated\n"
    "Subject: Payment rejected\n\nError 500: payments fail on prod.\n",
    "a monitor's alarm on mail": "From: monitor@customer.example\nAuto-Submitted: auto-generated\n"
    "Subject: Delivery of reports stopped\n\nThe report job failed at 03:00.\n",
    "no-reply of a shop": "From: no-reply@customer.example\nSubject: Delivery failed\n\n"
    "The parcel could not be handed over.\n",
    "the postmaster himself": "From: postmaster@customer.example\nSubject: Upit\n\n"
    "Ne mogu se prijaviti, error 500.\n",
}


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS.keys())
def test_a_letter_about_such_things_is_none(letter: str) -> None:
    told = facts(letter.encode())
    assert not told["is_bounce"]
    assert not told["is_auto_reply"]
