// Sends what a page could not send, when the network is back, also when the page is closed by then.
// It never answers for the network. Each thing kept: { u: address, b: form-encoded body, t: time }.
const send = async () => {
  const box = await caches.open("feedback");
  let left = 0;
  for (const key of await box.keys()) {
    try {
      const kept = await (await box.match(key)).json();
      if (Date.now() - kept.t > 6048e5) {
        await box.delete(key);
        continue;
      }
      const reply = await fetch(kept.u, {
        method: "POST",
        body: new URLSearchParams(kept.b),
        redirect: "error",
      });
      // only our own page says what became of an answer; a hotel's sign-in page does not
      if (/<main\b[^>]* data-state=/.test(await reply.text())) await box.delete(key);
      else left++;
    } catch (error) {
      left++;
    }
  }
  if (left) throw new Error(); // the browser asks again later
};

/** A browser gives up after a few times: each time is made to last while a server begins anew. */
const patiently = (times) =>
  send().catch((error) => {
    if (!times) throw error;
    return new Promise((done) => setTimeout(() => done(patiently(times - 1)), 2e4));
  });

self.addEventListener("sync", (event) => event.waitUntil(patiently(4)));
self.addEventListener("message", (event) => event.waitUntil(send().catch(() => 0)));
