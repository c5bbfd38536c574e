"""What comes in a letter besides plain text, and how much of it."""

import base64
import struct

import pytest

from channels.mail import tnef
from channels.mail.facts import facts
from channels.mail.mime import read

HEAD = "From: ana@customer.example\nSubject: Help\n"


def mixed(*parts: str, kind: str = "mixed") -> bytes:
    inner = "".join(f"--b\n{part}\n" for part in parts)
    return f"{HEAD}Content-Type: multipart/{kind}; boundary=b\n\n{inner}--b--\n".encode()


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<ol><li>one<li>two<ul><li>in</ul></ol>", "1. one\n2. two\n  * in"),
        ("<table><tr><th>Item<th>Qty<tr><td>Nail<td>3</table>", "Item\tQty\nNail\t3"),
        ("See <a href='https://x.example/a?b=1'>this</a>.", "See this <https://x.example/a?b=1>."),
        ("<a href='https://x.example/'>x.example</a>", "x.example"),
        ("<a href='mailto:a@b.example'>Ana</a>", "Ana"),
        ("<a href='javascript:alert(1)'>Ana</a>", "Ana"),
        ("a<br>b<hr>c", "a\nb\nc"),
        ("<p>x<blockquote>y<blockquote>z</blockquote></blockquote>", "x\n\n> y\n\n> > z"),
    ],
)
def test_html_is_read_as_a_person_sees_it(page: str, text: str) -> None:
    assert read(f"{HEAD}Content-Type: text/html\n\n{page}".encode()).text == text


@pytest.mark.parametrize(
    ("parameters", "sent", "text"),
    [
        ("format=flowed", "one \ntwo\nthree", "one two\nthree"),
        ("format=flowed; delsp=yes", "Ne ra \ndi", "Ne radi"),
        ("format=flowed", "> one \n> two\nmine", "> one two\nmine"),
        ("format=flowed", "> one \n>> two", "> one \n>> two"),
        ("format=flowed", " >mine\n-- \nAna", ">mine\n-- \nAna"),
        ("format=fixed", "one \ntwo", "one \ntwo"),
    ],
)
def test_flowed_lines_become_paragraphs(parameters: str, sent: str, text: str) -> None:
    assert read(f"{HEAD}Content-Type: text/plain; {parameters}\n\n{sent}".encode()).text == text


def test_pictures_within_the_letter_are_told_from_files() -> None:
    told = facts(
        mixed(
            "Content-Type: text/html\n\n<p>Look: <img src='cid:p1@x'></p>",
            "Content-Type: image/png; name=logo.png\nContent-ID: <p1@x>\n\nx",
            "Content-Type: image/png; name=proof.png\nContent-ID: <p2@x>\n\nx",
            "Content-Type: image/png\nContent-Disposition: inline; filename=in.png\n\nx",
        )
    )
    attachments = told["attachments"]
    assert isinstance(attachments, list)
    assert [(a["name"], a["inline"]) for a in attachments] == [
        ("logo.png", True),
        ("proof.png", False),
        ("in.png", True),
    ]


def record(kind: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", 2, kind, 6, len(value)) + value + b"\0\0"


def parcel() -> bytes:
    name = "ponuda čaša.pdf\0".encode("utf-16-le")
    properties = struct.pack("<I", 2) + struct.pack("<HHI", 3, 0x0E20, 7)
    properties += struct.pack("<HHII", 0x1F, 0x3707, 1, len(name)) + name
    properties += b"\0" * (-len(name) % 4)
    files = record(0x9002, b"") + record(0x8010, b"PONUDA~1.PDF\0") + record(0x800F, b"%PDF")
    return struct.pack("<IH", 0x223E9F78, 1) + files + record(0x9005, properties)


def test_outlooks_parcel_is_opened() -> None:
    encoded = base64.encodebytes(parcel()).decode()
    mail = read(
        mixed(
            "\nsee file",
            "Content-Type: application/ms-tnef; name=winmail.dat\n"
            f"Content-Transfer-Encoding: base64\n\n{encoded}",
        )
    )
    assert [(a.name, a.content) for a in mail.attachments] == [("ponuda čaša.pdf", b"%PDF")]
    assert (mail.text, mail.problems) == ("see file", ())


def test_a_parcel_that_cannot_be_opened_is_kept_and_said() -> None:
    mail = read(mixed("\nx", "Content-Type: application/ms-tnef; name=winmail.dat\n\nbroken"))
    assert [a.name for a in mail.attachments] == ["winmail.dat"]
    assert mail.problems == ("a winmail.dat that cannot be opened",)
    whole = parcel()
    for end in range(len(whole)):
        tnef.unpack(whole[:end])


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "S/MIME"),
        ("application/x-pkcs7-mime; name=smime.p7m", "S/MIME"),
        ("application/pgp-encrypted", "PGP"),
    ],
)
def test_what_is_sealed_is_kept_and_said(content_type: str, said: str) -> None:
    mail = read(f"{HEAD}Content-Type: {content_type}\n\nMIAG\n".encode())
    assert mail.text == ""
    assert len(mail.attachments) == 1
    assert said in mail.problems[0]


def test_a_signature_beside_the_letter_is_a_file_and_no_problem() -> None:
    mail = read(
        mixed("\nNe radi.", "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMIAG")
    )
    assert mail.text == "Ne radi."
    assert [a.name for a in mail.attachments] == ["smime.p7s"]
    assert mail.problems == ()


INVITATION = """\
Content-Type: text/calendar; method=REQUEST

BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:Ispad\\, hitno
DTSTART;TZID=Europe/Zagreb:20260302T093000
DTEND:20260302T090000Z
LOCATION:Zagreb
ORGANIZER;CN=Ana:mailto:ana@customer.example
DESCRIPTION:Prvi red\\nDrugi
  red
END:VEVENT
END:VCALENDAR"""


def test_an_invitation_alone_is_read_out() -> None:
    mail = read(mixed(INVITATION))
    assert mail.text.split("\n") == [
        "Summary: Ispad, hitno",
        "From: 2026-03-02 09:30 (Europe/Zagreb)",
        "Until: 2026-03-02 09:00 UTC",
        "Location: Zagreb",
        "Organizer: ana@customer.example",
        "Description: Prvi red",
        "Drugi red",
    ]
    assert [a.content_type for a in mail.attachments] == ["text/calendar"]


def test_an_invitation_with_a_letter_is_a_file() -> None:
    mail = read(mixed("\nDođite", INVITATION, kind="alternative"))
    assert mail.text == "Dođite"
    assert [a.content_type for a in mail.attachments] == ["text/calendar"]


@pytest.mark.parametrize("count", [70, 900])
def test_many_files_are_all_there(count: int) -> None:
    files = (f"Content-Type: application/pdf; name={n}.pdf\n\nx" for n in range(count))
    mail = read(mixed("\nsee", *files))
    assert len(mail.attachments) == count
    assert mail.problems == ()


def test_too_many_files_are_left_in_the_original_and_that_is_said() -> None:
    mail = read(mixed("\nsee", *("Content-Type: application/pdf\n\nx",) * 5_000))
    assert mail.problems == ("too many parts: read as plain text, the rest in the original",)
    assert (mail.sender.address, mail.subject) == ("ana@customer.example", "Help")
    assert "see" in mail.text


@pytest.mark.parametrize(
    "broken",
    [
        f"---- Original ----\n{HEAD}To: d@desk.example\n\nNe radi.",
        f"\n\n{HEAD}To: d@desk.example\n\nNe radi.",
        f"From x@y Mon Mar  2 09:30:00 2026\n{HEAD}To: d@desk.example\n\nNe radi.",
        "Received: from a\nby b with ESMTP\nfor <d@desk.example>\n"
        f"{HEAD}To: d@desk.example\n\nNe radi.",
    ],
)
def test_headers_that_were_broken_on_the_way_are_read(broken: str) -> None:
    mail = read(broken.encode())
    assert (mail.sender.address, mail.subject) == ("ana@customer.example", "Help")
    assert [m.address for m in mail.to] == ["d@desk.example"]
    assert mail.text == "Ne radi."


LETTERS = [
    ("Poštovani, od jutros ne radi račun za skladište, šaljem žurno.", "cp1250"),
    ("Poštovani, od jutros ne radi račun za skladište, šaljem žurno.", "iso8859-2"),
    ("Spoštovani, od danes zjutraj žal ne deluje več.", "iso8859-2"),
    ("Поштовани, од јутрос не ради рачун за складиште, шаљем журно.", "cp1251"),
    ("Здравствуйте, с утра не работает склад, проверьте пожалуйста.", "koi8-r"),
    ("Guten Tag, die Aufträge kommen für größere Kunden ohne Steuer.", "cp1252"),
    ("お世話になっております。今朝から価格表の同期が動いていません。", "cp932"),
    ("您好，从今天早上开始价格表无法同步，订单没有税。请检查一下。", "gb18030"),
]


@pytest.mark.parametrize(("text", "sent"), LETTERS)
def test_text_of_no_declared_charset_is_guessed_from_its_bytes(text: str, sent: str) -> None:
    assert read(HEAD.encode() + b"\n" + text.encode(sent)).text == text


@pytest.mark.parametrize("sent", ["cp932", "euc_jp"])
def test_raw_headers_are_in_the_charset_of_the_body(sent: str) -> None:
    head = f"Content-Type: text/plain; charset={sent}\nFrom: "
    content = head.encode() + "助手 <a@b.example>\nSubject: 価格表\n\nx".encode(sent)
    mail = read(content)
    assert (mail.subject, mail.sender.name) == ("価格表", "助手")


def test_seven_bits_declared_and_eight_sent_is_shift_jis() -> None:
    content = f"{HEAD}Content-Type: text/plain; charset=iso-2022-jp\n\n".encode()
    assert read(content + "価格表".encode("iso2022_jp")).text == "価格表"
    assert read(content + "価格表".encode("cp932")).text == "価格表"
