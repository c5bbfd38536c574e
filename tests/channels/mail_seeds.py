"""Letters of our own making, one of each shape: seeds for the fuzz tests."""

HEAD = "From: Ana <ana@customer.example>\nTo: support@desk.example\nSubject: Help\n"
MIXED = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
REPORT = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"

_TEXTS = [
    HEAD + "Message-ID: <1@c.example>\nReferences: <a@x> <b@x>\n\nNe radi.\n\n-- \nAna\n",
    HEAD + "\nNe.\n\nDana 5.3.2024. u 12:00 Podrška <s@d.example> napisao je:\n> Da?\n",
    HEAD + "\nHi\n\n-----Original Message-----\nFrom: S <s@d.example>\nSent: Tue\nTo: A\n",
    HEAD + "\nFYI\n\n---------- Forwarded message ----------\nFrom: x@y.z\nSubject: a\n\nPad!\n",
    HEAD + "Content-Type: text/plain; charset=cp1250; format=flowed; delsp=yes\n\none \ntwo\n",
    HEAD + "Content-Transfer-Encoding: quoted-printable\n\nNe=20radi =C4=8D=\n=ZZ\n",
    HEAD + "Content-Transfer-Encoding: base64\n\nTmUgcmFkaS4=\n",
    HEAD + "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#0V%T\n`\nend\n",
    HEAD + "Content-Type: text/html\n\n<table><tr><td>a<td>b</table><ol><li>x</ol>"
    "<a href='https://x.example'>y</a><blockquote>z</blockquote><img src='cid:p@x' alt=q>",
    HEAD + MIXED + "--b\n\nsee\n--b\nContent-Type: image/png; name*0*=utf-8''%C4%8D; name*1=.png\n"
    "Content-ID: <p@x>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n",
    HEAD + MIXED + "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--c\n"
    "Content-Type: text/html; charset=iso-8859-2\n\n<p>rich\n--c--\n--b--\n",
    HEAD + MIXED + "--b\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: text/html\n\n"
    "<b>\n--b--\n",
    HEAD + MIXED + "--b\nContent-Type: application/ms-tnef; name=winmail.dat\n"
    "Content-Transfer-Encoding: base64\n\n"
    "eJ8+IgEAAgKQBgAAAAAAAAACEIAGAAUAAABhLnR4dAAAAg+ABgABAAAAeAAA\n"
    "--b--\n",
    HEAD + MIXED + "--b\nContent-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:Ispad\\, hitno\n"
    "DTSTART;TZID=Europe/Zagreb:20260302T093000\nEND:VEVENT\n--b--\n",
    HEAD + "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n\nMIAG\n",
    "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n" + REPORT
    + "--b\n\nFailed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; m\n"
    "\nFinal-Recipient: rfc822; ana@customer.example\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 unknown\n--b\nContent-Type: text/rfc822-headers\n\n"
    "Message-ID: <m1@desk.example>\nTo: x@y.example\n--b--\n",
    "From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\nHi. This is the qmail-send "
    "program at mx.example.\n\n<ana@customer.example>:\nSorry. (#5.1.1)\n\n--- Below this line is "
    "a copy of the message.\n\nMessage-ID: <m1@desk.example>\n",
    "From: no-reply@sns.example\n\n"
    '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"a@b.c"}]}}\n',
    HEAD + "Auto-Submitted: auto-replied\nPrecedence: bulk\nX-Spam-Flag: YES\n\nOut of office\n",
    HEAD + "List-Id: Desk <support.desk.example>\nList-Post: <mailto:s@desk.example>\n\nhi\n",
    "From: =?utf-8?Q?=C4=8C?= =?iso-2022-jp?B?GyRCJSIbKEI=?= <a@b.c>, \"x, y\" <z@w.v> (c)\n"
    "Subject: =?gb2312?B?xOO6ww==?=\nTo: Desk: a@b.c, d@e.f;\n\nx\n",
    "junk\n" + HEAD + "Received: from a\nby b\n" + MIXED + "--b\n\nx\n",
]  # fmt: skip

SEEDS = [text.encode() for text in _TEXTS] + [
    _TEXTS[4].encode("utf-8") + "žurno, čekamo".encode("cp1250"),
    HEAD.encode() + b"\n" + "今朝から価格表".encode("cp932"),
]
