"""Subjects without what mail programs and we put before them."""

import re

_NUMBER = re.compile(r"\[#(\d{1,9})\]")
_MARKS = (  # "reply" and "forwarded" in the languages of our customers' mail programs
    "re|aw|antw|odg|odgovor|sv|vs|ynt|res|rv|ref|одг|oдг|fw|fwd|wg|tr|prosl|proslijeđeno|"
    "posredovano|pos|прослеђено|enc|i"
)
_MARK = re.compile(rf"\A\s*(?:{_MARKS})\s*(?:\[\d+\])?\s*(?:[:：]|\Z)", re.IGNORECASE)


def bare(subject: str) -> str:
    """The matter alone: no request number, no `Re:` or `Fwd:`, one space between words."""
    said = " ".join(_NUMBER.sub(" ", subject).split())
    while mark := _MARK.match(said):
        said = said[mark.end() :].lstrip()
    return said


def numbers(subject: str) -> list[int]:
    """The requests it names as our subjects do, `[#12]`; anybody can write that."""
    return [int(number) for number in _NUMBER.findall(subject)]
