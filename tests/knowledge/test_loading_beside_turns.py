"""A big load beside customers: their short writes get in between, and the index is whole afterwards."""

import threading

import pytest
from django.db import DatabaseError, connections, transaction

from knowledge.editing import approval, ingest
from knowledge.index import sync
from knowledge.index.store import index
from knowledge.models import Source
from knowledge.readers.documents import Document
from sites.core import ledger

from .conftest import look, publishes


@pytest.mark.django_db(transaction=True)
def test_turns_of_the_same_site_are_settled_while_articles_are_loaded(shop, embedded, settings):
    """The writer here does what SETTLE does: it holds the chain of the very site that is being loaded."""
    items = [
        ingest.Item(f"load-{n}", Document(f"Tent {n}", f"Tent number {n} has {n} poles and is green.", {}), ["returns"])
        for n in range(120)
    ]
    ingest.save_many(shop, items[:1], author="ada")
    settled, failed, loaded = [], [], threading.Event()

    def settle():
        try:
            while not loaded.wait(0.002):
                with transaction.atomic():
                    settled.append(ledger.append(shop.pk, "turn_settled", {"n": len(settled)}).number)
        except DatabaseError as error:
            failed.append(error)
        finally:
            connections.close_all()

    turns = threading.Thread(target=settle)
    turns.start()
    try:
        saved = ingest.save_many(shop, items, author="ada")
        approval.approve_many([each.revision for each in saved], actor="shell:test", reason="load")
    finally:
        loaded.set()
        turns.join()
    assert not failed
    assert len(settled) >= 10
    assert not list(ledger.verify(shop))
    sync.build_site(shop)
    assert all(check().whole for _, check in sync.audits(shop.pk))
    assert Source.objects.filter(site=shop).count() == 125
    assert look(publishes(shop), "How many poles has tent number 77?")[0].source == "load-77"
    assert index().owned()
