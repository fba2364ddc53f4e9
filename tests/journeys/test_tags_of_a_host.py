"""Whatever language a host page claims, an answer appears, with times, and a sentence is in one language."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage

pytestmark = pytest.mark.browser
AT = "2026-01-05T15:04:00+00:00"


@pytest.mark.parametrize("tag", ["en_GB", "de_DE", "x", "C", "", "zh-Hans-CN", "i-klingon", "en_US.UTF-8", "{{lang}}"])
def test_a_tag_that_nothing_understands_costs_no_answer(stage: Stage, tag: str) -> None:
    script = Script()
    script.answers = lambda frame: [script.add("c1", "bot", "30 days.", at=AT)] if frame["type"] == "ask" else []
    ada = visit(stage, html=f'<html lang="{tag}">', script=script)
    ada.open()
    answer = ada.ask("How long?")
    expect(answer).to_contain_text("30 days.")
    expect(answer.locator("time")).to_have_text("15:04" if tag != "en_US.UTF-8" else "3:04 PM")
    assert script.heard[0]["locale"] in ("en-GB", "de-DE", "zh-Hans-CN", "en-US")


def test_a_time_that_is_none_costs_no_answer_either(stage: Stage) -> None:
    script = Script()
    script.add("c1", "bot", "Hello.", at="soon")
    script.add("c1", "agent", "Later.", at=None)
    ada = visit(stage, script=script)
    ada.page.evaluate("localStorage['handrail:fernway'] = JSON.stringify({conversation: 'c1', token: 't'})")
    ada.page.reload()
    ada.open()
    expect(ada.dialog.locator("article.agent")).to_contain_text("Later.")
    expect(ada.dialog.locator("article.bot")).to_contain_text("Hello.")


def test_words_in_english_have_english_times_and_run_left_to_right_on_an_arabic_page(stage: Stage) -> None:
    script = Script("waiting", availability={"open": False, "next": "2027-06-01T09:00:00Z"})
    ada = visit(stage, html="<html lang=ar dir=rtl>", script=script, locale="ar")
    ada.open()
    expect(ada.dialog.locator("#people")).to_contain_text(re.compile(r"People are back Tuesday.*June"))
    root = ada.page.locator("handrail-chat #root")
    assert (root.get_attribute("dir"), root.get_attribute("lang")) == ("ltr", "en")
    assert script.heard[0]["locale"] == "ar"
    ada.write("متى تفتحون؟")
    said = ada.dialog.locator("article.customer .text")
    assert said.evaluate("node => getComputedStyle(node).direction") == "rtl"
    ada.input.fill("أين")
    assert ada.input.evaluate("node => getComputedStyle(node).direction") == "rtl"


def test_a_name_in_another_script_leaves_the_sentence_around_it_alone(stage: Stage) -> None:
    ada = visit(stage, script=Script("human", name="ليلى"))
    ada.open()
    expect(ada.dialog.locator("#state")).to_have_text("You are talking to \u2068ليلى\u2069")


def test_a_page_that_brings_arabic_words_gets_them_from_right_to_left(stage: Stage) -> None:
    ada = visit(stage, script=Script())
    ada.page.wait_for_function("window.Handrail && Handrail.version")
    ada.page.evaluate("Handrail.setLocale('ar', {human: 'تحدث إلى شخص'})")
    assert ada.page.locator("handrail-chat #root").get_attribute("dir") == "rtl"
