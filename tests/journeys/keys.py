"""A person without a mouse: whatever they use is reached by Tab and used by a key, or the test fails."""

from playwright.sync_api import expect

from tests.journeys.people import Person

FARTHEST = 200  # presses of Tab
IS_FOCUSED = "element => element === document.activeElement"
IS_SIBLING = """element => [element, document.activeElement].every(one => one.type === 'radio')
  && document.activeElement.name === element.name"""


class Typist(Person):
    """Files are chosen in a window of the system, which is not ours: those are put in place."""

    def reach(self, target):
        """Tab on until the focus is on the target; into the content by the link that skips the navigation."""
        expect(target).to_be_visible()
        keys = self.page.keyboard
        if self.page.evaluate("document.activeElement === document.body") and target.evaluate(
            "e => !!e.closest('main')"
        ):
            keys.press("Tab")
            if self.page.evaluate("document.activeElement.matches('.skip-link')"):
                keys.press("Enter")
        for _ in range(FARTHEST):
            if target.evaluate(IS_FOCUSED):
                return
            keys.press("ArrowDown" if target.evaluate(IS_SIBLING) else "Tab")
        raise AssertionError(f"No key leads to {target}.")

    def click(self, target):
        self.reach(target)
        target.press("Enter")
        return self

    def fill(self, target, text):
        self.reach(target)
        if target.get_attribute("type") == "date":
            year, month, day = text.split("-")
            target.press_sequentially(month + day + year)
        else:
            target.press("Control+a")
            target.press_sequentially(text) if text else target.press("Delete")
        expect(target).to_have_value(text)

    def pick(self, target, option):
        self.reach(target)
        target.press_sequentially(option)
        expect(target.locator("option:checked")).to_have_text(option)

    def tick(self, target, *, on=True):
        self.reach(target)
        if target.is_checked() != on:
            target.press("Space")
        expect(target).to_be_checked(checked=on)
        return self

    def takes_the_phone(self):
        """A phone has no keys."""
        return self

    def tap(self, place):
        return self.go(place)
