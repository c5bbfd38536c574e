"""Slack's markup as people read it, and plain text as Slack shows it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.slack.text import escaped, mentioned, parts, plain, written

NAMES = {"U1": "Maria", "C1": "orders", "S1": "field"}


@pytest.mark.parametrize(
    ("markup", "read"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U1> and <@U2|pero> and <@U3>", "@Maria and @pero and @U3"),
        ("in <#C1> and <#C2|stock>", "in #orders and #stock"),
        ("<!here> <!channel|channel> <!subteam^S1> <!subteam^S2|@team>", None),
        ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("<https://a.example|the page>", "the page (https://a.example)"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("<mailto:a@b.example|a@b.example> <tel:+385>", "a@b.example +385"),
        ("2 < 3 and &lt;@U1&gt;", "2 < 3 and <@U1>"),
        ("", ""),
    ],
)
def test_markup_is_read_as_it_is_shown(markup: str, read: str | None) -> None:
    expected = "@here @channel @field @team" if read is None else read
    assert plain(markup, NAMES) == expected


def test_what_somebody_escaped_mentions_nobody() -> None:
    assert mentioned("&lt;@U1&gt; <@U2> <@U3|pero> <#C1>") == ("U2", "U3")


RICH: Any = [
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "orders fail for "},
                    {"type": "user", "user_id": "U1"},
                    {"type": "emoji", "name": "fire"},
                    {"type": "link", "url": "https://a.example"},
                ],
            },
            {
                "type": "rich_text_list",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": word}]}
                    for word in ("one", "two")
                ],
            },
        ],
    }
]


def test_without_text_the_blocks_are_read() -> None:
    said = {"text": "", "blocks": RICH}
    assert plain(written(said), NAMES) == "orders fail for @Maria:fire:https://a.example\none\ntwo"


def test_a_forwarded_message_is_read_and_the_preview_of_a_link_is_not() -> None:
    forwarded = {"is_share": True, "author_name": "Pero", "text": "the server is down"}
    preview = {"from_url": "https://a.example", "title": "A page", "text": "long words"}
    said = {"text": "see below", "attachments": [forwarded, preview]}
    assert written(said) == "see below\n\nPero:\nthe server is down"


@given(st.recursive(st.none() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)))
def test_nothing_in_a_payload_raises(value: Any) -> None:
    said = {"text": value, "blocks": value, "attachments": [value, {"blocks": value}]}
    assert isinstance(plain(written(said), NAMES), str)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_what_goes_out_is_read_as_it_was_written(text: str) -> None:
    assert plain(escaped(text), {}) == text.strip()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), min_size=1))
def test_parts_are_short_and_make_the_whole(text: str) -> None:
    made = parts(text * 200)
    assert all(0 < len(part) <= 3_500 for part in made)
    assert "".join("".join(made).split()) == "".join((text * 200).split())
