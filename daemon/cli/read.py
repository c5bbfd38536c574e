"""`parse` and `classify`: what the daemon reads in a message, without the daemon."""

from typing import Annotated

import typer

from daemon.cli.common import Config, app, read_bytes
from daemon.cli.streams import each_object, put_json, standard_input


@app.command()
def parse(
    files: Annotated[list[str], typer.Argument(help="Raw messages; - is standard input.")],
    config: Config = None,
) -> None:
    """Show what is read in raw mail, one JSON object a message."""
    from channels.mail.facts import facts

    for file in files:
        found = facts(read_bytes(file))
        put_json({"file": file, **found} if len(files) > 1 else found)


@app.command()
def classify(
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read {id, language, channel, subject, body} lines.")
    ] = False,
    config: Config = None,
) -> None:
    """Say how severe messages are, from standard input: plain text, or JSON lines."""
    from channels.mail.reply_text import said
    from daemon import logs
    from daemon.triage import Assessor
    from rules.severity import level_of

    logs.configure()
    assess = Assessor()

    def verdict(subject: str, body: str, language: str) -> dict[str, object]:
        found = assess(subject, said(subject, body), language)
        return {
            "severity": found.severity,
            "confidence": round(found.confidence, 3),
            "level": level_of(found.confidence),
            "language": found.language or language,
            "reasons": list(found.reasons),
        }

    if not jsonl:
        put_json(verdict("", standard_input().read(), ""))
        return

    def classified(item: dict[str, object]) -> None:
        subject, body, language = (str(item.get(k) or "") for k in ("subject", "body", "language"))
        put_json({"id": item.get("id"), **verdict(subject, body, language)})

    each_object(classified)
