"""What a caller could get wrong is told in a sentence that says what would mend it."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db.transaction import TransactionManagementError

from sites.access.roles import NotAllowed, account
from sites.core import ledger
from sites.models import LedgerEntry, Site


@pytest.mark.django_db
def test_ben_is_an_account_and_a_visitor_is_asked_to_sign_in():
    ben = User.objects.create_user("ben")
    assert account(ben) == ben
    with pytest.raises(NotAllowed, match="Sign in first"):
        account(AnonymousUser())


@pytest.mark.django_db(transaction=True)
def test_the_ledger_is_not_written_outside_a_transaction():
    ferry = Site.objects.create(slug="ferry", name="Island Ferry")
    with pytest.raises(TransactionManagementError, match=r"inside a transaction: begin one with atomic\(\)"):
        ledger.hold(ferry.pk)
    assert not LedgerEntry.objects.exists()
