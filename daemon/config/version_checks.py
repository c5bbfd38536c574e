"""What has to hold of each version of the policy, and between them."""

from collections.abc import Iterator
from itertools import pairwise

from daemon.config.files import shipped
from daemon.config.model import Settings
from daemon.config.problems import Place
from daemon.config.promises import PolicySettings
from daemon.config.public_holidays import fault_of

Problem = tuple[Place, str]


def holidays(settings: Settings) -> Iterator[Problem]:
    """Its country's are known."""
    known = {shipped("policy.toml")["holidays"]}  # good; asking would cost the import
    for place, version in _versions(settings):
        if version.holidays in known:
            continue
        known.add(version.holidays)
        if (fault := fault_of(version.holidays)) is not None:
            yield (*place, "holidays"), fault


def own_days(settings: Settings) -> Iterator[Problem]:
    """No day of our own is both closed and open."""
    for place, version in _versions(settings):
        if words := version.days_at_odds():
            yield place or ("closed_days",), words


def dates_in_order(settings: Settings) -> Iterator[Problem]:
    """Each holds from a later day than the one before it."""
    versions = _versions(settings)
    for (_, before), (place, version) in pairwise(versions):
        if version.effective_from <= before.effective_from:
            yield (
                (*place, "effective_from"),
                f"{version.effective_from} is not after {before.effective_from}, from which the"
                " version before it holds; versions stand in the order of their dates",
            )


def _versions(settings: Settings) -> list[tuple[Place, PolicySettings]]:
    """Each version of the policy with its place; the first stands outside a section."""
    return [((), settings), *((("policies", n), v) for n, v in enumerate(settings.policies))]
