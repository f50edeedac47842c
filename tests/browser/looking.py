"""Looks at the page a browser shows as a careful visitor would: with axe, on a phone, with a keyboard.

`SCREENSHOTS=DIR` keeps a picture of every page looked at, for who wants to see them all.
"""

import os
from itertools import chain, count, repeat
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDE, PHONE = 1280, 360
#: WCAG 2.0, 2.1 and 2.2, levels A and AA; axe leaves the size of targets out unless asked, and
#: holds one heading for the whole page only good practice
_RULES: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}, "page-has-heading-one": {"enabled": True}},
    "resultTypes": ["violations"],
}
#: Contrast is two fifths of what axe costs, and no style sheet makes colours or visibility depend on the width
#: (test_looking.py sees to it): it is asked at the first width, where letters are smallest.
_OTHER_WIDTHS = {**_RULES, "rules": {**_RULES["rules"], "color-contrast": {"enabled": False}}}
_AXE = Axe().axe_script
_PICTURES = os.environ.get("SCREENSHOTS")
_number = count(1)

#: what sticks out of the page at its inline end or start, named so that one finds it
_STICKS_OUT = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.body.querySelectorAll("*")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.right > width + 1 || box.left < -1;
  });
  return out.map((one) => one.outerHTML.slice(0, 120)).concat(["the page scrolls sideways"]);
}"""

#: everything a pointer can use (past the page's header, if so told), each with a number, one for a whole group of
#: radio buttons
_CONTROLS = """(pastHeader) => {
  const usable = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const seen = new Set();
  const names = [];
  for (const one of document.querySelectorAll(usable)) {
    if (one.disabled || !one.checkVisibility({ visibilityProperty: true })) continue;
    if (pastHeader && one.closest(".site-header")) continue;
    const group = one.type === "radio" ? `radio ${one.name}` : "";
    if (group && seen.has(group)) continue;
    seen.add(group);
    one.dataset.control = group || String(names.length);
    names.push(one.dataset.control);
  }
  return names;
}"""

#: the focused control: its number, whether it is the skip link, whether one sees that it has the focus
_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {
    control: one.dataset.control || (one.type === "radio" ? `radio ${one.name}` : ""),
    skip: one.matches("a.skip"),
    shown: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && inside,
    html: one.outerHTML.slice(0, 120),
  };
}"""

#: puts the starting point of Tab before everything, as on a page just opened
_TO_THE_TOP = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
}"""


def look(page: Page, widths: tuple[int, ...] = (PHONE, WIDE)) -> None:
    """AssertionError naming every WCAG violation axe finds and everything that sticks out of the page.

    Narrow widths come before wide ones.
    """
    if not page.evaluate("!!window.axe"):
        page.evaluate(_AXE)
    for rules, width in zip(chain([_RULES], repeat(_OTHER_WIDTHS)), widths, strict=False):
        page.set_viewport_size({"width": width, "height": 900 if width == WIDE else 740})
        _keep_picture(page, width)
        found: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", rules)
        faults = [_told(one) for one in found["violations"]]
        assert not faults, f"{page.url} at {width}:\n" + "\n".join(faults)
        fits(page)


def fits(page: Page) -> None:
    """AssertionError naming everything that sticks out of the page at the width it has."""
    wide = page.evaluate(_STICKS_OUT)
    assert not wide, f"{page.url} at {page.viewport_size}:\n" + "\n".join(wide)


def walk_with_keyboard(page: Page, *, past_header: bool = False) -> None:
    """AssertionError unless Tab reaches all there is to use, the skip link first, and shows where one is.

    past_header: over the skip link to the content, where the same header was walked on another page.
    """
    controls = set(page.evaluate(_CONTROLS, past_header))
    page.evaluate(_TO_THE_TOP)
    reached: list[str] = []
    for _ in range(4 * len(controls) + 5):  # a date has a stop for day, month, year and calendar
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            break
        assert reached or focused["skip"], f"{page.url}: the first stop is {focused['html']}"
        assert focused["shown"], f"{page.url}: no sign of the focus on {focused['html']}"
        reached.append(focused["control"])
        if past_header and len(reached) == 1:
            page.keyboard.press("Enter")
            there = page.evaluate("document.activeElement.id") == "main"
            assert there, f"{page.url}: the skip link leads nowhere"
    missed = controls - set(reached)
    assert not missed, f"{page.url}: {len(missed)} of {len(controls)} controls are out of Tab's reach"


def _told(violation: dict[str, Any]) -> str:
    places = "; ".join(
        str(node["html"])[:200] + " " + str(node["failureSummary"]) for node in violation["nodes"][:3]
    )
    return f"{violation['id']}: {violation['help']}: {places}"


def _keep_picture(page: Page, width: int) -> None:
    if not _PICTURES:
        return
    name = page.url.split("/", 3)[-1].split("?")[0].replace("/", "_") or "start"
    Path(_PICTURES).mkdir(parents=True, exist_ok=True)
    page.screenshot(path=Path(_PICTURES) / f"{next(_number):03d}-{name[:50]}-{width}.png", full_page=True)
