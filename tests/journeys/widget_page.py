"""The widget as a customer uses it: by what is written on it, so that a test breaks when a customer would be lost."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

WORDS = """node => [...node.childNodes].map(child => {
  const copy = child.cloneNode(true);
  if (copy.querySelectorAll) copy.querySelectorAll("button").forEach(cite => cite.remove());
  return copy.nodeName === "BUTTON" ? "" : copy.textContent;
}).filter(Boolean).join(" ")"""
"""The text of a message without the numbers of its citations, which are buttons."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as it stands in the log. `author` is customer, bot, agent or system; `who` its byline."""

    author: str
    who: str
    text: str


class WidgetPage:
    """The widget on a page that carries its snippet. Playwright's locators reach into its open shadow root."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("handrail-chat #launch")
        self.dialog = page.locator("handrail-chat dialog")
        self.human_button = self.dialog.locator("header").get_by_role("button", name="Talk to a human")
        self.input = self.dialog.locator("#input")
        self.status = self.dialog.locator("#status")

    def open(self) -> None:
        """Open it with the launcher, as a customer does, unless it stayed open; wait until it is connected."""
        self.launcher.or_(self.dialog).locator("visible=true").first.wait_for()
        if self.launcher.is_visible():
            self.launcher.click()
        self.dialog.locator("[role=log]").wait_for(state="attached")

    def close(self) -> None:
        """Close it with its own button."""
        self.dialog.get_by_role("button", name="Close chat").click()

    def write(self, text: str) -> None:
        """Send a message without waiting for anything."""
        self.input.fill(text)
        self.input.press("Enter")

    def ask(self, text: str) -> Locator:
        """Send a message and wait for the bot's next one; returns its article."""
        answers = self.dialog.locator("article.bot")
        before = answers.count()
        self.write(text)
        answers.nth(before).wait_for()
        return answers.nth(before)

    def talk_to_a_human(self) -> None:
        """Press the button and wait until somebody has been asked."""
        self.human_button.click()
        self.dialog.locator("#waiting").wait_for()

    def cite(self, answer: Locator, n: int = 1) -> Locator:
        """Open citation `n` of an answer by the number in its text; returns the card with quote, date and link."""
        answer.locator(f"button.cite[data-n='{n}']").first.click()
        return answer.locator("figure")

    @property
    def state(self) -> str:
        """The line under the name: "AI assistant", "Waiting for a person", "You are talking to Ben", …"""
        return self.dialog.locator("#state").inner_text()

    @property
    def disclosure(self) -> str:
        """What a customer reads about the AI before the first message."""
        return self.dialog.locator("#core").inner_text()

    @property
    def suggestions(self) -> list[str]:
        """What can be sent with one press."""
        return self.dialog.locator("#suggest button").all_inner_texts()

    @property
    def unsent(self) -> list[str]:
        """The messages that are kept but not acknowledged."""
        return self.dialog.locator("#pending .text").all_inner_texts()

    @property
    def messages(self) -> list[Shown]:
        """The log from top to bottom."""
        return [self._shown(article) for article in self.dialog.locator("#log article").all()]

    def _shown(self, article: Locator) -> Shown:
        byline = article.locator(".by").first
        who = " ".join(byline.locator("span, b").all_inner_texts()[:2]) if byline.count() else ""
        return Shown(article.get_attribute("class") or "", who, article.locator(".text").first.evaluate(WORDS))
