"""What lies over what: the configuration over the shipped policy, each version over the last."""

from daemon.config.files import Table, shipped
from daemon.config.problems import Place
from daemon.config.promises import PolicySettings

_BY_ENTRY = ("plans", "uncovered")
"""Tables of the policy whose entries replace one by one."""


def over_shipped(given: Table) -> Table:
    """The configuration over the shipped policy, and its further versions made whole."""
    layered = over(shipped("policy.toml"), given)
    versions = given.get("policies")
    if not isinstance(versions, list):
        return layered
    inherited = set(PolicySettings.model_fields) - {"effective_from"}
    layered["policies"] = []
    below = layered
    for version in versions:
        is_table = isinstance(version, dict)  # else it is told of as it stands
        if is_table:
            below = over({key: below[key] for key in inherited & below.keys()}, version)
        layered["policies"].append(below if is_table else version)
    return layered


def newest(given: Table) -> Table:
    """The last version of a configuration's policy, whole; of one that was found sound."""
    layered = over_shipped(given)
    last = layered["policies"][-1] if layered.get("policies") else layered
    return {key: last[key] for key in PolicySettings.model_fields if key in last}


def over(below: Table, given: Table) -> Table:
    """A plan replaces the one of its name; other keys replace one by one."""
    layered = dict(below)
    for key, value in given.items():
        covered = layered.get(key)
        if key in _BY_ENTRY and isinstance(value, dict) and isinstance(covered, dict):
            layered[key] = {**covered, **value}
        else:
            layered[key] = value
    return layered


def is_inherited(place: Place, given: Table) -> bool:
    """Whether a problem's place stands in a version only because it stood in one before."""
    if place[0] != "policies" or len(place) < 3 or place[2] == "effective_from":
        return False
    version = given["policies"][place[1]]
    if place[2] not in version:
        return True
    table = version[place[2]]
    by_entry = place[2] in _BY_ENTRY and len(place) > 3 and isinstance(table, dict)
    return by_entry and place[3] not in table
