"""What an import would change: each contract of the file beside the one that is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rules.model import Contract, RegisteredPerson

_SINGLE = (
    "plan",
    "ends_on",
    "ended_on",
    "renewal_notice",
    "language",
    "timezone",
    "holidays",
    "number",
)


@dataclass(frozen=True)
class Changed:
    """A contract that is stored otherwise."""

    contract: Contract
    fields: tuple[str, ...]
    """A line each, `plan: basic -> premium` or `domains: + a.example, - b.example`."""


@dataclass(frozen=True)
class Change:
    """The difference, a contract known by customer and first day."""

    added: tuple[Contract, ...]
    changed: tuple[Changed, ...]
    unchanged: tuple[Contract, ...]
    left_alone: tuple[Contract, ...]
    """Stored, and not in the file."""

    def summary(self) -> str:
        """How many of each."""
        return (
            f"{len(self.added)} added, {len(self.changed)} changed,"
            f" {len(self.unchanged)} unchanged; {len(self.left_alone)} not in the file, left alone"
        )

    def lines(self) -> Iterator[str]:
        """All of it, for a reader."""
        yield from self.told()
        for contract in self.left_alone:
            yield f"  {_called(contract)}: not in the file, left alone"

    def told(self) -> Iterator[str]:
        """What it says of the contracts that were given."""
        for contract in self.added:
            yield f"+ {_called(contract)}: {contract.plan}, until {contract.last_day}"
            bare = Contract(
                0, contract.customer, contract.plan, contract.starts_on, contract.ends_on
            )
            yield from (f"    {line}" for line in _fields(bare, contract))
        for each in self.changed:
            yield f"~ {_called(each.contract)}"
            yield from (f"    {line}" for line in each.fields)
        for contract in self.unchanged:
            yield f"= {_called(contract)}: unchanged"


def compare(found: Sequence[Contract], stored: Sequence[Contract]) -> Change:
    """The difference that storing `found` makes."""
    before = {(c.customer, c.starts_on): c for c in stored}
    pairs = [(c, before.pop((c.customer, c.starts_on), None)) for c in found]
    both = [(new, tuple(_fields(old, new))) for new, old in pairs if old is not None]
    return Change(
        added=tuple(new for new, old in pairs if old is None),
        changed=tuple(Changed(new, fields) for new, fields in both if fields),
        unchanged=tuple(new for new, fields in both if not fields),
        left_alone=tuple(before.values()),
    )


def _called(contract: Contract) -> str:
    return f"{contract.customer}, from {contract.starts_on}"


def _fields(old: Contract, new: Contract) -> Iterator[str]:
    for name in _SINGLE:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{name}: {_shown(before)} -> {_shown(after)}"
    persons = [{person_line(p) for p in contract.persons} for contract in (old, new)]
    if line := _difference(*persons):
        yield f"persons: {line}"
    for name in ("addresses", "domains", "chats", "extras"):
        if line := _difference(*({str(each) for each in getattr(c, name)} for c in (old, new))):
            yield f"{name}: {line}"


def _shown(value: date | str | int | None) -> str:
    return str(value or "none")


def _difference(old: set[str], new: set[str]) -> str:
    gained = [f"+ {each}" for each in sorted(new - old)]
    return ", ".join([*gained, *(f"- {each}" for each in sorted(old - new))])


def person_line(person: RegisteredPerson) -> str:
    """A registered person as the CSV has it."""
    reached = [*sorted(person.addresses), *sorted(person.phones), *sorted(person.identities)]
    return f"{person.name} <{', '.join(reached)}>"
