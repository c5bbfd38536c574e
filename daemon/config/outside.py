"""Another's model, asked for a second opinion."""

from datetime import timedelta
from typing import Self

from pydantic import Field, SecretStr, model_validator

from daemon.config.section import Section
from daemon.config.values import Count, Duration, Line, SecretFile, quoted

_LONGEST = timedelta(seconds=20)


class OutsideSettings(Section):
    """A model of another's, asked about what is unsure."""

    url: Line = Field(examples=["https://models.b2bee.example/v1"])
    key: SecretStr = SecretStr("")
    key_file: SecretFile | None = None
    model: Line = Field(examples=["small-2"])
    timeout: Duration = timedelta(seconds=5)
    budget: Count = 200
    """Questions a UTC day."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.url.startswith(("https://", "http://")):
            raise ValueError(f'url {quoted(self.url)} is none (like "https://host.example/v1")')
        if self.timeout > _LONGEST:
            raise ValueError('timeout is too long: messages wait for it (20 s at most, like "5s")')
        return self
