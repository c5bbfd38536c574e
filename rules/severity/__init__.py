"""How bad it is: a provisional severity from what a customer's newest words say."""

from rules.severity.decision import level_of
from rules.severity.evidence import assess
from rules.severity.language import detect

__all__ = ["assess", "detect", "level_of"]
