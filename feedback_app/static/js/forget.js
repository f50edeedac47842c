// The answers of this link are with the server, or not wanted any more: the phone forgets them.
// Drafts of other links go after seven days. A tablet asks the next person after a moment.
(() => {
  const own = "feedback:" + location.pathname;
  const over = document.querySelector("main[data-state]"); // else there is something to mend, and to send again
  const old = (at) => !(Date.now() - at < 6048e5);
  try {
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith("feedback:"))) {
      let at = 0;
      try {
        at = JSON.parse(localStorage.getItem(key)).t;
      } catch (error) {
        // not ours any more: it goes
      }
      if ((over && key === own) || old(at)) localStorage.removeItem(key);
    }
  } catch (error) {
    // no storage, nothing to forget
  }
  if (location.pathname.startsWith("/k/")) {
    let clock = 0;
    const home = () => fetch(location.pathname).then(() => location.replace(location.pathname), stay);
    const stay = () => {
      clearTimeout(clock);
      clock = setTimeout(home, document.querySelector(".help") ? 60000 : 30000);
    };
    for (const type of ["keydown", "pointerdown"]) addEventListener(type, stay);
    stay();
  }
  if (window.caches)
    caches
      .open("feedback")
      .then(async (box) => {
        for (const kept of await box.keys()) {
          const { t } = await (await box.match(kept)).json();
          if ((over && new URL(kept.url).pathname === location.pathname) || old(t)) box.delete(kept);
        }
      })
      .catch(() => 0);
})();
