"""How severities are found."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from daemon.config.outside import OutsideSettings
from daemon.config.section import Section
from rules.severity.decision import COSTS

Cost = Annotated[float, Field(ge=0, le=1_000)]
Costs = tuple[Cost, Cost, Cost, Cost]


class TriageSettings(Section):
    """What it costs to give a wrong severity, and whom else to ask."""

    costs: tuple[Costs, Costs, Costs, Costs] = COSTS
    """A row for each severity that it is, a column for each that is given, worst first."""
    outside: OutsideSettings | None = None
    """None: nobody is asked."""

    @model_validator(mode="after")
    def _worst_to_miss(self) -> Self:
        if any(row[at] for at, row in enumerate(self.costs)):
            raise ValueError("costs: to be right costs 0, so the diagonal is 0")
        if self.costs[0][3] < self.costs[3][0]:
            raise ValueError("costs: to take a critical one for none costs at least the reverse")
        return self
