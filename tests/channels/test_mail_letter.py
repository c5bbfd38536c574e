"""A letter as plain text and as HTML."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from channels.mail.letter import as_html, as_text

LETTER = """Hello,

We answer you by *Monday at 09:00*; this line is long enough that it does not fit on one of a mail.

Not covered:
- the first item, which is as long as it takes for it to hang over to another line
- the second

Kind regards
Support
"""


def test_plain_text_is_wrapped_and_its_items_hang() -> None:
    assert as_text(LETTER) == (
        "Hello,\n"
        "\n"
        "We answer you by *Monday at 09:00*; this line is long enough that it\n"
        "does not fit on one of a mail.\n"
        "\n"
        "Not covered:\n"
        "- the first item, which is as long as it takes for it to hang over to\n"
        "  another line\n"
        "- the second\n"
        "\n"
        "Kind regards\n"
        "Support\n"
    )


def test_html_has_its_paragraphs_lists_and_weight() -> None:
    page = as_html(LETTER, "Re: <1>")

    assert "<title>Re: &lt;1&gt;</title>" in page
    assert "<p>We answer you by <strong>Monday at 09:00</strong>; this" in page
    assert "<p>Not covered:</p>\n<ul><li>the first item, which" in page
    assert "</li><li>the second</li></ul>" in page
    assert "<p>Kind regards<br>Support</p>" in page


@given(st.text(), st.text())
def test_nothing_in_a_letter_is_markup(letter: str, title: str) -> None:
    found: set[str] = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: found.add(tag)  # type: ignore[method-assign]
    parser.handle_comment = lambda data: found.add(data)  # type: ignore[method-assign]

    parser.feed(as_html(f"<i>{letter}", f"</title><b>{title}"))

    allowed = {"html", "head", "meta", "title", "body", "p", "br", "ul", "li", "strong"}
    assert found <= allowed
