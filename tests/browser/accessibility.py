"""What axe says about a page, without asking the same thing hundreds of times.

Three quarters of axe's time go into the contrast of every text with what lies behind it. A table of two hundred cells
has four kinds of text, and the bar is the same on every page: each kind is measured once, all other rules see all pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}

LOOK = """
async ({rules, seen}) => {
  const known = new Set(seen), fresh = [], kinds = new Map();
  // A kind of text: what every element around it is called, and all that its colours and its legibility come from.
  const around = (element) => {
    if (!element) return "";
    if (!kinds.has(element)) {
      const style = getComputedStyle(element);
      kinds.set(element, [around(element.parentElement), element.localName, element.className, style.backgroundColor,
        style.backgroundImage, style.opacity, style.filter, style.position, style.display].join("|"));
    }
    return kinds.get(element);
  };
  const kindOf = (element) => {
    const style = getComputedStyle(element), text = [around(element), style.color, style.fontSize, style.fontWeight,
      style.textShadow].join("|");
    let first = 0xdeadbeef, second = 0x41c6ce57;
    for (let i = 0; i < text.length; i++) {
      first = Math.imul(first ^ text.charCodeAt(i), 2654435761);
      second = Math.imul(second ^ text.charCodeAt(i), 1597334677);
    }
    return 4294967296 * (2097151 & second) + (first >>> 0);
  };
  const speaks = (element) => element.matches("input, select, textarea")
    || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  for (const element of document.body.querySelectorAll("*")) {
    if (!speaks(element) || !element.checkVisibility()) continue;
    const kind = kindOf(element);
    if (!known.has(kind)) {
      known.add(kind);
      fresh.push(element);
    }
  }
  const most = await axe.run(document, {...rules, rules: {"color-contrast": {enabled: false}}});
  const contrast = fresh.length
    ? await axe.run({include: fresh}, {runOnly: ["color-contrast"], resultTypes: ["violations"]}) : {violations: []};
  const violations = [...most.violations, ...contrast.violations].map((one) => ({
    id: one.id, nodes: one.nodes.map((node) => node.html),
  }));
  return {violations, seen: [...known]};
}
"""

EVERY_RULE = {"resultTypes": ["violations"]}
"""Those of good practice too, for the gallery of parts."""

_seen: list[int] = []
"""Kinds of text whose contrast was measured by this process, as numbers."""


def violations(page: Any, rules: Mapping[str, Any] = RULES) -> list[str]:
    """What axe finds on the page as it stands: the rule and the first places."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
        # What comes with a document is compiled once a window, what is sent to one that stands there each time anew.
        page.context.add_init_script(AXE_SCRIPT)
    answer = page.evaluate(LOOK, {"rules": rules, "seen": _seen})
    if not answer["violations"]:
        _seen[:] = answer["seen"]
    return [f"{one['id']}: {'; '.join(html[:160] for html in one['nodes'][:3])}" for one in answer["violations"]]
