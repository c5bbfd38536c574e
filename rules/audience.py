"""Who is meant by a step at an instant: persons with the reason, and ways that are nobody's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rules import rotation
from rules.model import ON_CALL, Audience, Imported, Person, Playbook, Way, Whom


@dataclass
class Audiences:
    """Gathers whom to tell, each person once, under the first reason found."""

    playbook: Playbook
    now: datetime
    people: dict[str, str] = field(default_factory=dict)
    """Names and why, of persons who can be reached."""
    ways: list[Way] = field(default_factory=list)
    nobody_on_call: bool = False
    """Whether a rotation, person or group was asked for, and nobody of it can be reached."""

    def add(self, audiences: Iterable[Audience]) -> None:
        """Everybody meant but the catch-all, which comes last (`add_catch_all`)."""
        for audience in audiences:
            if audience.whom is Whom.WAY:
                kind, _, address = audience.name.partition(":")
                self.ways += [way for way in [Way(kind, address)] if way not in self.ways]
            elif audience.whom is Whom.ON_CALL:
                self._add_on_call(audience.name or ON_CALL)
            elif audience.whom is not Whom.CATCH_ALL:
                names, why = self._named(audience)
                self.nobody_on_call |= not any(map(self._reachable, names))
                self.add_people(names, why)

    def add_people(self, names: Sequence[str], why: str) -> None:
        """Those of them who can be reached."""
        for name in names:
            if self._reachable(name):
                self.people.setdefault(name, why)

    def add_catch_all(self, why: str) -> None:
        """Told when nobody else is, or nobody else answers."""
        self.add_people(self.playbook.escalation.catch_all, f"catch-all: {why}")

    def _add_on_call(self, name: str) -> None:
        asked = self.playbook.rotations.get(name)
        person = self._reachable(rotation.on_call(asked, self.now) or "") if asked else None
        if person is None:
            self.nobody_on_call = True
            return
        self.people.setdefault(person.name, "on call" if name == ON_CALL else f"on call ({name})")

    def _named(self, audience: Audience) -> tuple[Sequence[str], str]:
        name = audience.name
        if audience.whom is Whom.GROUP:
            return self.playbook.escalation.groups.get(name, ()), f"one of {name}"
        if audience.whom is Whom.EVERYONE:
            return self._everyone(name), f"one of {name}"
        return (name,), "named in the policy"

    def _everyone(self, name: str) -> list[str]:
        asked = self.playbook.rotations.get(name)
        names: list[str] = []
        for layer in asked.layers if asked else ():
            if isinstance(layer, Imported):
                names += [shift.person for shift in layer.shifts if shift.person]
            else:
                names += layer.people
        return list(dict.fromkeys(names))

    def _reachable(self, name: str) -> Person | None:
        person = self.playbook.people.get(name)
        return person if person and person.ways else None
