"""What is stored and what is configured must fit before anything starts."""

from dataclasses import replace
from typing import Any

import pytest

from daemon import parts
from rules.requests import Refused

House = Any  # the fixture's class; conftest is no module to import


def test_a_plan_that_contracts_and_requests_need_cannot_go_from_the_configuration(
    house: House,
) -> None:
    house.mail("p@premium.example", "Orders fail", "Nothing works for the whole company.")
    house.ignore()
    policy = house.playbook.policy
    plans = {name: plan for name, plan in policy.plans.items() if name != "premium"}
    poorer = replace(house.playbook, policy=replace(policy, plans=plans))
    parts.check_plans(house.store, house.playbook)
    with pytest.raises(Refused) as refused:
        parts.check_plans(house.store, poorer)
    assert "Premium d.o.o. has a contract on it" in str(refused.value)
    assert "requests are owed under it" in str(refused.value)


def test_the_signing_key_is_made_once_and_kept(house: House) -> None:
    assert parts.signing_key(house.store) == house.key
