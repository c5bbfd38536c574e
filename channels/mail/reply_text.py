"""The new text of a letter: without quoted history and signature.

A scan over lines, after tables of what mail programs write around quotes. What was forwarded is
kept: there it is the message. In doubt a line stays.
"""

import re

from channels.mail.phrases import one_of, table
from channels.mail.signatures import without_signature

_MOST_LINES = 4_000
_LONGEST_LINE = 500
"""Characters; a longer one is a paragraph."""
_MOST_ATTRIBUTION = 4
"""Lines."""

_WROTE = one_of("quotes", "wrote")
_SAYS = re.compile(
    rf"(?:(?<!\w){_WROTE}(?:[/(]\w+\)?)?(?!\w)|{one_of('quotes', 'wrote_unspaced')})"
    r"[^:：]{0,120}[:：]?[\s\-_*]*$",
    re.IGNORECASE,
)
_LEAD = re.compile(rf"^[\s>*_\-]*+{one_of('quotes', 'leads')}(?!\w)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}|\d{1,2}[:.]\d\d|\d{1,2}[./-]\d{1,2}[./-]")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d\d")
_TIME = re.compile(r"\d{1,2}[:.h]\d\d")
_OPENS = re.compile(rf"{_LEAD.pattern}|^\W*\d{{1,4}}[-/.:年]\s?\d{{1,2}}", re.IGNORECASE)
_BRACKETED = re.compile(r"[<(\[]\s?(?:mailto:)?[^<>()\[\]\s]+@[^<>()\[\]\s]+")
_DATED_ADDRESS = re.compile(r"^\W*\d{1,4}[-/.:]\d{1,2}\b.{0,120}[<(]\s?[^\s<>()]*@[^<>()]*[>)]\W*$")
_DASHED = re.compile(r"^\s*-{2,}.*[^-]-{2,}\s*:?\s*$")
_LEAD_WITHIN = re.compile(
    rf"\s*-*\s+{one_of('quotes', 'leads_within')}\s+(?:[^\W\d]{{2,10}}[.,]*\s+){{0,2}}\d",
    re.IGNORECASE,
)

_FROM = one_of("quotes", "from")
_ANY_FIELD = one_of("quotes", "from", "subject", "others")
_FROM_FIELD = re.compile(rf"^[\s*>]*+{_FROM}\s?\*?\s*[:：]\*?\s*\S", re.IGNORECASE)
_FIELD = re.compile(rf"^[\s*>]*+{_ANY_FIELD}\s?\*?\s*[:：]", re.IGNORECASE)
_FLAT_FIELDS = re.compile(
    rf"^[\s*>]*+{_FROM}\s?\*?\s*[:：].{{0,200}}@.{{0,100}}\s{_ANY_FIELD}\s?\*?\s*[:：]",
    re.IGNORECASE,
)
_RFC_DATE = re.compile(r"\d\d:\d\d(?::\d\d)? [+-]\d{4}\b")

_SEPARATOR = re.compile(
    rf"^[\s*>]*+[-_=]{{2,}}+\s*{one_of('quotes', 'separators')}\s*[-_=]*\s*:?\s*$", re.IGNORECASE
)
_ABOVE_LINE = re.compile(".{0,40}".join(table("quotes")["above_line"]), re.IGNORECASE)
_FORWARDED = re.compile(
    rf"^[\s*>]*+(?:[-_]{{2,}})?\s*(?:begin )?{one_of('quotes', 'forwarded')}", re.IGNORECASE
)
_PASSED_ON = re.compile(rf"\s*{one_of('quotes', 'forward_subjects')}\s*:", re.IGNORECASE)
_TORN_LINK = re.compile(r"^\s*[(<]?https?://\S+[)>]?\s*>?\s*$")
_WRAPPED_AT = 60
"""Characters from which on a program may have broken a line."""


def passes_on(subject: str) -> bool:
    """Whether a letter forwards another: below a block of headers stands the message then."""
    return bool(_PASSED_ON.match(subject))


_HINT = re.compile(r"[@:：\d]|--")
"""In every attribution; most lines have none of it, and asking costs next to nothing."""


def said(subject: str, text: str) -> str:
    """What a message says now: its new text, what it passes on, or all there is."""
    return new_text(text, forwards=passes_on(subject)) or text


def new_text(text: str, *, forwards: bool = False) -> str:
    """What the sender wrote this time; empty if all of it is history.

    `forwards` if the subject says so: many clients put the same words above what they pass on as
    above what they answer.
    """
    lines = text.split("\n")[:_MOST_LINES]
    kept: list[str] = []
    at: int | None = 0
    while at is not None and at < len(lines):
        if forwards and _begins_history(lines, at):
            return "\n".join((*kept, *lines[at:])).strip()
        at = _next(lines, at, kept)
    return "\n".join(without_signature(kept)).strip()


def _begins_history(lines: list[str], at: int) -> bool:
    line = lines[at]
    return len(line) <= _LONGEST_LINE and bool(_SEPARATOR.match(line) or _field_block(lines, at))


def _next(lines: list[str], at: int, kept: list[str]) -> int | None:
    """Read what begins at a line; where to go on, None if history is all that follows."""
    line = lines[at]
    if _is_quoted(line) or _is_torn_quote(lines, at):
        return at + 1
    if len(line) <= _LONGEST_LINE:
        if _FORWARDED.match(line):
            kept += lines[at:]
            return None
        if _SEPARATOR.match(line) or _ABOVE_LINE.search(line[:200]):
            return None
        if count := _attribution(lines, at):
            kept += _words_before_it(line)
            ends = _says_something(kept) and not _quote_follows(lines, at + count)
            return None if ends else at + count
        if count := _field_block(lines, at):
            return None if _says_something(kept) else at + count
    kept.append(line)
    return at + 1


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith((">", "&gt;")) and not line.rstrip().endswith("<")


def _is_torn_quote(lines: list[str], at: int) -> bool:
    """What a mail program broke out of its quote: the tail of a long line, a link, an address."""
    line = lines[at].strip()
    if not (line and 0 < at < len(lines) - 1):
        return False
    above, below = lines[at - 1], lines[at + 1]
    if not (_is_quoted(above) and _is_quoted(below)):
        return False
    return " " not in line or len(above) >= _WRAPPED_AT or bool(_TORN_LINK.match(line))


def _says_something(kept: list[str]) -> bool:
    return any(line.strip() for line in kept)


def _quote_follows(lines: list[str], at: int) -> bool:
    following = (line for line in lines[at : at + 4] if line.strip())
    return _is_quoted(next(following, ""))


def _attribution(lines: list[str], at: int) -> int:
    """How many lines say who wrote what is quoted below; 0 if none does."""
    if not lines[at].strip() or len(lines[at]) > 300:
        return 0
    if not any(_HINT.search(line) for line in lines[at : at + _MOST_ATTRIBUTION]):
        return 0
    said = ""
    for count, line in enumerate(lines[at : at + _MOST_ATTRIBUTION], start=1):
        if (not line.strip() or _is_quoted(line)) and count > 1:
            break
        said = f"{said} {line.strip()}".strip()
        if len(said) > 400:
            break
        if _is_attribution(said, certain=_quote_follows(lines, at + count)):
            later = any(_OPENS.match(line) for line in lines[at + 1 : at + count])
            return 0 if later and not _OPENS.match(lines[at]) else count
    return 0


def _is_attribution(said: str, *, certain: bool) -> bool:
    """`certain` if a quote stands below: else it may be the sender's own sentence."""
    ends = said.rstrip("-_* ").endswith((":", "："))
    dated, addressed = bool(_DATE.search(said)), "@" in said
    dashed = bool(_DASHED.match(said))
    if not (dated or ends or dashed or (certain and addressed)):
        return False
    if addressed and _DATED_ADDRESS.match(said):
        return True
    if ends and dated and addressed and (certain or _BRACKETED.search(said)):
        return True  # whatever the language
    if not _SAYS.search(said):
        return False
    if certain or dashed or (addressed and (_BRACKETED.search(said) or _OPENS.match(said))):
        return True
    return bool(ends and _LEAD.match(said) and _DAY.search(said) and _TIME.search(said))


def _words_before_it(line: str) -> list[str]:
    """Some programs put the attribution right behind the writer's last word."""
    found = None if _OPENS.match(line) else _LEAD_WITHIN.search(line)
    return [line[: found.start()]] if found else []


def _field_block(lines: list[str], at: int) -> int:
    """How many lines repeat the headers of an earlier message; 0 if these are none."""
    if not _FIELD.match(lines[at]):
        return 0
    if _FLAT_FIELDS.match(lines[at]):
        return 1
    fields, senders, end = 0, bool(_RFC_DATE.search(lines[at])), at
    for position in range(at, min(at + 12, len(lines))):
        line = lines[position][:_LONGEST_LINE]
        if _FIELD.match(line):
            fields += 1
            senders |= bool(_FROM_FIELD.match(line))
            end = position + 1
        elif not line.strip() and position > end:
            break
    enough = fields >= 3 or (fields == 2 and end - at == 2)
    return end - at if senders and enough else 0
