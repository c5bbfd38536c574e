"""What a customer reads without a person's hand: the receipt."""

import textwrap
from zoneinfo import ZoneInfo

from daemon.letters.moments import for_customer
from daemon.letters.plain import bare_subject
from daemon.letters.templates import fill
from rules.model import Entitlement, Request, Severity, State, Treatment

LANGUAGES = ("hr", "bs", "sr", "sl", "de", "en")
_OTHERWISE = "en"
_LONGEST_SUBJECT = 100
_WIDTH = 72


def receipt(request: Request, zone: ZoneInfo, entitlement: Entitlement) -> tuple[str, str]:
    """Subject and text of the receipt, in the request's language or English.

    Says that it was heard, under which number, how grave it seems, by when a person answers in
    local time of `zone` (the policy's), and what the contract does not cover. A held request is
    promised a look, no time. Nothing of the customer's text is repeated but the subject: a
    receipt must be of no use to whoever sends under a false name.
    """
    language = _language(request)
    template = f"receipt.{language}"
    values: dict[str, object] = {"number": request.id}
    if request.first_response_due_at:
        values["due"] = for_customer(request.first_response_due_at, zone, language)
        values["starts"] = for_customer(request.clock_starts_at, zone, language)
    paragraphs = [
        fill(template, "greeting"),
        *(_filled(template, headings, values) for headings in _said(request)),
        *_uncovered(template, request, entitlement),
        *([_filled(template, ["reachable"], values)] if _is_critical(request) else []),
        _filled(template, ["closing"], values),
        fill(template, "signature"),
    ]
    return answer_subject(request), "\n\n".join(paragraphs) + "\n"


def answer_subject(request: Request) -> str:
    """The subject of all that goes to the customer: its number, then the customer's own."""
    subject = bare_subject(request.subject, _LONGEST_SUBJECT)
    subject = subject or fill(f"receipt.{_language(request)}", "no subject")
    return f"Re: [#{request.id}] {subject}"


def _language(request: Request) -> str:
    return request.language if request.language in LANGUAGES else _OTHERWISE


def _said(request: Request) -> list[list[str]]:
    """Headings of the sections to send, a list for each paragraph."""
    when = ["answer"]
    if _is_held(request):
        when = ["held"]
    elif request.clock_starts_at > request.received_at:
        when = ["answer", "later"]
    return [["heard"], [request.severity.value, "correct us"], when]


def _uncovered(template: str, request: Request, entitlement: Entitlement) -> list[str]:
    if not entitlement.uncovered:
        return []
    reasons = (
        textwrap.fill(
            " ".join(fill(template, reason.value).split()),
            _WIDTH,
            initial_indent="- ",
            subsequent_indent="  ",
        )
        for reason in entitlement.uncovered
    )
    paragraphs = ["\n".join([fill(template, "uncovered"), *reasons])]
    if entitlement.treatment is Treatment.SERVE and not _is_held(request):
        paragraphs.append(_filled(template, ["billed"], {}))
    return paragraphs


def _filled(template: str, headings: list[str], values: dict[str, object]) -> str:
    text = " ".join(fill(template, heading, **values) for heading in headings)
    return textwrap.fill(" ".join(text.split()), _WIDTH, break_long_words=False)


def _is_held(request: Request) -> bool:
    return request.state is State.HELD or request.first_response_due_at is None


def _is_critical(request: Request) -> bool:
    return request.severity is Severity.CRITICAL
