// One remark: keys, hiding what is selected, undo, and a view of what is kept after each choice.
// Without it the same form works by "Toepassen en bekijken", Tab and access keys.
(() => {
  // what the browser parses comes from this address alone (Trusted Types)
  const plain = { createHTML: (page) => page };
  const ours = window.trustedTypes ? trustedTypes.createPolicy("ours", plain) : plain;
  for (const one of document.querySelectorAll("[data-with-script]")) one.hidden = false;
  const form = document.querySelector("form.remark");
  const written = document.querySelector("[data-written]");
  const undone = [];

  const choices = () =>
    [...form.querySelectorAll("#hiding [name=hide], #hiding [name=word], #hiding [name=kind]")].map((one) =>
      one.type === "checkbox" ? one.checked : one.value);
  let last = choices();

  const look = async () => {
    const sent = new FormData(form);
    sent.set("step", "apply");
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent });
      const page = new DOMParser().parseFromString(ours.createHTML(await answer.text()), "text/html");
      for (const id of ["original", "result", "absent"]) {
        const fresh = page.getElementById(id);
        const shown = document.getElementById(id);
        if (fresh && shown) shown.replaceChildren(...fresh.childNodes);
      }
    } catch {
      // the network is away: what is chosen counts all the same when it is saved
    }
  };

  const changed = () => {
    undone.push(last);
    last = choices();
    look();
  };

  const undo = () => {
    const before = undone.pop();
    if (!before) return;
    form.querySelectorAll("#hiding [name=hide], #hiding [name=word], #hiding [name=kind]").forEach((one, place) => {
      if (one.type === "checkbox") one.checked = before[place];
      else one.value = before[place];
    });
    last = choices();
    look();
  };

  const hide = (kind) => {
    const selection = getSelection();
    const text = selection.toString().replace(/\s+/g, " ").trim(); // a field holds one line
    if (!text || !written.contains(selection.anchorNode)) return;
    const free = [...form.querySelectorAll("#hiding [name=word]")].find((one) => !one.value);
    if (!free) return;
    free.value = text;
    free.parentNode.querySelector("[name=kind]").value = kind;
    selection.removeAllRanges();
    changed();
    const all = form.querySelectorAll("#hiding .more");
    if ([...all].every((row) => row.querySelector("input").value)) {
      const more = all[all.length - 1].cloneNode(true);
      more.querySelector("input").value = "";
      for (const [name, tag] of [["word", "input"], ["kind", "select"]]) {
        const id = `${name}-${all.length + 1}`;
        more.querySelector(tag).id = id;
        more.querySelector(`label[for^=${name}]`).htmlFor = id;
      }
      all[all.length - 1].after(more);
      last = choices();
      undone.forEach((one) => one.push("", "name"));
    }
  };

  form.querySelector("#hiding")?.addEventListener("change", changed);
  for (const one of form.querySelectorAll("[data-hide]")) {
    one.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
    one.addEventListener("click", () => hide(one.dataset.hide));
  }
  form.querySelector("[data-undo]")?.addEventListener("click", undo);

  const keys = document.querySelector("[data-keys]");
  keys.checked = localStorage.getItem("remark-keys") !== "off";
  keys.addEventListener("change", () => localStorage.setItem("remark-keys", keys.checked ? "on" : "off"));

  for (const theme of form.querySelectorAll("[name=themes]")) {
    const key = document.createElement("kbd");
    key.textContent = theme.value.slice(1);
    key.setAttribute("aria-hidden", "true"); // the hint tells it in words
    theme.parentNode.append(key);
  }

  const typed = () => [...form.querySelectorAll("textarea")].some((one) => one.value !== one.defaultValue);

  let digit = "";
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      form.requestSubmit(form.querySelector("[data-save]"));
      return;
    }
    const typing = event.target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
    if (!keys.checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[0-9]$/.test(event.key)) {
      const theme = digit && form.querySelector(`[name=themes][value="T${digit}${event.key}"]`);
      digit = theme ? "" : event.key;
      if (theme) {
        theme.click();
        theme.focus();
      }
      return;
    }
    digit = "";
    if (event.key === "v") {
      event.preventDefault();
      form.querySelector("[name=translation]")?.focus();
      return;
    }
    const named = event.key.length === 1 && document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (named) {
      event.preventDefault();
      // what erases, or leaves what was typed, takes Enter too
      if (named.matches("[name=dismiss]") || (named.matches("a") && typed())) named.focus();
      else named.click();
    }
  });
})();
