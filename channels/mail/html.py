"""HTML to readable text: what a person would see, quotes marked with `> `."""

import html as entities
import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser, LexborNode

_LONGEST = 512 * 1024
"""Characters; more is no letter."""
_DEEPEST = 1000
_MOST_STEPS = 2_000_000
_HUGE_TAG = re.compile(r"<[^<>]{20000}")
_EMBEDDED = re.compile(r"data:[^\s\"'<>]{1000,}")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")

# fmt: off
_NEVER_LEFT_OPEN = frozenset({
    "br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr",
    "p", "li", "td", "th", "tr", "dt", "dd", "option",
})
"""Empty, or closed by their next sibling."""
_HIDDEN = frozenset({
    "head", "script", "style", "title", "template", "noscript", "meta", "link",
    "-comment", "_comment", "_doctype", "!doctype",
})
_BLOCKS = frozenset({
    "p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl",
    "dt", "dd", "pre", "hr", "blockquote", "address", "article", "section", "header", "footer",
    "form", "fieldset", "figure", "center",
})
_APART = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre", "blockquote",
})
# fmt: on
_SPACES = re.compile(r"[ \t\r\n\f]+")


class _Writer:
    """Collects runs of text into lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.depth = 0

    def end_line(self) -> None:
        text = _SPACES.sub(" ", "".join(self.line)).strip()
        self.line.clear()
        if text:
            self.lines.append("> " * min(self.depth, 5) + text)

    def blank(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1]:
            self.lines.append("")


def to_text(html: str) -> str:
    """The text of an HTML body; bounded, and never fails on what HTML may hold."""
    html = _EMBEDDED.sub("", html)[:_LONGEST]
    if _is_hostile(html):
        return entities.unescape(re.sub(r"<[^<>]*>", " ", html)).strip()
    body = LexborHTMLParser(html).body
    writer = _Writer()
    if body is not None:
        _walk(body, writer)
    writer.end_line()
    return "\n".join(writer.lines).strip()


def _is_hostile(html: str) -> bool:
    """Whether the parser would stall: its time grows with tags times elements left open.

    Counted by name, since closing others closes nothing.
    """
    if _HUGE_TAG.search(html):
        return True
    still_open: Counter[str] = Counter()
    total = steps = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if match[1]:
            if still_open[name]:
                still_open[name] -= 1
                total -= 1
        elif name not in _NEVER_LEFT_OPEN:
            still_open[name] += 1
            total += 1
        steps += total
        if total > _DEEPEST or steps > _MOST_STEPS:
            return True
    return False


def _walk(root: LexborNode, writer: _Writer) -> None:
    """With its own stack: hostile HTML nests deeper than Python does."""
    stack: list[tuple[LexborNode, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        tag = node.tag or ""
        if leaving:
            _leave(tag, writer)
        elif tag == "-text":
            writer.line.append(node.text_content or "")
        elif tag not in _HIDDEN:
            _enter(node, tag, writer)
            if tag in _BLOCKS or tag == "td":
                stack.append((node, True))
            children = []
            child = node.first_child
            while child is not None:
                children.append((child, False))
                child = child.next
            stack.extend(reversed(children))


def _enter(node: LexborNode, tag: str, writer: _Writer) -> None:
    if tag in _APART:
        writer.blank()
    elif tag in _BLOCKS:
        if tag == "br" and not "".join(writer.line).strip():
            writer.blank()
        writer.end_line()
    if tag == "blockquote":
        writer.depth += 1
    elif tag == "div" and "gmail_signature" in (node.attributes.get("class") or ""):
        writer.lines.append("--")
    elif tag == "li":
        writer.line.append("* ")
    elif tag == "img" and (alt := node.attributes.get("alt")):
        writer.line.append(f" {alt} ")


def _leave(tag: str, writer: _Writer) -> None:
    if tag == "td":
        writer.line.append(" ")
        return
    writer.end_line()
    if tag in _APART:
        writer.blank()
    if tag == "blockquote":
        writer.depth -= 1
