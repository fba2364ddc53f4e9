"""This room in the admin: sites and people, the record, what alarms, and what stands outside."""

from sites.admin import alerts, endpoints, people, policy, record  # noqa: F401  each registers its pages
