"""Linking an identity in a chat, in the customer's words: the letter and the page."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from channels.link.content import Page
from channels.link.links import Link
from daemon.letters.customers import Letter
from daemon.letters.words import Words, words_for
from rules.languages import zone_for

_LETTERS = ("receipt", "link")


@dataclass(frozen=True)
class LinkWords:
    """A link in its reader's language."""

    words: Words
    zone: ZoneInfo

    @classmethod
    def of(cls, language: str, zone: ZoneInfo, folder: Path | None) -> "LinkWords":
        """`zone` is the policy's; `folder` may have an operator's templates."""
        return cls(words_for(language, folder, _LETTERS), zone)

    def letter(self, link: Link, account: str, url: str) -> Letter:
        """The letter with the link, a line by itself: so it becomes one in HTML."""
        words, say = self.words, self.words.say
        until = words.moment(link.expires_at, zone_for(link.address, self.zone))
        paragraphs = (
            words.lines("greeting"),
            say("asked", **_values(link)),
            say("confirm here"),
            url,
            say("until", until=until),
            say("not yours"),
            words.lines("signature", account=account),
        )
        text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
        return Letter(say("link title"), f"{text}\n", words.faults)

    def page(self, link: Link, heading: str, opens: bool) -> Page:
        """The page as the link stands; `heading` of the words for that."""
        say = self.words.say
        said = (say(heading, **_values(link)), say("not yours") if opens else "")
        confirm = say("confirm") if opens else ""
        return Page(self._language, say("link title"), tuple(filter(None, said)), confirm)

    def excuse(self, heading: str) -> Page:
        """A page without a link."""
        return Page(self._language, self.words.say("link title"), (self.words.say(heading),))

    @property
    def _language(self) -> str:
        return str(self.words.locale).replace("_", "-")


def _values(link: Link) -> dict[str, str]:
    return {"identity": link.identity, "address": link.address}
