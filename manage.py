#!/usr/bin/env python
"""Handrail's command line."""

import os
import sys

from config import beside


def main() -> None:
    """Run one management command; beside a demo, as that runs."""
    beside.adopt()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
