// Shows the example anew while somebody writes; without this the button does it.
(() => {
  const form = document.getElementById("proposal");
  const show = document.getElementById("show");
  if (!form || !show || !form.requestSubmit) return;
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(show), 700);
  });
})();
