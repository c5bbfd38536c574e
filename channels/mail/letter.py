"""A letter in its two forms: plain text for any reader, and simple HTML that says the same.

Written as paragraphs, a line each, with an empty line between; `- ` begins an item of a list, and
what stands between two * is weighty. A paragraph that is a URL and nothing else is a link.
"""

import re
import textwrap
from html import escape
from itertools import groupby

_WIDTH = 72
_ITEM = "- "
_LINK = re.compile(r"https?://[!-~]+", re.ASCII)
_WEIGHTY = re.compile(r"\*([^*\n]+)\*")
_PAGE = """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 38em">
{body}
</body>
</html>
"""
"""No colours: the reader's own, light or dark. Nothing is fetched from anywhere."""


def as_text(letter: str) -> str:
    """Wrapped at 72 characters, items hanging."""
    return "\n".join(_wrapped(line) for line in letter.splitlines()) + "\n"


def as_html(letter: str, title: str) -> str:
    """A whole page; nothing in the letter or the title is taken for markup."""
    paragraphs = letter.strip().split("\n\n")
    return _PAGE.format(title=escape(title), body="\n".join(map(_paragraph, paragraphs)))


def _wrapped(line: str) -> str:
    return textwrap.fill(
        line,
        _WIDTH,
        subsequent_indent="  " if line.startswith(_ITEM) else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _paragraph(text: str) -> str:
    if _LINK.fullmatch(text):
        return f'<p><a href="{escape(text)}">{escape(text)}</a></p>'
    blocks = groupby(text.splitlines(), lambda line: line.startswith(_ITEM))
    return "\n".join(_block(list(lines), listed) for listed, lines in blocks)


def _block(lines: list[str], listed: bool) -> str:
    marked = [_WEIGHTY.sub(r"<strong>\1</strong>", escape(line)) for line in lines]
    if not listed:
        return f"<p>{'<br>'.join(marked)}</p>"
    items = "".join(f"<li>{line.removeprefix(_ITEM)}</li>" for line in marked)
    return f"<ul>{items}</ul>"
