"""The `privacy` modules of the project and its apps: each handles the personal data of its own models.

Three functions in each:

    export_data(member)            a dictionary for data.json: numbers, text, dates, pictures, lists and dictionaries
    erase_data(member, choices)    delete or anonymise, inside the transaction that deletes the member's row
    delete_expired(at)             delete data after the times in docs/members-and-privacy.md

Lower apps come first: bookclub, members, meetups, newsletter.
"""

from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule


def get_privacy_modules():
    configs = [config for config in apps.get_app_configs() if module_has_submodule(config.module, "privacy")]
    return [import_module(f"{config.name}.privacy") for config in configs]
