"""axe in a page: what it looks for stands there in tests/browser/axe.js."""

from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import BrowserContext, Page

SCRIPT = f"window.startAxe = () => {{ {AXE_SCRIPT}\n{Path(__file__).with_suffix('.js').read_text()} }}"
LOOK = """passed => {
  if (!window.axe) startAxe();
  return axe.look(passed);
}"""


class Axe:
    """For all pages of a context: sent once, every page finds it there, and starts it when it is asked for."""

    def __init__(self, context: BrowserContext) -> None:
        context.add_init_script(SCRIPT)
        self.passed: list[str] = []  # for contrast, on whatever page

    def check(self, page: Page, how: str) -> None:
        """It finds nothing; ``how`` the page stands there is said otherwise."""
        found = page.evaluate(LOOK, self.passed)
        self.passed += found["passed"]
        results = AxeResults(found)
        assert results.violations_count == 0, f"{how}:\n{results.generate_report()}"
