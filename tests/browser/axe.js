// Put after axe, in the same function: what it need not look at a second time, or at all. Its verdicts stay its own.
const rule = (id) => axe._audit.rules.find((rule) => rule.id === id);
const check = (id) => axe._audit.checks[id];

// Text in the colours and the size, and on the grounds, of text that has passed, passes too, on whatever page. What lies
// over something else without a ground of its own, or has not clearly passed, is looked at wherever it stands.
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
const isText = rule("color-contrast").matches, contrast = check("color-contrast").evaluate;
// What has no words of its own is no text for axe either.
const hasWords = (element) => element.matches("input, select, textarea") ||
  [...element.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim());
rule("color-contrast").matches = function (element, node) {
  return !element.matches("option") && hasWords(element) && !axe.passed.has(look(node)) && isText.apply(this, arguments);
};
check("color-contrast").evaluate = function (element, options, node) {
  const seen = look(node), result = axe.passed.has(seen) || contrast.apply(this, arguments);
  if (result === true && seen) axe.passed.add(seen);
  return result;
};

// One of the two is enough; the other, which compares colours, costs most.
const stands = check("link-in-text-block-style").evaluate, differs = check("link-in-text-block").evaluate;
check("link-in-text-block").evaluate = function () {
  return stands.apply(this, arguments) === true || differs.apply(this, arguments);
};

// A target passes if it measures 24 pixels both ways and no other lies over it, or if there is none within 24 pixels of it;
// and so does one that is not on the screen. Axe would come to that, too, but only after it has laid out everything there is.
const SIZE = 24, MAY_BE_TARGETS = "a, area, button, details, input, select, summary, textarea, [tabindex]";
const { aria: { getRoleType }, dom: { isFocusable, isVisibleOnScreen } } = axe.commons;
function crowded() {
  const targets = [...document.querySelectorAll(MAY_BE_TARGETS)]
    .filter((element) => isFocusable(element) && getRoleType(element) === "widget" && isVisibleOnScreen(element))
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => box.width && box.height);
  const isCrowded = ({ box }) => {
    const room = box.width >= SIZE && box.height >= SIZE ? 0 : SIZE;
    const [left, right, top, bottom] = [box.left - room, box.right + room, box.top - room, box.bottom + room];
    const isNear = (at) => at !== box && at.left < right && at.right > left && at.top < bottom && at.bottom > top;
    return targets.some(({ box }) => isNear(box));
  };
  return new Set(targets.filter(isCrowded).map(({ element }) => element));
}
const isTarget = rule("target-size").matches;
let run, left;
rule("target-size").matches = function (element) {
  if (run !== axe._tree) [run, left] = [axe._tree, crowded()];
  return left.has(element) && isTarget.apply(this, arguments);
};

// These hear the page and do not see it: as long as the same is shown they come to the same. What else there is reads
// colours, sizes or places now and then.
const HEAR = ["cat.aria", "cat.language", "cat.name-role-value", "cat.parsing", "cat.semantics", "cat.text-alternatives"]
  .concat("nested-interactive", "region");
const hearing = axe._audit.rules.filter(({ id, tags }) => [id, ...tags].some((name) => HEAR.includes(name)));
const isShown = (element) => +element.checkVisibility({ visibilityProperty: true });
const shown = () => document.documentElement.outerHTML + [...document.querySelectorAll("*")].map(isShown).join("");
let heard;

/** What it finds wrong, and the looks that have passed for contrast beside those of before. */
axe.look = async (passed) => {
  const now = shown(), rules = { "target-size": { enabled: true } };
  if (now === heard) for (const { id } of hearing) rules[id] = { enabled: false };
  axe.passed = new Set(passed);
  const { violations } = await axe.run(document, { resultTypes: ["violations"], rules });
  if (!violations.length) heard = now;
  return { violations, passed: [...axe.passed].slice(passed.length) };
};
