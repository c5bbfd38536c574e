"""A request as chats show it to our own people."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from daemon.letters.engineers import OWED, about, headline
from daemon.letters.moments import countdown
from daemon.letters.plain import one_line, plain
from rules.model import Card, Fact, Move, Request, State, Timer

_LONGEST_WORDS = 1500
_LONGEST_REASON = 200
_LONGEST_NAME = 40


def card(
    request: Request,
    timer: Timer | None,
    zone: ZoneInfo,
    now: datetime,
    messages_text: str,
    snoozes: Sequence[timedelta],
    people: Iterable[str],
    told: str = "",
) -> Card:
    """All that is known, and what may be done; without a timer nothing is owed any more.

    `told` is why it is told now. What nobody has to do any more is left out.
    """
    lease = timer.acknowledgement if timer else None
    known = {"Told": one_line(told, _LONGEST_REASON), **about(request, lease, zone)}
    if timer is None:
        known |= {"State": _state(request), "Coverage": ""}
    what = headline(request)
    return Card(
        request_id=request.id,
        epoch=timer.epoch if timer else request.epoch,
        title=f"{request.severity.value} {what}" if timer else what,
        severity=request.severity,
        owed=OWED[timer.purpose].capitalize() if timer else "",
        due_at=timer.due_at if timer else None,
        countdown=countdown(timer.due_at, now) if timer else "",
        facts=tuple(Fact(name, value) for name, value in known.items() if value),
        reasons=tuple(one_line(r, _LONGEST_REASON) for r in request.reasons) if timer else (),
        words=_first(messages_text) if timer else "",
        moves=_moves(request, timer, snoozes),
        snoozes=tuple(length // timedelta(minutes=1) for length in snoozes),
        people=tuple(people),
    )


def _moves(request: Request, timer: Timer | None, snoozes: Sequence[timedelta]) -> tuple[Move, ...]:
    """What is still legal."""
    if request.state is State.CLOSED:
        return (Move.HISTORY,)
    if timer is None:
        return (Move.ANSWER, Move.HISTORY)
    moves = [Move.ACKNOWLEDGE, Move.ANSWER, Move.SEVERITY, Move.REASSIGN]
    moves += [Move.SNOOZE] if snoozes else []
    moves += [Move.DISMISS] if request.state is not State.ANSWERED else []
    return (*moves, Move.HISTORY)


def _state(request: Request) -> str:
    if request.merged_into is not None:
        return f"goes on in #{request.merged_into}"
    if request.state is State.ANSWERED:
        return f"answered by {one_line(request.first_response_by, _LONGEST_NAME)}"
    return f"{request.state.value} ({request.close_reason})" if request.close_reason else "closed"


def _first(text: str) -> str:
    """The first lines, and how much more there is."""
    cleaned = plain(text)
    more = len(cleaned) - _LONGEST_WORDS
    if more <= 0:
        return cleaned or "(no text)"
    return f"{cleaned[:_LONGEST_WORDS].rstrip()}\n[{more} more characters]"
