// Gives every page in the phone the text size and the colours that somebody chose on theirs.
(() => {
  const phone = document.querySelector("iframe[data-size]");
  if (!phone) return;
  const { size, colours } = phone.dataset;
  const colour = (rules) => {
    for (const rule of rules) {
      if (!rule.media) continue;
      const scheme = /prefers-color-scheme: *(dark|light)/.exec(rule.media.mediaText);
      if (scheme) rule.media.mediaText = scheme[1] === colours ? "all" : "not all";
      colour(rule.cssRules);
    }
  };
  const dress = () => {
    const page = phone.contentDocument;
    page.documentElement.style.fontSize = `${size}%`;
    page.documentElement.style.colorScheme = colours;
    for (const sheet of page.styleSheets) colour(sheet.cssRules);
  };
  phone.addEventListener("load", dress);
  if (phone.contentDocument.readyState === "complete") dress();
})();
