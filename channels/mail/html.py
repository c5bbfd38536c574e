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
_LISTS = frozenset({"ul", "ol"})
_SPACES = re.compile(r"[ \r\n\f]+")
_LINK = re.compile(r"(?:https?|ftp)://[^\s<>]+$", re.IGNORECASE)
_LONGEST_LINK = 300
"""Characters; longer ones track readers."""


class _Writer:
    """Collects runs of text into lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.depth = 0
        self.indent = ""
        self.lists: list[int] = []
        """Of each list around, how many items a numbered one has had; -1 in one of bullets."""
        self.links: list[tuple[str, int]] = []
        """Of each link around, where it goes and where in the line it began."""

    def end_line(self) -> None:
        cells = "".join(self.line).split("\t")
        text = "\t".join(_SPACES.sub(" ", cell).strip() for cell in cells).strip()
        self.line.clear()
        self.links = [(href, 0) for href, _ in self.links]
        if text:
            self.lines.append("> " * min(self.depth, 5) + self.indent + text)
            self.indent = ""

    def blank(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def begin_item(self) -> None:
        self.indent = "  " * min(len(self.lists) - 1, 5)
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            self.line.append(f"{self.lists[-1]}. ")
        else:
            self.line.append("* ")

    def end_link(self) -> None:
        href, start = self.links.pop()
        shown = "".join(self.line[start:]).strip()
        told = shown.rstrip("/").removeprefix("www.")
        if shown and not href.rstrip("/").endswith(told):
            self.line.append(f" <{href}>")


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
            writer.line.append((node.text_content or "").replace("\t", " "))
        elif tag not in _HIDDEN:
            if _enter(node, tag, writer):
                stack.append((node, True))
            children = []
            child = node.first_child
            while child is not None:
                children.append((child, False))
                child = child.next
            stack.extend(reversed(children))


def _enter(node: LexborNode, tag: str, writer: _Writer) -> bool:
    """Whether something is to be done when leaving it."""
    if tag in _BLOCKS:
        _enter_block(node, tag, writer)
    elif tag == "img" and (alt := node.attributes.get("alt")):
        writer.line.append(f" {alt} ")
    elif tag == "a" and (href := _link(node)):
        writer.links.append((href, len(writer.line)))
        return True
    return tag in _BLOCKS or tag in ("td", "th")


def _enter_block(node: LexborNode, tag: str, writer: _Writer) -> None:
    if tag in _LISTS and writer.lists:
        writer.end_line()
    elif tag in _APART or (tag == "br" and not "".join(writer.line).strip()):
        writer.blank()
    else:
        writer.end_line()
    if tag == "blockquote":
        writer.depth += 1
    elif tag == "div" and "gmail_signature" in (node.attributes.get("class") or ""):
        writer.lines.append("--")
    elif tag in _LISTS:
        writer.lists.append(0 if tag == "ol" else -1)
    elif tag == "li":
        writer.begin_item()


def _link(node: LexborNode) -> str:
    """Where it goes, if that is for people to see."""
    href = (node.attributes.get("href") or "").strip()
    return href if len(href) <= _LONGEST_LINK and _LINK.match(href) else ""


def _leave(tag: str, writer: _Writer) -> None:
    if tag == "a":
        writer.end_link()
        return
    if tag in ("td", "th"):
        if writer.line and writer.line[-1] != "\t":
            writer.line.append("\t")
        return
    writer.end_line()
    if tag in _LISTS:
        writer.lists.pop()
    if tag in _APART and not (tag in _LISTS and writer.lists):
        writer.blank()
    if tag == "blockquote":
        writer.depth -= 1
