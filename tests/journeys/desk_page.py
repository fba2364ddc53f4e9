"""The desk as an agent uses it: the queue, one conversation and what is known about it, by what is written there."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The agents' console in the admin, on the queue or on a conversation."""

    page: Page

    def waiting(self, customer: str) -> Locator:
        """The row of somebody who waits for a person."""
        return self.page.locator("#list-first .row, #list-open .row", has_text=customer)

    def draft_of(self, customer: str) -> Locator:
        """The row of an answer that waits for approval."""
        return self.page.locator("#list-drafts .row", has_text=customer)

    def claim(self, customer: str) -> None:
        """Take somebody from the queue; ends on the conversation."""
        self.page.get_by_role("button", name=f"Claim the conversation with {customer}").click()
        expect(self.page.locator("#head .status")).to_have_text("yours")

    def look_into(self, row: Locator) -> None:
        """Open a row's conversation."""
        row.locator("a.about").click()
        self.page.locator("#thread").wait_for()

    def reply(self, text: str) -> None:
        """Write to the customer and wait until it stands in the thread."""
        self.page.locator("#reply").fill(text)
        self.page.locator("#send").click()
        expect(self.said("agent").last).to_contain_text(text)
        expect(self.page.locator("#reply")).to_have_value("")

    def hand_back(self, reason: str) -> None:
        """Return the conversation to the assistant."""
        self.page.locator("#head summary", has_text="Hand on").click()
        self.page.get_by_label("Why the assistant can go on").fill(reason)
        self.page.get_by_role("button", name="Return to the assistant").click()

    def close(self) -> None:
        """Close the conversation as resolved."""
        self.page.locator("#head summary", has_text="Close").click()
        self.page.get_by_label("A person was needed").check()
        self.page.get_by_role("button", name="Close the conversation").click()

    def said(self, kind: str) -> Locator:
        """The entries of the thread by one author: customer, bot, agent, note or system."""
        return self.page.locator(f"#thread .entry.{kind}")

    @property
    def packet(self) -> Locator:
        """What is known: why a person, who it is, what the assistant found."""
        return self.page.locator("#packet")
