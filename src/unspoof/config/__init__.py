"""Every setting once: those of a case, which change what it says, and those of the machine, which must not."""

from unspoof.config.machine import MACHINE_SETTINGS, Machine, MachineSetting, load_machine
from unspoof.config.settings import (
    BY_NAME,
    SETTINGS,
    CaseSettings,
    Chosen,
    Setting,
    SettingValue,
    load_case_settings,
)

__all__ = [
    "BY_NAME",
    "MACHINE_SETTINGS",
    "SETTINGS",
    "CaseSettings",
    "Chosen",
    "Machine",
    "MachineSetting",
    "Setting",
    "SettingValue",
    "load_case_settings",
    "load_machine",
]
