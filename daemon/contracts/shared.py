"""What only one contract at a time may have: a customer's term, an address, a domain, a chat."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from pydantic import Field

from daemon.config.problems import Place, written
from daemon.config.section import Section
from daemon.config.values import Address, Chat, Days, Domain, Language, Line, Zone, quoted
from daemon.contracts.values import CustomerNumber, ExtraWritten, HolidayPlace, Phone
from rules.model import Contract

Found = Iterator[tuple[Place, str]]


class PersonEntry(Section):
    """A registered person, as written."""

    name: Line = Field(examples=["Maria Kovač"])
    addresses: tuple[Address, ...] = Field(examples=[["maria@adria.example"]])
    phones: tuple[Phone, ...] = ()
    identities: tuple[Chat, ...] = ()


class ContractEntry(Section):
    """A contract, as written: with the order that a Contract has not."""

    customer: Line = Field(examples=["Adria d.o.o."])
    plan: str = Field(examples=["basic"])
    starts_on: date = Field(examples=[date(2026, 1, 1)])
    ends_on: date = Field(examples=[date(2026, 12, 31)])
    ended_on: date | None = None
    renewal_notice: Days | None = None
    language: Language | None = None
    timezone: Zone | None = None
    holidays: HolidayPlace | None = None
    number: CustomerNumber | None = None
    extras: tuple[ExtraWritten, ...] = ()
    domains: tuple[Domain, ...] = ()
    addresses: tuple[Address, ...] = ()
    chats: tuple[Chat, ...] = ()
    persons: tuple[PersonEntry, ...] = ()

    @property
    def last_day(self) -> date:
        """Until when it runs, this day included."""
        return self.ended_on or self.ends_on


def check_shared(
    entries: Mapping[int, ContractEntry], stored: Sequence[Contract]
) -> list[tuple[Place, str]]:
    """What entries of a file, by their position, share with each other and with those stored.

    A stored one that the file replaces (the same customer and first day) does not count.
    """
    replaced = {(entry.customer, entry.starts_on) for entry in entries.values()}
    kept = [c for c in stored if (c.customer, c.starts_on) not in replaced]
    # Stored ones come first, under negative numbers: what is wrong is told of the file's.
    both = {n - len(kept): _as_entry(contract) for n, contract in enumerate(kept)} | dict(entries)
    found = [*_shared_terms(both), *_shared_names(both), *_nested_domains(both)]
    return [(place, words) for place, words in found if int(place[1]) >= 0]


def _as_entry(contract: Contract) -> ContractEntry:
    persons = tuple(
        PersonEntry.model_construct(
            name=p.name,
            addresses=tuple(sorted(p.addresses)),
            phones=tuple(sorted(p.phones)),
            identities=tuple(sorted(p.identities)),
        )
        for p in contract.persons
    )
    return ContractEntry.model_construct(
        customer=contract.customer,
        plan=contract.plan,
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        ended_on=contract.ended_on,
        persons=persons,
        addresses=tuple(sorted(contract.addresses)),
        domains=tuple(sorted(contract.domains)),
        chats=tuple(sorted(contract.chats)),
    )


def _called(entries: Mapping[int, ContractEntry], place: Place) -> str:
    """An earlier one: by its place in the file, or by what is stored."""
    number = int(place[1])
    if number >= 0:
        return written(place)
    entry = entries[number]
    return f"the stored contract of {quoted(entry.customer)} from {entry.starts_on}"


def _shared_terms(entries: Mapping[int, ContractEntry]) -> Found:
    by_customer = defaultdict(list)
    for number, entry in entries.items():
        by_customer[entry.customer.casefold()].append(number)
    for numbers in by_customer.values():
        for earlier, later in combinations(numbers, 2):
            if entries[earlier].starts_on == entries[later].starts_on:
                words = (
                    f"the same customer and starts_on as {_called(entries, ('contracts', earlier))}"
                )
                yield ("contracts", later), f"{words}; keep one of them"
            elif _overlap(entries[earlier], entries[later]):
                words = f"its term overlaps that of {_called(entries, ('contracts', earlier))}"
                one = "the same customer; a customer has one contract at a time"
                yield ("contracts", later), f"{words}, {one}"


def _shared_names(entries: Mapping[int, ContractEntry]) -> Found:
    claims: dict[str, list[tuple[int, Place]]] = defaultdict(list)
    for number, entry in entries.items():
        for place, name in _claims(entry):
            before = (at for at in claims[name] if _clash(entries, at[0], number))
            if (other := next(before, None)) is not None:
                taken = _called(entries, ("contracts", other[0], *other[1]))
                yield ("contracts", number, *place), f'"{name}" is taken by {taken} already'
            claims[name].append((number, place))


def _nested_domains(entries: Mapping[int, ContractEntry]) -> Found:
    """A domain speaks for those below it: two contracts would fit whoever writes from there."""
    domains = [(n, at, d) for n, e in entries.items() for at, d in enumerate(e.domains)]
    for (one, first, above), (other, position, domain) in combinations(domains, 2):
        within = domain.endswith(f".{above}") or above.endswith(f".{domain}")
        if within and one != other and _overlap(entries[one], entries[other]):
            taken = _called(entries, ("contracts", one, "domains", first))
            words = f'"{domain}" and "{above}" of {taken} lie within each other'
            yield ("contracts", other, "domains", position), f"{words}; name addresses instead"


def _clash(entries: Mapping[int, ContractEntry], one: int, other: int) -> bool:
    return one == other or _overlap(entries[one], entries[other])


def _claims(entry: ContractEntry) -> Iterator[tuple[Place, str]]:
    for number, person in enumerate(entry.persons):
        for field in ("addresses", "phones", "identities"):
            for position, name in enumerate(getattr(person, field)):
                yield ("persons", number, field, position), name
    for position, address in enumerate(entry.addresses):
        yield ("addresses", position), address
    for position, domain in enumerate(entry.domains):
        yield ("domains", position), domain
    for position, chat in enumerate(entry.chats):
        yield ("chats", position), chat


def _overlap(one: ContractEntry, other: ContractEntry) -> bool:
    return one.starts_on <= other.last_day and other.starts_on <= one.last_day
