"""Looks at many timers at one instant: those alike in all but whose they are get one look.

What falls due at the same moment is mostly alike: whatever came overnight has a clock that starts
as the window opens.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from rules import policies
from rules.escalation import Look, look
from rules.model import Playbook, Request, Timer

_Terms = tuple[str, str, str]


@dataclass(frozen=True)
class Looks:
    """What was found is kept as long as this, so for one instant and one playbook."""

    playbook: Playbook
    """With who is on call at that instant."""
    now: datetime
    _books: dict[_Terms, Playbook] = field(default_factory=dict)
    _found: dict[tuple[_Terms, Timer], Look] = field(default_factory=dict)

    def at(self, request: Request, timer: Timer) -> Look:
        """As `escalation.look`, under the policy the request keeps; raises UnknownVersion."""
        terms = (request.policy, request.timezone, request.holidays)
        alike = replace(timer, request_id=0, epoch=0)
        found = self._found.get((terms, alike))
        if found is None:
            found = look(alike, self._book(terms, request), self.now)
            self._found[terms, alike] = found
        mine = replace(found.timer, request_id=timer.request_id, epoch=timer.epoch)
        return replace(found, timer=mine)

    def _book(self, terms: _Terms, request: Request) -> Playbook:
        if terms not in self._books:
            self._books[terms] = policies.of_request(self.playbook, request)
        return self._books[terms]
