"""The way from whatever went wrong to an incident: rooms below the incidents link to their page by its name."""

from urllib.parse import urlencode

from django.urls import reverse

from sites.access.roles import Person, roles_of
from sites.models import Role, Site

MAY_REPORT = (Role.AGENT, Role.CONTENT_OWNER, Role.RELEASE_OWNER)


def address(user: Person, site: Site, kind: str, key: object) -> str:
    """Where this person reports a turn, source, passage, release, tool or complaint; empty when they may not."""
    if roles_of(user, site).isdisjoint({*MAY_REPORT, Role.ADMIN}):
        return ""
    return page(site, kind, key)


def page(site: Site, kind: str, key: object) -> str:
    """The page itself, for screens that only people who may report see; it asks again."""
    return f"{reverse('admin:release_incident_new')}?{urlencode({'kind': kind, 'key': key, 'site': site.slug})}"
