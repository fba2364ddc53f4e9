"""What carries markup is shown as text by the real widget: names of goods, what an attacker typed, quotes."""

import pytest

from release.redteam.catalogue import goals
from tests.journeys.stage import Stage
from tests.journeys.test_customer import sign_in
from tests.journeys.unescaped import break_widget
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
RENDERED = """() => document.querySelector('handrail-chat').shadowRoot.querySelectorAll(
  '[role=log] :is(script, style, img, iframe, object, embed, [onclick], [onload], [onerror], [href^="javascript:"])'
).length"""
"""How many elements of the log only markup in a message could have made."""


def asks_everything(ada: WidgetPage) -> None:
    """Her order with markup in its name, and every attack of the goal `markup`."""
    ada.open()
    ada.ask("Where is my order FW-10085?")
    for text, *_ in goals()["markup"].seeds:
        if ada.state != "AI assistant":
            break
        ada.ask(text)


def test_no_markup_that_is_typed_or_stored_becomes_part_of_the_page(stage: Stage) -> None:
    ada = stage.customer()
    alerts: list[str] = []
    ada.page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    sign_in(ada)
    asks_everything(ada)
    assert "<script>alert(1)</script>" in ada.dialog.inner_text(), "it is shown, as text"
    assert ada.page.evaluate(RENDERED) == 0
    assert alerts == []


def test_a_widget_that_rendered_markup_would_be_seen(stage: Stage) -> None:
    """The same look at a widget in which one call inserts HTML: it finds the script."""
    ada = stage.customer()
    break_widget(ada.page, "document.createRange().createContextualFragment({part}.text)")
    ada.page.reload()
    sign_in(ada)
    ada.open()
    ada.ask("Where is my order FW-10085?")
    assert ada.page.evaluate(RENDERED) == 1
    stage.foresee(".*")
