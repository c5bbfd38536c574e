"""Escalation policies as timers keep them: each once, under the hash of what it says."""

import hashlib
import json
from collections.abc import Collection
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlmodel import Session, col, select

from rules.model import Audience, EscalationPolicy, EscalationStep, Whom
from storage.bulk import insert_new
from storage.schema import EscalationPolicyRow

_UNIT = timedelta.resolution


def keep(session: Session, policy: EscalationPolicy) -> str:
    """Store a policy if it is not here yet; return under which digest."""
    content = _written(policy)
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    if session.get(EscalationPolicyRow, digest) is None:
        insert_new(session, EscalationPolicyRow, [{"digest": digest, "content": content}])
    return digest


def kept(session: Session, digests: Collection[str]) -> dict[str, EscalationPolicy]:
    """The policies of these digests: those that are there, and that this program understands."""
    if not digests:
        return {}
    query = select(EscalationPolicyRow.digest, EscalationPolicyRow.content)
    found = session.exec(query.where(col(EscalationPolicyRow.digest).in_(digests)))
    policies = {digest: _understood(content) for digest, content in found}
    return {digest: policy for digest, policy in policies.items() if policy}


def _understood(content: str) -> EscalationPolicy | None:
    try:
        return _read(content)
    except (ValueError, KeyError, TypeError):
        return None  # else one such timer would keep the watch from seeing all others


@lru_cache(maxsize=256)
def _written(policy: EscalationPolicy) -> str:
    return json.dumps(
        {
            "name": policy.name,
            "steps": [
                {
                    "share": str(step.share),
                    "offset": step.offset // _UNIT,
                    "tells": [[audience.whom, audience.name] for audience in step.tells],
                }
                for step in policy.steps
            ],
            "repeats": [gap // _UNIT for gap in policy.repeats],
            "round_the_clock": policy.round_the_clock,
            "late_acknowledgement": policy.late_acknowledgement // _UNIT,
            "reserve": policy.reserve // _UNIT,
        }
    )


@lru_cache(maxsize=256)
def _read(content: str) -> EscalationPolicy:
    said: dict[str, Any] = json.loads(content)
    return EscalationPolicy(
        name=said["name"],
        steps=tuple(
            EscalationStep(
                Fraction(step["share"]),
                tuple(Audience(Whom(whom), name) for whom, name in step["tells"]),
                step["offset"] * _UNIT,
            )
            for step in said["steps"]
        ),
        repeats=tuple(gap * _UNIT for gap in said["repeats"]),
        round_the_clock=said["round_the_clock"],
        late_acknowledgement=said["late_acknowledgement"] * _UNIT,
        reserve=said["reserve"] * _UNIT,
    )
