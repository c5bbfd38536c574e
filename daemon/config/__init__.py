"""The configuration: TOML and environment in, checked settings out, all problems at once."""

from daemon.config.load import CONFIG_PATHS, find_config, load, load_policy
from daemon.config.model import Settings
from daemon.config.playbook import build_playbook, build_policy
from daemon.config.problems import ConfigError

__all__ = [
    "CONFIG_PATHS",
    "ConfigError",
    "Settings",
    "build_playbook",
    "build_policy",
    "find_config",
    "load",
    "load_policy",
]
