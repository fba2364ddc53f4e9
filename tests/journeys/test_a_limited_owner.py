"""An administrator limits a content owner to one category; she reads the rest and is told why she cannot move it."""

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import Stage
from tests.journeys.test_a_first_category import seen
from tests.journeys.test_accessible import wrong

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_cleo_answers_for_one_category(stage: Stage, scheme: str, width: int) -> None:
    size = {"width": width, "height": 900}
    admin = stage.staff("admin", "/admin/knowledge/remit/", color_scheme=scheme, viewport=size)
    admin.locator("#result_list").get_by_role("link", name="cleo").click()
    for box in admin.get_by_role("checkbox").all():
        box.uncheck()
    admin.get_by_role("checkbox").first.check()
    seen(admin, f"remit-{scheme}")
    admin.get_by_label("Why").fill("one desk each")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".messagelist")).to_contain_text("was changed")
    cleo = stage.staff("cleo", "/admin/knowledge/source/?q=warranty", color_scheme=scheme, viewport=size)
    cleo.locator("#result_list tbody th a").first.click()
    expect(cleo.get_by_text("You can read this. cleo answers for")).to_be_visible()
    assert wrong(cleo) == []
    seen(cleo, f"not-hers-{scheme}")
    stage.foresee("403")
    cleo.goto(f"{stage.server.url}/admin/knowledge/category/add/")
    expect(cleo.get_by_text("not for the whole site")).to_be_visible()
    seen(cleo, f"refused-{scheme}")
