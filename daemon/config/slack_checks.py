"""Whether what goes by Slack can go there, and nothing of ours where a customer reads."""

from collections.abc import Iterator

from daemon.config import escalation_checks
from daemon.config.model import Settings
from daemon.config.problems import Place
from rules.model import Opens, Way

Problem = tuple[Place, str]


def ways(settings: Settings) -> Iterator[Problem]:
    """Ways by Slack without Slack, or into a room where what is said opens requests."""
    for place, way in _by_slack(settings):
        if settings.slack is None:
            yield place, "goes by Slack, and there is no [slack] (like bot_token and app_token)"
            continue
        for name, room in settings.slack.channels.items():
            if room.id == way.address and room.opens is not Opens.NOTHING:
                yield (
                    place,
                    f"leads to slack.channels.{name}, where customers write; take a room of your"
                    ' own (opens = "nothing")',
                )


def _by_slack(settings: Settings) -> Iterator[tuple[Place, Way]]:
    for name, person in settings.people.items():
        for way in person.all_ways:
            if way.kind == "slack":
                yield ("people", name, "ways"), way
    yield from (told for told in escalation_checks.ways(settings) if told[1].kind == "slack")
