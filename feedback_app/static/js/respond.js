// One question at a time, and nothing lost. The page works without this. Syntax and parts of 2018; what may be
// missing (storage, caches, service worker, voices) is tried, and done without.
(() => {
  if (!window.fetch || !window.URLSearchParams) return;
  const WEEK = 6048e5;
  const root = document.documentElement;
  const form = document.forms[0];
  const all = (selector, within = form) => [...within.querySelectorAll(selector)];
  const one = (selector, within = form) => within.querySelector(selector);
  const name = (id) => document.getElementById(id);
  const main = name("main");
  const parts = "progress next back send quiet state wipe say".split(" ");
  const [progress, next, back, send, quiet, state, wipe, say] = parts.map((part) => one("." + part));
  const steps = all(".step");
  const start = steps[0];
  const boxes = all("input:not([type=hidden]), textarea");
  const id = form.response_id;
  const kind = form.dataset.kind;
  const kiosk = kind === "kiosk";
  const key = "feedback:" + location.pathname;
  const startWord = next.textContent;
  let now = start;
  let left = ""; // the step where the person was last
  let depth = 0; // how many of our own steps lie behind this one in the browser's history
  let then = null; // what to do once the history is back at our first
  let pending = 0; // the person pressed "send" and the server did not confirm it yet
  let tried = 0; // this very answer may have arrived
  let over = false;
  let settle = 0;
  const tablet = (what) => form.tablet && form.tablet[what](); // kiosk.js, on a tablet for everybody
  let saved = false; // whether the phone holds a draft of this page
  const plain = (text) => text;
  let ours = { createHTML: plain, createScriptURL: plain }; // the one way to a page or a program from a text
  if (window.trustedTypes) ours = trustedTypes.createPolicy("ours", ours);

  // --- answers, and the draft on the phone

  const written = (box) => (box.type === "textarea" ? !!box.value.trim() : box.checked);
  const answers = () => {
    const found = {};
    for (const box of boxes) if (written(box)) (found[box.name] = found[box.name] || []).push(box.value);
    return found;
  };
  const fill = (given) => {
    for (const box of boxes) {
      const values = given[box.name] || [];
      if (box.type === "textarea") box.value = values[0] || "";
      else box.checked = values.includes(box.value);
    }
  };
  const any = () => boxes.some(written);
  const fresh = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => (byte + 256).toString(16).slice(1)).join("");
  };
  /** What the phone's storage gives, or nothing where there is none, or none left. */
  const phone = (use) => {
    try {
      return use(localStorage);
    } catch (error) {}
  };
  const read = (from = key) => phone((store) => JSON.parse(store.getItem(from)));
  const save = () =>
    phone((store) => {
      if (over || kiosk || kind === "preview") return false;
      const draft = { t: Date.now(), id: id.value, a: answers(), n: left, p: pending, l: root.lang };
      store.setItem(key, JSON.stringify(draft));
      return (saved = true);
    });
  phone((store) => {
    for (const old of Object.keys(store)) {
      if (!old.startsWith("feedback:")) continue;
      const draft = read(old);
      if (!draft || !(Date.now() - draft.t < WEEK)) store.removeItem(old);
    }
  });

  // --- the outbox: what the service worker sends when this page is gone

  const outbox = async (use) => {
    try {
      return await use(await caches.open("feedback"));
    } catch (error) {
      return null;
    }
  };
  outbox(async (box) => {
    for (const kept of await box.keys())
      if (!(Date.now() - (await (await box.match(kept)).json()).t < WEEK)) box.delete(kept);
  });
  const slot = () => location.pathname + "?" + id.value;
  let worker = null;
  const enlist = () => {
    if (worker || kind === "preview" || !navigator.serviceWorker) return;
    const scope = location.pathname.replace(/[^/]*$/, "");
    worker = navigator.serviceWorker.register(ours.createScriptURL("/sw.js"), { scope }).then(
      () => navigator.serviceWorker.ready,
      () => (worker = null), // the next answer tries again
    );
  };
  /** What a promise gives, or nothing after a moment: no part of a browser may hold up an answer. */
  const soon = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, 3000))]);
  /** Whether the browser itself will send it later. */
  const entrust = () =>
    soon(Promise.resolve(worker).then((found) => found.sync.register("send")).then(() => true, () => false));

  const drop = () => {
    saved = false;
    phone((store) => store.removeItem(key));
  };
  const unpost = () => {
    const kept = slot();
    return outbox((box) => box.delete(kept));
  };
  const forget = () => {
    drop();
    unpost();
  };

  // --- steps

  const shown = (step) => {
    const asks = step.matches(".help") ? ".asks-help" : step.matches(".conditional") ? ".opens" : "";
    if (!asks) return true;
    let before = step;
    do before = steps[steps.indexOf(before) - 1];
    while (before.matches(".help"));
    return shown(before) && !!one(asks + ":checked", before);
  };
  const route = () => steps.filter(shown);
  const last = () => route().pop() === now;

  const refresh = () => {
    const items = steps.filter((step) => step.matches(".item"));
    for (const step of items) {
      const away = !shown(step); // what is not asked is not sent
      const full = step.dataset.max && all(":checked", step).length >= step.dataset.max;
      for (const box of all("input, textarea", step)) box.disabled = away || (full && !box.checked);
    }
    const asked = items.filter(shown);
    const at = asked.indexOf(now.matches(".help") ? steps[steps.indexOf(now) - 1] : now) + 1;
    const words = progress.firstElementChild;
    const text = words.dataset.text.replace("{n}", at).replace("{t}", asked.length);
    if (at && words.textContent !== text) words.textContent = text;
    one(".bar i").style.width = (100 * at) / asked.length + "%";
    const first = now === start;
    const given = !now.matches(".item") || all("input, textarea", now).some(written);
    const label = first ? (any() ? "resume" : "start") : given ? "next" : "skip";
    next.textContent = next.dataset[label] || startWord;
    next.classList.toggle("primary", given);
    progress.hidden = back.hidden = first;
    next.hidden = last();
    send.hidden = one(".promise").hidden = !last();
    if (quiet) quiet.hidden = !first;
    name("is-kept").hidden = !(first && any() && saved);
    wipe.hidden = !any();
    root.classList.toggle("asking", !first);
  };

  const show = (step, arrive = true) => {
    hush();
    clearTimeout(tap);
    form.classList.toggle("backward", steps.indexOf(step) < steps.indexOf(now));
    now.classList.remove("now");
    now = step;
    now.classList.add("now");
    root.classList.remove("sending");
    if (pending) {
      halt(); // who goes back before it arrived wants to change something
      unpost();
    }
    if (now !== start) name("is-cleared").hidden = true;
    for (const list of all("details")) list.open = kiosk && now === start && list !== wipe;
    if (now !== start) left = now.id;
    refresh();
    listen();
    if (!arrive) return;
    if (any() || saved) save();
    focus(now.firstElementChild);
    // the second tap of a hasty thumb is for what stood here before
    form.classList.add("arriving");
    clearTimeout(settle);
    settle = setTimeout(() => form.classList.remove("arriving"), 450);
  };
  const focus = (place) => {
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
    scrollTo(0, 0);
  };

  /** Move on to a step; each one passed gets its place in the browser's history, so that "back" finds it. */
  const move = (to) => {
    const way = route();
    for (const step of way.slice(way.indexOf(now) + 1, way.indexOf(to) + 1)) {
      try {
        history.pushState({ s: step.id, d: depth + 1 }, "");
        depth++;
      } catch (error) {
        // too many in a short time: this step has no place of its own
      }
    }
    show(to);
  };
  const forward = () => {
    enlist();
    if (last()) return deliver();
    const way = route();
    const far = now === start && any() && way.indexOf(name(left));
    move(way[far > 0 ? far : way.indexOf(now) + 1]);
  };
  const home = (act) => {
    if (!depth) return act();
    then = act;
    history.go(-depth);
    setTimeout(arrive, 500); // a browser that cuts its history off goes nowhere
  };
  const arrive = () => {
    const act = then;
    then = null;
    if (act) act();
  };
  addEventListener("popstate", (event) => {
    const was = depth;
    const { s, d } = event.state || {};
    depth = d || 0;
    if (then) arrive();
    else if (!over) {
      const step = name(s) || start;
      if (shown(step)) show(step);
      else history.go(depth < was ? -1 : 1); // it is no longer asked: jump over it
    }
  });
  const clear = () => {
    over = false;
    halt();
    fill({});
    left = "";
    id.value = fresh();
    show(start);
  };

  // --- sending

  let busy = 0; // which attempt is under way
  let turn = 0;
  let stop = () => 0; // calls back what is under way
  let retry = 0;
  let wait = 2000;
  /** Not to be sent (yet); what is under way is called back as far as that goes. */
  const halt = () => {
    pending = busy = 0;
    clearTimeout(retry);
    stop();
    state.hidden = true;
  };
  const tell = (what, more = "") => {
    const words = state.firstElementChild;
    state.dataset.now = what;
    words.textContent = words.dataset[what] + (more && " " + words.dataset[more]);
    state.hidden = false;
    one(".again").hidden = back.hidden = what === "sending" || what === "sent";
  };
  const attempt = async (body) => {
    const control = window.AbortController ? new AbortController() : { abort: plain };
    stop = () => control.abort();
    setTimeout(stop, 20000); // after its answer nothing is left to call back
    try {
      const reply = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(body),
        keepalive: body.length < 6e4, // more than 64 kB is refused
        redirect: "error",
        signal: control.signal,
      });
      const parsed = new DOMParser().parseFromString(ours.createHTML(await reply.text()), "text/html");
      return { status: reply.status, page: parsed };
    } catch (error) {
      return {};
    }
  };
  const deliver = async () => {
    if (busy || over) return;
    if (kind === "preview") return form.submit();
    const mine = (busy = ++turn);
    enlist();
    clearTimeout(retry);
    pending = tried = 1;
    save();
    hush();
    tell("sending");
    wipe.hidden = true; // what is on its way cannot be wiped
    tablet("hold");
    if (!root.classList.contains("sending")) {
      root.classList.add("sending");
      focus(state.firstElementChild);
    }
    const body = String(new URLSearchParams(new FormData(form)));
    const kept = JSON.stringify({ u: form.action, b: body, t: Date.now() });
    const stored = await soon(outbox((box) => box.put(slot(), new Response(kept)).then(() => true)));
    const slow = setTimeout(entrust, 6000);
    const { status, page } = await attempt(body);
    clearTimeout(slow);
    if (busy !== mine) return; // called back meanwhile
    busy = 0;
    const answer = page && page.querySelector("main[data-state]");
    if (answer) return thank(answer, page.title);
    if (status === 422 || status === 413) {
      pending = 0;
      save();
      await unpost();
      return form.submit(); // the server's own page says what is wrong
    }
    wipe.hidden = false;
    const trouble = status ? "later" : "offline";
    tell(trouble);
    retry = setTimeout(deliver, (wait = Math.min(wait * 2, 60000)));
    const trusted = stored && (await (kiosk ? soon(worker) : entrust()));
    if (busy || !pending) return;
    if (!kiosk) tell(trouble, trusted ? "close" : "stay");
    else if (trusted) tablet("away"); // the worker sends it, at the latest when a page opens here
    if (trusted) drop(); // one copy is enough, and the worker erases that
  };
  const thank = (answer, title) => {
    over = true;
    forget();
    if (/stored|used/.test(answer.dataset.state)) tell("sent");
    setTimeout(() => {
      root.classList.remove("sending", "asking");
      main.replaceWith(answer);
      document.title = title;
      home(() => 0); // "back" leaves, instead of going through empty questions
      focus(one("h1", answer));
      tablet("leave");
    }, 700);
  };
  const sendAgain = () => pending && !document.hidden && deliver();
  addEventListener("online", sendAgain);
  document.addEventListener("visibilitychange", sendAgain);

  // --- reading aloud

  const TEXTS = "h1, h2, legend, label[id], .activity, .intro li, .hint, .help p, .option span";
  const synth = window.speechSynthesis;
  const player = document.createElement("audio");
  const plays = player.canPlayType("audio/ogg; codecs=opus");
  const tags = form.dataset.voices.toLowerCase().split(" ");
  const told = say.lastElementChild;
  const sayWord = told.textContent;
  let speaking = 0;
  let voice = null;
  let tap = 0;
  const recorded = (text) => plays && text.dataset.audio;
  const listen = () => {
    const found = synth ? synth.getVoices() : [];
    voice = found.find((candidate) => {
      const tag = candidate.lang.replace(/_/g, "-").toLowerCase() + "-";
      return candidate.localService && tags.some((wanted) => tag.startsWith(wanted + "-"));
    });
    say.hidden = !all(TEXTS, now).every((text) => voice || recorded(text));
  };
  const mark = (text) => {
    all(".saying").forEach((marked) => marked.classList.remove("saying"));
    if (text) text.classList.add("saying");
  };
  const hush = () => {
    if (!speaking) return;
    speaking = 0;
    player.pause();
    if (synth) synth.cancel();
    mark();
    told.textContent = sayWord;
  };
  const speak = (text) =>
    new Promise((done) => {
      const aloud = () => {
        if (!voice) return done();
        const words = new SpeechSynthesisUtterance(text.textContent);
        words.voice = voice;
        words.lang = voice.lang;
        words.onend = words.onerror = done;
        player.words = words; // kept, or some browsers drop it before it ends
        synth.speak(words);
      };
      if (!recorded(text)) return aloud();
      player.onended = done;
      player.onerror = aloud;
      player.src = "/audio/" + root.lang.replace("-", "_") + "/" + text.dataset.audio + ".opus";
      player.play().catch(() => 0);
    });
  const readAloud = async () => {
    if (speaking) return hush();
    const mine = (speaking = Date.now());
    told.textContent = told.dataset.stop;
    for (const text of all(TEXTS, now)) {
      mark(text);
      text.scrollIntoView({ block: "nearest" });
      tablet("wake");
      await speak(text);
      if (speaking !== mine) return;
    }
    hush();
  };
  if (synth) synth.onvoiceschanged = listen;
  addEventListener("pagehide", hush);

  // --- what people do

  const language = (button, event) => {
    if (kind === "preview" || (any() && !save())) {
      form.action += "#" + now.id; // nothing can be kept here: the answers go along to the server and back
      return;
    }
    event.preventDefault();
    const to = "?lang=" + button.value + "#" + now.id;
    home(() => location.replace(to));
  };
  form.addEventListener("click", (event) => {
    const row = event.target.closest(".option");
    const button = event.target.closest("button, a");
    if (row) {
      hush();
      const box = one("input", row);
      // a finger or a mouse, not the arrow keys, nor the click of a screen reader
      if (!event.detail || box.type !== "radio" || last()) return;
      clearTimeout(tap);
      tap = setTimeout(() => box.checked && !last() && forward(), 250);
    } else if (!button || button === quiet) return;
    else if (button.name === "lang") language(button, event);
    else {
      event.preventDefault();
      if (button === say) readAloud();
      else if (button === back) pending ? show(now) : history.back();
      else if (button === send || button.matches(".again")) deliver();
      else if (wipe.contains(button)) {
        halt();
        forget();
        home(() => {
          clear();
          name("is-cleared").hidden = false;
        });
      } else if (button.hash) move(name(button.hash.slice(1)));
      else forward(); // "next", and the Enter key
    }
  });
  const changed = () => {
    enlist();
    // not what may have arrived: of two answers through one link the server takes the first, and says so
    if (tried && kind === "link") id.value = fresh();
    tried = 0;
    if (any() || saved) save();
    refresh();
  };
  form.addEventListener("change", changed);
  form.addEventListener("input", changed);

  // --- the same link in a second tab: it follows; what was sent or wiped there is gone here
  const follow = () => {
    const draft = read();
    if (over) return;
    saved = !!draft;
    // without a network, the browser's own page would come
    if (!draft) return navigator.onLine === false ? clear() : location.reload();
    id.value = draft.id;
    fill(draft.a);
    if (shown(now)) refresh();
    else show(route().filter((step) => steps.indexOf(step) < steps.indexOf(now)).pop());
    pending = draft.p;
    left = draft.n;
  };
  addEventListener("storage", (event) => (event.key === key || event.key === null) && follow());
  addEventListener("pageshow", (event) => event.persisted && (saved || kiosk) && follow());

  // --- begin

  form.autocomplete = "off"; // the draft is what counts, not what a browser remembers of the form
  const sent = boxes.some((box) => (box.type === "textarea" ? box.defaultValue : box.defaultChecked));
  const draft = (!kiosk && kind !== "preview" && read()) || {};
  const place = history.state || {};
  const wrong = one(".wrong");
  const wanted = wrong || name(location.hash.slice(1));
  if (!sent) fill(draft.a || {});
  left = draft.n || "";
  saved = !!draft.t;
  id.value = id.value || draft.id || fresh();
  root.classList.add("js");
  one(".tip").hidden = false;
  depth = place.d || 0;
  history.scrollRestoration = "manual";
  // the link again, in the language that was chosen for these answers
  if (draft.l && draft.l !== root.lang && !location.search) return location.replace("?lang=" + draft.l);
  const returned = saved && name(place.s);
  if (returned && shown(returned)) show(returned, false);
  else {
    history.replaceState({ s: start.id, d: depth }, "", location.pathname + location.search);
    show(start, false);
    if (steps.includes(wanted) && shown(wanted)) move(wanted);
  }
  if (draft.p && !wrong) deliver();
  // what the worker still has of this very link: sent from here, where one sees it
  if (!kiosk && kind !== "preview" && !any())
    outbox(async (box) => {
      for (const kept of await box.keys()) {
        if (new URL(kept.url).pathname !== location.pathname) continue;
        const given = {};
        for (const [field, value] of new URLSearchParams((await (await box.match(kept)).json()).b))
          (given[field] = given[field] || []).push(value);
        if (any()) return;
        fill(given);
        id.value = given.response_id[0];
        deliver();
      }
    });
  form.survey = { any, clear, main, pending: () => pending }; // for kiosk.js
})();
