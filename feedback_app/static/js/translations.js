// One text: counts what is typed, saves with Ctrl + Enter, and points the text out on its page.
// Without it the page is there all the same, from its beginning.
(() => {
  for (const hint of document.querySelectorAll("[data-with-script]")) hint.hidden = false;

  for (const field of document.querySelectorAll("textarea[name=target]")) {
    const said = field.parentNode.querySelector("[data-count]");
    const limit = Number(field.dataset.limit || 0);
    const count = () => {
      // as the gate counts: characters, not halves of them, without what is filled in later
      const text = field.value.replace(/%\(\w+\)[-#0+]*[\d.]*[a-z]|\{\w*\}/g, "");
      const number = [...text].length;
      said.textContent = said.dataset.count.replace("{n}", number);
      said.classList.toggle("over", limit > 0 && number > limit);
    };
    said.hidden = false;
    field.addEventListener("input", count);
    count();
  }

  const form = document.querySelector("form.translation");
  form.addEventListener("keydown", (event) => {
    const save = form.querySelector("button[value=save]");
    if (save && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(save);
  });

  const phone = document.querySelector("iframe[data-find]");
  if (!phone) return;
  const bare = (text) => text.replace(/\s+/g, " ").trim();
  const literal = (text) => bare(text).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const parts = /%\(\w+\)[-#0+]*[\d.]*[a-z]|\{\w*\}|<[^>]+>/;
  const pieces = JSON.parse(phone.dataset.find)
    .filter(Boolean)
    .map((text) => text.replace(/%%/g, "%").split(parts).map(literal).join(".*"));
  const patterns = pieces.map((piece) => new RegExp(`^${piece}$`, "s"));
  const amid = pieces.map((piece) => new RegExp(piece, "s"));
  const fits = (text) => patterns.some((pattern) => pattern.test(bare(text)));

  // what says just this, the innermost first; else what holds it for a moment that has not come yet;
  // else the first sentence that it is a part of, as a kind of activity is
  const find = (page) => {
    const all = [...page.body.querySelectorAll("*")].filter((one) => !one.matches("script, style"));
    const own = all.filter((one) => fits(one.textContent));
    if (own.length) return own.at(-1);
    const saying = (test) => all.find((one) => [...one.childNodes].some((node) => node.nodeType === 3 && test(node.data)));
    return saying(fits) ?? later(all) ?? saying((text) => amid.some((pattern) => pattern.test(bare(text))));
  };

  const later = (all) => {
    for (const one of all) {
      const said = [...one.attributes].find((attribute) => fits(attribute.value));
      if (!said) continue;
      if (said.name.startsWith("data-") && !one.children.length) one.textContent = said.value;
      return one;
    }
  };

  const point = () => {
    const page = phone.contentDocument;
    page.body.inert = true; // a picture to look at: Tab goes past it
    phone.tabIndex = -1;
    const found = find(page);
    document.querySelector("[data-not-found]").hidden = Boolean(found);
    if (!found) return;
    for (let one = found; one && one !== page.body; one = one.parentElement) {
      one.hidden = false;
      if (one.tagName === "DETAILS") one.open = true;
      if (phone.contentWindow.getComputedStyle(one).display === "none") one.style.display = "block";
    }
    found.style.outline = "3px solid #97450c";
    found.style.outlineOffset = "3px";
    page.documentElement.scrollTop = 0;
    const box = found.getBoundingClientRect();
    page.documentElement.scrollTop = box.top - phone.clientHeight / 3;
  };
  phone.addEventListener("load", point);
  if (phone.contentDocument?.readyState === "complete" && phone.contentDocument.URL !== "about:blank") point();
})();
