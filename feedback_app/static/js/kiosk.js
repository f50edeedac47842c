// A tablet for everybody: back to the start, emptied, when nobody is there or somebody is done.
(() => {
  "use strict";
  const form = document.forms[0];
  const survey = form.survey; // what respond.js lends; without it this browser keeps the plain form
  if (!survey) return;
  const MINUTE = 60000;
  const title = document.title;
  const idle = form.querySelector(".idle");
  const languages = form.querySelector(".languages");
  let clock = 0;
  let leaving = 0;

  /** A new page, in the first language; without a network this one, emptied. */
  const restart = async () => {
    try {
      const enough = window.AbortController ? new AbortController() : {};
      setTimeout(() => enough.abort && enough.abort(), 3000);
      if ((await fetch(location.pathname, { signal: enough.signal })).ok) return location.replace(location.pathname);
    } catch (error) {
      // no network
    }
    // what was set meanwhile, as by a last attempt to send, was for the person before
    clearTimeout(clock);
    clearTimeout(leaving);
    leaving = 0;
    const here = document.getElementById("main");
    if (here !== survey.main) here.replaceWith(survey.main);
    document.title = title;
    idle.hidden = true;
    survey.clear();
  };
  /** Somebody is here: the clock begins anew. What waits for the network is not wiped by it. */
  const wake = () => {
    clearTimeout(clock);
    idle.hidden = true;
    if (leaving) return leave();
    if (survey.pending()) return;
    clock = setTimeout(() => {
      idle.hidden = false;
      clock = setTimeout(restart, MINUTE / 3);
    }, (2 * MINUTE) / 3);
  };
  /** To the start after a while; longer where an address for help is read. */
  const leave = () => {
    clearTimeout(clock);
    clearTimeout(leaving);
    leaving = setTimeout(restart, document.querySelector("main[data-state] .help") ? MINUTE : MINUTE / 2);
  };
  form.tablet = {
    wake,
    leave,
    /** On its way: nobody is asked whether they are there. */
    hold: () => clearTimeout(clock),
    /** The worker has it: the next person's turn, once. */
    away: () => leaving || leave(),
  };

  for (const type of ["keydown", "pointerdown", "change", "input"])
    addEventListener(type, (event) => (idle.hidden || type === "keydown" ? wake() : 0));
  // the tap that says "I am here" is no answer to what lies under it
  idle.addEventListener("click", (event) => {
    event.stopPropagation();
    wake();
  });
  // another language is another page: without a network there is none; with one, what waits for it goes out
  const online = () => {
    const away = navigator.onLine === false;
    if (languages) languages.hidden = away;
    if (!away && navigator.serviceWorker)
      navigator.serviceWorker.getRegistration().then((found) => found && found.active && found.active.postMessage(1));
  };
  for (const type of ["online", "offline"]) addEventListener(type, online);
  setInterval(online, MINUTE / 2); // the first try may come before the network really carries
  online();
  // somebody changed the language, or answers came along with that or with a fault
  if (survey.any() || location.search) wake();
})();
