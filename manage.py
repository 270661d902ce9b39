#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from bookclub.server.data_folder import explain_missing_club

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookclub.settings")
    with explain_missing_club():
        execute_from_command_line(sys.argv)
