// Typing in a paper sheet by the keyboard alone. Without this it is an ordinary form.
// The question that has the focus is the one that is answered: nothing else is remembered.
(() => {
  const form = document.querySelector("form.entry");
  const items = [...form.querySelectorAll(".item")];
  const said = form.querySelector(".said");
  const summary = form.querySelector(".summary");
  const save = form.querySelector(".actions button");
  document.querySelector("[data-with-script]").hidden = false;

  const boxes = (item) => [...item.querySelectorAll("input")];
  const shown = () => items.filter((item) => !item.hidden);

  // a question that depends on another is there when that one was answered so
  const route = () => {
    for (const item of items.filter((one) => one.dataset.item)) {
      const wanted = item.dataset.anyOf.split(" ");
      const earlier = form.querySelectorAll(`[name="${item.dataset.item}"]:checked`);
      item.hidden = ![...earlier].some((box) => wanted.includes(box.value));
    }
  };

  const answer = (item) => {
    const text = item.querySelector("textarea");
    if (text) return text.value.trim();
    const chosen = boxes(item).filter((box) => box.checked);
    return chosen.map((box) => box.parentNode.querySelector("span").textContent).join(", ");
  };

  const summarise = () => {
    const rows = shown().flatMap((item) => {
      const name = document.createElement("dt");
      name.lang = "nl";
      name.textContent = item.querySelector("legend").textContent;
      const value = document.createElement("dd");
      value.dir = "auto";
      value.textContent = answer(item) || form.dataset.skipped;
      value.classList.toggle("meta", !answer(item));
      return [name, value];
    });
    summary.querySelector("dl").replaceChildren(...rows);
    summary.hidden = false;
    said.textContent = form.dataset.ready;
  };

  const enter = (item) => {
    const all = boxes(item);
    (item.querySelector("textarea") || all.find((box) => box.checked) || all[0]).focus();
    item.scrollIntoView({ block: "nearest" });
  };

  const step = (item, by) => {
    const there = shown();
    const next = there[there.indexOf(item) + by];
    if (next) enter(next);
    else if (by > 0) {
      save.focus();
      summarise();
      save.scrollIntoView({ block: "end" });
    }
  };

  const press = (item, box) => {
    box.checked = box.type === "radio" || !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    if (box.type === "radio") step(item, 1);
    else box.focus();
  };

  const clear = (item) => {
    boxes(item).forEach((box) => (box.checked = false));
    route();
  };

  const onKey = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const item = event.target.closest(".item");
    const text = event.target.matches("textarea") ? event.target : null;
    const back = event.key === "Backspace" && !(text && text.value);
    const handled = (work) => {
      event.preventDefault();
      if (!event.repeat) work(); // a key held down answers one question, not all of them
    };
    if (!item) {
      if (back && event.target === save) handled(() => enter(shown().at(-1)));
      return;
    }
    said.textContent = "";
    if (back) handled(() => step(item, -1));
    else if (event.key === "Enter" && !event.shiftKey) handled(() => step(item, 1));
    else if (text) return;
    else if (event.key === "Delete") handled(() => clear(item));
    else if (/^[0-9a-z]$/i.test(event.key)) {
      const box = boxes(item).find((one) => one.dataset.sign === event.key.toLowerCase());
      handled(() => (box ? press(item, box) : (said.textContent = form.dataset.nothing)));
    }
  };

  let sent = false;
  form.addEventListener("keydown", onKey);
  form.addEventListener("change", route);
  // not for a mouse: what appears above the button would push it from under the pointer
  save.addEventListener("focus", () => save.matches(":focus-visible") && summarise());
  save.addEventListener("blur", () => (summary.hidden = true));
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });

  route();
  const stored = document.querySelector(".flashes");
  // a status that stands in the page from the start is not announced; one that changes is
  if (stored) form.querySelector(".heard").textContent = stored.textContent.trim();
  enter(form.querySelector(".item.wrong") || items[0]);
})();
