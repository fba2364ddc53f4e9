"""A site's own signals travel in its bundle, stand in its releases, and one that goes away is seen first."""

import pytest
import yaml

from chatbot.decide.needs.kinds import Need as Known
from release.bundles import bundle
from release.bundles.export import export
from release.gate.diff import GONE, diff
from release.live import snapshot
from release.models import Release
from sites.choices.needs import Need
from sites.choices.signals import MOST, Signal
from sites.models import Site
from tests.release import stage
from tests.release.test_bundle_errors import line_of, yaml_with

pytestmark = pytest.mark.django_db
WRITTEN = [
    {"need": "fraud", "phrases": ["ticket tout", "sold twice"], "examples": ["Somebody used the QR code I bought."]},
    {"need": "danger", "phrases": ["man overboard"]},
    {"need": "fraud", "phrases": ["sold twice", "fake barcode"]},
]
KEPT = (
    Signal("fraud", ("ticket tout", "sold twice", "fake barcode"), ("Somebody used the QR code I bought.",)),
    Signal("danger", ("man overboard",)),
)


def candidate(site):
    return snapshot.candidate(Site.objects.get(pk=site.pk))


def loaded(folder, signals=WRITTEN):
    stage.write(folder, stage.plan(signals=signals))
    return stage.load(folder)


def test_the_needs_of_the_bot_are_those_a_site_may_name():
    assert Known is Need


def test_a_bundle_names_them_each_need_once_however_often_it_is_written(folder):
    assert candidate(loaded(folder)).signals == KEPT


def test_an_export_loads_to_the_same(folder, tmp_path):
    site = loaded(folder)
    before = candidate(site).fingerprint
    export(site, tmp_path / "out")
    written = yaml.safe_load((tmp_path / "out" / "site.yaml").read_text())["signals"]
    assert written[1] == {"need": "danger", "phrases": ["man overboard"]}
    bundle.load(tmp_path / "out", actor="test")
    assert candidate(site).fingerprint == before


def test_a_bundle_that_names_none_takes_them_away(folder):
    loaded(folder)
    stage.write(folder)
    assert bundle.load(folder, actor="test").site.signals == []


@pytest.mark.parametrize(
    ("entry", "line", "told"),
    [
        ("- need: frod\n  phrases: [sim swap]", 1, "“frod” is no need; did you mean “fraud”?"),
        ("- need: fraud\n  phrases:\n  - tout\n  - '!!!'", 4, "“!!!” has no word in it, so it is no phrase"),
        ("- need: fraud\n  examples:\n  - '?'", 3, "“?” has no word in it, so it is no example"),
        (
            f"- need: fraud\n  phrases:\n  - {'a' * 101}",
            3,
            "101 characters are too many for one phrase; at most 100 fit",
        ),
        ("- need: fraud", 1, "a signal needs “phrases” or “examples”"),
        ("- need: fraud\n  phrase: [tout]\n  phrases: [x]", 2, "“phrase” is not known here; did you mean “phrases”?"),
        ("- phrases: [tout]", 1, "“need” is missing"),
        ("- fraud", 1, "a signal starts with “need: …”"),
        ("- need: fraud\n  phrases: tout\n  examples: [x]", 2, "“phrases” must be a list"),
    ],
)
def test_what_is_no_signal_names_its_line(folder, entry, line, told):
    found = yaml_with(folder, "locale: en", f"locale: en\nsignals:\n{entry}")
    assert found == [f"site.yaml:{line_of(folder, 'signals:') + line}: {told}"]


def test_more_than_two_hundred_are_refused(folder):
    many = "\n".join(f"  - word{n}" for n in range(MOST + 1))
    found = yaml_with(folder, "locale: en", f"locale: en\nsignals:\n- need: fraud\n  phrases:\n{many}")
    assert found == [
        f"site.yaml:{line_of(folder, 'signals:')}: 201 phrases and examples are more than the 200 that fit"
    ]


def test_dan_sees_first_that_a_signal_is_gone(folder):
    site = loaded(folder)
    before = candidate(site)
    Site.objects.update(signals=[{"need": "danger", "phrases": ["man overboard", "fire on deck"], "examples": []}])
    changes = diff(before, candidate(site))
    assert [(c.what, c.name, c.before, c.after, c.weakens) for c in changes] == [
        ("signal", "fraud", "phrase “fake barcode”", GONE, True),
        ("signal", "fraud", "phrase “sold twice”", GONE, True),
        ("signal", "fraud", "phrase “ticket tout”", GONE, True),
        ("signal", "fraud", "example “Somebody used the QR code I bought.”", GONE, True),
        ("signal", "danger", "", "phrase “fire on deck”", False),
    ]


def test_a_phrase_that_becomes_an_example_is_a_change_too(folder):
    site = loaded(folder, [{"need": "fraud", "phrases": ["sold twice"]}])
    before = candidate(site)
    Site.objects.update(signals=[{"need": "fraud", "phrases": [], "examples": ["sold twice"]}])
    assert {(c.before, c.after) for c in diff(before, candidate(site))} == {
        ("phrase “sold twice”", GONE),
        ("", "example “sold twice”"),
    }


def test_customers_are_heard_by_them_with_a_release(ferry):
    stage.publish(ferry)
    Site.objects.update(signals=[{"need": "danger", "phrases": ["man overboard"], "examples": []}])
    assert snapshot.live(ferry.pk).signals == ()
    stage.publish(Site.objects.get(pk=ferry.pk))
    assert snapshot.live(ferry.pk).signals == (Signal("danger", ("man overboard",)),)


def test_a_release_older_than_signals_is_whole_and_has_none(ferry):
    release = stage.publish(ferry)
    body = {key: value for key, value in release.body.items() if key not in ("signals", "routes")}
    old = snapshot.parse(body)
    Release.objects.filter(pk=release.pk).update(body=body, fingerprint=old.fingerprint)
    snapshot.forget()
    assert snapshot.of(Release.objects.get(pk=release.pk)).signals == ()
    assert [c for c in diff(old, candidate(ferry)) if c.what in ("signal", "route")] == []
