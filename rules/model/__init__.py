"""The nouns of support, and the glossary: one word for one thing, everywhere.

Instants end in `_at` and are aware datetimes in UTC; durations never do. Everything is a frozen
value: a change makes a new one with `dataclasses.replace`.
"""

from rules.model.hours import BusinessHours, Calendar, Window
from rules.model.messages import (
    Arrival,
    Attachment,
    Envelope,
    Message,
    Peer,
    ReplyAddress,
    ReplyPurpose,
)
from rules.model.people import (
    Account,
    AutomaticMailLimits,
    Override,
    Person,
    Playbook,
    Rotation,
    Way,
)
from rules.model.promises import EscalationPolicy, EscalationStep, Plan, Policy, Target
from rules.model.requests import (
    Acknowledgement,
    Assessment,
    Contract,
    Credit,
    Deadline,
    Entitlement,
    Fate,
    HistoryEntry,
    Notice,
    NoticeKind,
    Purpose,
    RegisteredPerson,
    Request,
    Timer,
)
from rules.model.words import (
    Channel,
    Clock,
    CloseReason,
    MailKind,
    Severity,
    State,
    Treatment,
    Uncovered,
)

__all__ = [
    "Account",
    "Acknowledgement",
    "Arrival",
    "Assessment",
    "Attachment",
    "AutomaticMailLimits",
    "BusinessHours",
    "Calendar",
    "Channel",
    "Clock",
    "CloseReason",
    "Contract",
    "Credit",
    "Deadline",
    "Entitlement",
    "Envelope",
    "EscalationPolicy",
    "EscalationStep",
    "Fate",
    "HistoryEntry",
    "MailKind",
    "Message",
    "Notice",
    "NoticeKind",
    "Override",
    "Peer",
    "Person",
    "Plan",
    "Playbook",
    "Policy",
    "Purpose",
    "RegisteredPerson",
    "ReplyAddress",
    "ReplyPurpose",
    "Request",
    "Rotation",
    "Severity",
    "State",
    "Target",
    "Timer",
    "Treatment",
    "Uncovered",
    "Way",
    "Window",
]
