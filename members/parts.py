"""The modules that answer for what an app keeps of a person: `personal.py`, in every app that has one.

The lower apps come first: bookclub, members, meetups, newsletter.
"""

from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule


def parts():
    configs = [config for config in apps.get_app_configs() if module_has_submodule(config.module, "personal")]
    return [import_module(f"{config.name}.personal") for config in configs]
