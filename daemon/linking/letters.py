"""The letter with a link, and the words of its page, as the house writes them."""

import hashlib
from datetime import datetime

from channels.link.links import Link, url
from daemon.letterhead import Letterhead
from daemon.letters import LinkWords
from rules.languages import language_for
from rules.model import Contract, Notice, NoticeKind, Way


class LinkLetters(Letterhead):
    """Writes to a registered person alone, by mail alone."""

    def letter(self, link: Link, contract: Contract, now: datetime) -> Notice:
        """Asks them whether they are this in a chat."""
        account = self._account(None)
        words = self.words(contract.language, link.address)
        page = url(self._public_url or "", link, self._key)
        letter = words.letter(link, account.display_name, page)
        whose = hashlib.sha256(f"{link.identity}\0{link.address}".encode()).hexdigest()[:12]
        return self._mail(
            f"link-{link.contract_id}-{whose}-{link.changes}",
            NoticeKind.LINK,
            None,
            Way("mail", link.address),
            letter.subject,
            letter.text,
            now,
        )

    def words(self, language: str, address: str = "") -> LinkWords:
        """A link in this language, else that of the address's country, else the house's."""
        chosen = language_for(language, address, "", self._playbook.language)
        return LinkWords.of(chosen, self._playbook.policy.zone, self._templates)
