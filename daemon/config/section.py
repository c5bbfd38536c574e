"""What every table of the configuration is."""

from typing import Self

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator


class Section(BaseModel):
    """A table of the configuration: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="after")
    def _take_secrets_from_files(self) -> Self:
        found: dict[str, SecretStr] = {}
        for key in type(self).model_fields:
            secret = getattr(self, f"{key}_file", None)
            if isinstance(secret, SecretStr):
                if key in self.model_fields_set:
                    raise ValueError(f"{key} and {key}_file are both given; keep one of them")
                found[key] = secret
        return self.model_copy(update=found) if found else self
