"""Promise 15, named owners: nothing meets customers while a duty is nobody's."""

import pytest
from django.contrib.auth.models import User

from knowledge.models import Example
from release.core.people import DUTIES, missing_owners
from release.gate import gate
from release.live import snapshot
from sites.core.refusal import Refused
from sites.models import Site
from tests.doctrine.test_12_stop_and_go_back import passed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("duty", DUTIES)
def test_no_release_goes_live_while_a_duty_is_nobodys(fernway, people, duty):
    Example.objects.create(site=fernway, category=None, counter=True, text="Do you sell helicopters?")
    Site.objects.filter(pk=fernway.pk).update(owners={**fernway.owners, duty: ""})
    frozen = snapshot.freeze(Site.objects.get(pk=fernway.pk), actor=people["dan"])
    passed(frozen)
    with pytest.raises(Refused, match=r"nobody is named|owner"):
        gate.go_live(frozen, actor=people["dan"], second=people["admin"], reason="It is only a duty.")


def test_an_owner_who_has_left_is_no_owner(fernway):
    assert missing_owners(fernway) == []
    User.objects.filter(username=fernway.owners["customers"]).update(is_active=False)
    assert any("has no active account" in lack for lack in missing_owners(fernway))
