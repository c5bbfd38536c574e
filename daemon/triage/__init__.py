"""How severe a message is: the language model where there is one, phrases where there is none."""

from daemon.triage.assessor import Assessor

__all__ = ["Assessor"]
