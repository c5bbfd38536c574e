"""A request of our own every hour, through all that a customer's goes through, and read back.

It arrives, is understood, gets a timer; the watch tells a way of its own, the courier carries that
out. Nobody is written to, and nothing of it stays.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from channels.base import Clock, Cursor, Receive
from daemon.store_thread import StoreThread
from daemon.supervision import Alarm
from rules.model import (
    Arrival,
    Assessment,
    Audience,
    Channel,
    Envelope,
    EscalationPolicy,
    EscalationStep,
    Fate,
    Playbook,
    Purpose,
    Request,
    State,
    Timer,
    Whom,
)
from storage.canary import NUMBER
from storage.store import Transaction, Waiting

ACCOUNT = "(canary)"
"""No configured account has such a name, so that no door hands in what passes for one."""
WAY = "canary"
EVERY = timedelta(hours=1)
LATE = timedelta(minutes=10)

_CURSOR = "canary"
_OUT, _HOME = "out", "home"
_CONTENT = b"Subject: canary\n\nNothing works, the whole company cannot send orders.\n"
_FOR_EVER = timedelta(days=7)
_POLICY = EscalationPolicy(
    name="canary",
    steps=(EscalationStep(Fraction(0), (Audience(Whom.WAY, f"{WAY}:back"),)),),
    repeats=(_FOR_EVER,),
    round_the_clock=True,
    late_acknowledgement=_FOR_EVER,
    reserve=timedelta(),
)


@dataclass
class Canary:
    """Sends it out and looks whether it came back; any number of daemons may."""

    store: StoreThread
    receive: Receive
    clock: Clock
    alarm: Alarm
    began_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Be patient: what went out before this daemon began may have waited for one."""
        self.began_at = self.clock()

    async def round(self) -> bool:
        """Look after it, every minute or so; never more to do."""
        now = self.clock()
        is_due, is_lost = await self.store.write(lambda tx: self._look(tx, now))
        if is_lost:
            minutes = LATE // timedelta(minutes=1)
            await self.alarm(
                "the canary did not come back",
                f"a request of our own was not told of within {minutes} minutes: something between"
                " a message's arrival and a ping's delivery stands still",
            )
        if is_due:
            envelope = Envelope(Channel.EMAIL, ACCOUNT, f"{now:%Y%m%d%H}", "", (), now)
            cursor = Cursor(_CURSOR, f"{_OUT} {now.isoformat()}")
            await self.receive([Arrival(envelope, _CONTENT)], cursor)
        return False

    def _look(self, tx: Transaction, now: datetime) -> tuple[bool, bool]:
        """Whether the next is due, and whether the last is lost."""
        where, _, since = (tx.memory.load(_CURSOR) or f"{_HOME} {now.isoformat()}").partition(" ")
        sent_at = datetime.fromisoformat(since)
        if where == _HOME:
            tx.memory.save(_CURSOR, f"{_HOME} {since}")
            return now - sent_at >= EVERY, False
        is_back = tx.canary.is_back()
        is_lost = not is_back and now - max(sent_at, self.began_at) >= LATE
        if is_back or is_lost:
            tx.canary.clear(ACCOUNT)
            tx.memory.save(_CURSOR, f"{_HOME} {since}")
        return False, is_lost


def is_one(arrival: Arrival) -> bool:
    """Whether an arrival is the canary."""
    return arrival.envelope.account == ACCOUNT


def land(
    tx: Transaction, waiting: Waiting, assessment: Assessment, playbook: Playbook, now: datetime
) -> None:
    """Open its request, which a timer watches over that is due at once."""
    policy = playbook.policy
    plan = next(iter(policy.plans))
    due_at = now + _FOR_EVER
    request = Request(
        id=NUMBER,
        state=State.OPEN,
        channel=Channel.EMAIL,
        account=ACCOUNT,
        received_at=waiting.arrival.envelope.received_at,
        sender="",
        sender_name="",
        subject="canary",
        contract_id=None,
        customer="",
        plan=plan,
        policy=policy.version,
        severity=assessment.severity,
        severity_by="",
        confidence=assessment.confidence,
        needs_review=False,
        covered=None,
        reasons=(),
        language="en",
        clock_starts_at=now,
        first_response_due_at=due_at,
    )
    if tx.canary.open(request):
        purpose = Purpose.FIRST_RESPONSE
        timer = Timer(NUMBER, purpose, plan, request.severity, now, due_at, now, policy=_POLICY)
        tx.timers.arm(timer)
    tx.inbox.settle(waiting.id, Fate.NOTED, "canary")
