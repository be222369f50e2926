"""axe in a page: what it looks for, and what it need not look at a second time."""

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import BrowserContext, Page

OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# Text in the colours and the size, and on the grounds, of text that has passed, passes too, on whatever page. What lies
# over something else without a ground of its own, or has not clearly passed, is looked at wherever it stands.
REMEMBER_CONTRAST = """
const rule = axe._audit.rules.find(({ id }) => id === "color-contrast"), matches = rule.matches;
const check = axe._audit.checks["color-contrast"], evaluate = check.evaluate;
const TEXT = ["color", "font-size", "font-weight", "text-shadow"];
const GROUND = ["background-color", "background-image", "opacity", "filter", "mix-blend-mode"];
const CLEAR = "rgba(0, 0, 0, 0),none,1,none,normal";
const grounds = new WeakMap(), read = (node, names) => names.map((name) => node.getComputedStylePropertyValue(name)).join();
function ground(node) {
  if (node?.props.nodeType !== 1) return { firm: true, colours: "" };
  if (!grounds.has(node)) {
    const own = read(node, GROUND), { firm, colours } = ground(node.parent);
    const covers = own.startsWith("rgb(") && own.endsWith(",1,none,normal");
    const flows = ["static", "relative"].includes(node.getComputedStylePropertyValue("position"));
    grounds.set(node, { firm: covers || (firm && flows), colours: own === CLEAR ? colours : colours + " on " + own });
  }
  return grounds.get(node);
}
const look = (node) => ground(node).firm ? read(node, TEXT) + ground(node).colours : null;
rule.matches = function (element, node) {
  return !axe.passed.has(look(node)) && matches.apply(this, arguments);
};
check.evaluate = function (element, options, node) {
  const seen = look(node), result = axe.passed.has(seen) || evaluate.apply(this, arguments);
  if (result === true && seen) axe.passed.add(seen);
  return result;
};
"""
RUN = """async ([options, passed]) => {
  if (!window.axe) startAxe();
  axe.passed = new Set(passed);
  const { violations } = await axe.run(document, options);
  return { violations, passed: [...axe.passed].slice(passed.length) };
}"""


class Axe:
    """For all pages of a context: sent once, every page finds it there, and starts it when it is asked for."""

    def __init__(self, context: BrowserContext, passed: list[str]) -> None:
        context.add_init_script(f"window.startAxe = () => {{ {AXE_SCRIPT}\n{REMEMBER_CONTRAST} }}")
        self.passed = passed  # for contrast, in whatever context

    def check(self, page: Page, how: str) -> None:
        """It finds nothing; ``how`` the page stands there is said otherwise."""
        found = page.evaluate(RUN, [OPTIONS, self.passed])
        self.passed += found["passed"]
        results = AxeResults(found)
        assert results.violations_count == 0, f"{how}:\n{results.generate_report()}"
