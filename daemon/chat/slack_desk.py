"""What stands behind cards in chats: who pressed, what becomes of it, what one of us may see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Clock
from channels.slack.pressed import Click, Overtaken
from channels.slack.views import Home, Row, Section
from daemon import story
from daemon.chat import cards
from daemon.desk import Desk, running
from daemon.known import answered_otherwise
from daemon.letters.engineers import headline
from daemon.letters.moments import for_engineer
from daemon.letters.plain import one_line
from daemon.on_call import rota
from daemon.store_thread import StoreThread
from rules import leases, rotation
from rules.decisions import Stands
from rules.model import (
    ON_CALL,
    Card,
    CloseReason,
    Move,
    NoticeKind,
    Playbook,
    Request,
    Severity,
    State,
    Way,
)
from rules.requests import Refused
from storage.store import Transaction

_MOST_OWED = 500
_MOST_ROWS = 20
_MOST_FOUND = 15
_LAST_LINES = 12
_LONGEST_LINE = 200
_HELP = (
    "/support 12 shows request 12\n"
    "/support hand 12 to ana gives it to her\n"
    "/support oncall says who is on call\n"
    "/support followed by anything else looks for it in customers, senders and subjects"
)


@dataclass(frozen=True)
class SlackDesk:
    """The desk that `channels.slack.clicks` asks for."""

    store: StoreThread
    playbook: Playbook
    desk: Desk
    clock: Clock
    wake_courier: Callable[[], None]

    def person(self, identity: str) -> str | None:
        """The name of the one of us who is this in Slack."""
        found = self.playbook.person_at(identity)
        return found.name if found else None

    async def act(self, click: Click) -> None:
        """Carry out what was pressed; durable when this returns."""
        now = self.clock()
        try:
            await self.store.write(lambda tx: self._act(tx, click, now))
        except Refused:
            # The card may be of long ago, if Slack did not take what came after it.
            await self.store.write(lambda tx: self._show_again(tx, click.request_id, now))
            raise
        finally:
            self.wake_courier()

    async def cards(self, among: str, request_ids: Sequence[int]) -> Mapping[int, Card]:
        """How these requests stand now; what is not there is left out."""
        now, way = self.clock(), Way("slack", among)

        def look(tx: Transaction) -> dict[int, Card]:
            found = [each for id in request_ids if (each := tx.requests.get(id))]
            return {
                each.id: cards.card(each, running(tx, each.id), "", way, self.playbook, now)
                for each in found
            }

        return await self.store.read(look)

    async def home(self, person: str) -> Home:
        """What is owed, by deadline, and who is on call."""
        return await self.store.read(lambda tx: self._home(tx, person, self.clock()))

    async def history(self, person: str, request_id: int) -> Sequence[Section]:
        """A request's story, in this person's zone."""
        zone, now = self.playbook.people[person].zone, self.clock()

        def tell(tx: Transaction) -> Sequence[Section]:
            return story.story(tx, self.desk.request(tx, request_id), zone, now)

        return await self.store.read(tell)

    async def ask(self, person: str, words: str) -> str:
        """`12`, `hand 12 to ana`, `oncall`, or words to look for."""
        now = self.clock()
        match words.lstrip("#").split():
            case []:
                return _HELP
            case ["oncall"]:
                return await self.store.read(lambda tx: "\n".join(self._on_call(tx, now)))
            case [number] if _is_number(number):
                return await self.store.read(lambda tx: self._shown(tx, int(number), person))
            case ["hand", number, "to", name] if _is_number(number.lstrip("#")):
                id = int(number.lstrip("#"))
                name = name.lstrip("@")
                name = self.person(f"slack:{name}") or name
                await self.store.write(lambda tx: self.desk.reassign(tx, id, name, person, now))
                self.wake_courier()
                return f"request {id} is with {name}, who is told now"
        found = await self.store.read(lambda tx: tx.requests.search(words, _MOST_FOUND))
        return "\n".join(map(story.line, found)) or f"nothing is found\n{_HELP}"

    def _act(self, tx: Transaction, click: Click, now: datetime) -> None:
        id, person, epoch = click.request_id, click.person, click.epoch
        match click.move:
            case Move.ACKNOWLEDGE:
                request = self.desk.acknowledge(tx, id, person, now, epoch)
                if click.among:
                    self.desk.show_by(tx, request, Way("slack", click.among), now)
            case Move.SNOOZE:
                for_ = timedelta(minutes=_minutes(click.choice))
                self.desk.snooze(tx, id, for_, person, now, epoch)
            case Move.REASSIGN:
                if not leases.has_already(running(tx, id), click.choice, epoch):
                    self.desk.reassign(tx, id, click.choice, person, now, epoch)
            case Move.SEVERITY:
                self._set_severity(tx, click, now)
            case Move.DISMISS:
                self._dismiss(tx, click, now)
            case Move.ANSWER:
                self._answer(tx, click, now)

    def _show_again(self, tx: Transaction, id: int, now: datetime) -> None:
        if request := tx.requests.get(id):
            self.desk.show(tx, request, "", now)

    def _set_severity(self, tx: Transaction, click: Click, now: datetime) -> None:
        severity = Severity(click.choice)
        request = self.desk.request(tx, click.request_id)
        why = one_line(click.words, _LONGEST_LINE)
        if not why:
            raise Refused("say why; it is kept in the request's history")
        said = request.severity is severity and request.severity_by == click.person
        if said and any(f": {why} ({click.person})" in reason for reason in request.reasons):
            return  # it comes twice
        self._check_epoch(tx, request, click.epoch)
        self.desk.set_severity(tx, request.id, severity, why, click.person, now)

    def _dismiss(self, tx: Transaction, click: Click, now: datetime) -> None:
        request = self.desk.request(tx, click.request_id)
        reason = CloseReason.NOT_A_REQUEST
        if request.state is State.CLOSED and request.close_reason is reason:
            return
        self._check_epoch(tx, request, click.epoch)
        self.desk.close(tx, request.id, reason, click.person, now)

    def _answer(self, tx: Transaction, click: Click, now: datetime) -> None:
        source = f"slack-{click.key}"
        answers = [
            carried
            for carried in tx.outbox.of_request(click.request_id)
            if carried.notice.kind is NoticeKind.ANSWER
        ]
        if any(c.notice.id.startswith(f"answer-{click.request_id}-{source}-") for c in answers):
            return
        request = self.desk.request(tx, click.request_id)
        if request.state is State.CLOSED:
            raise Refused(f"request {request.id} is closed; nothing was sent")
        stand = [Stands(c.notice.person, c.created_at) for c in answers]
        stand += answered_otherwise(tx, request)
        if since := [s for s in stand if click.opened_at and s.at > click.opened_at]:
            last = max(since, key=lambda each: each.at)
            at = last.at.astimezone(self.playbook.people[click.person].zone)
            raise Overtaken(
                f"{last.person} answered at {at:%H:%M} while you wrote. Look at it"
                f" (/support {request.id}); send yours if it is still needed."
            )
        self.desk.answer(tx, request.id, click.person, click.words, source, now)

    def _check_epoch(self, tx: Transaction, request: Request, epoch: int) -> None:
        timer = running(tx, request.id)
        if epoch != (timer.epoch if timer else request.epoch):
            last = tx.requests.history(request.id)[-1]
            raise Refused(
                f"request {request.id} has changed since that was shown"
                f" ({last.who}: {last.what}); look at it again"
            )

    def _home(self, tx: Transaction, person: str, now: datetime) -> Home:
        owed = tx.timers.owed(_MOST_OWED)
        rows = [(r.owner, Row(headline(r), timer.due_at, story.below(r))) for timer, r in owed]
        return Home(
            mine=tuple(row for owner, row in rows if owner == person)[:_MOST_ROWS],
            others=tuple(row for owner, row in rows if owner != person)[:_MOST_ROWS],
            on_call=tuple(self._on_call(tx, now)),
        )

    def _on_call(self, tx: Transaction, now: datetime) -> Sequence[str]:
        book = rota.standing(tx, self.playbook, now)
        lines = []
        for found in book.rotations.values():
            who, until = rotation.on_call(found, now), rotation.next_handoff(found, now)
            title = "on call" if found.name == ON_CALL else found.name
            line = f"{title}: {who or 'nobody'}"
            if until:
                following = rotation.on_call(found, until) or "nobody"
                line += f", from {for_engineer(until, found.zone)} {following}"
            lines.append(line)
        return lines

    def _shown(self, tx: Transaction, id: int, person: str) -> str:
        request = self.desk.request(tx, id)
        zone = self.playbook.people[person].zone
        timer = running(tx, id)
        due = f"due {for_engineer(timer.due_at, zone)}" if timer else "nothing is owed"
        return "\n".join([story.line(request), due, *story.done(tx, request, zone)[-_LAST_LINES:]])


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < 10


def _minutes(choice: str) -> int:
    if not _is_number(choice):
        raise Refused("that is no time to snooze for")
    return int(choice)
