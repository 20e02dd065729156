// The proof of work of a form (parts/captcha.html). Blocked or broken, it leaves the form to the way without scripts.

const widget = document.querySelector("altcha-widget");
const { style, script, worker, words, challengeUrl, renewAfter } = widget.dataset;
const form = widget.closest("form");
const isIn = (state) => widget.getState() === state;
const left = (state) => new Promise((done) => {
  widget.addEventListener("statechange", function look() {
    if (isIn(state)) return;
    widget.removeEventListener("statechange", look);
    done();
  });
});

const styled = () => new Promise((done) => {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = style;
  sheet.onload = sheet.onerror = done;
  document.head.prepend(sheet); // before our own, which has the last word
});

const loaded = (async () => {
  await Promise.all([styled(), words && import(words)]);
  await import(script);
  globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker(worker, { type: "module" }));
})();

const solve = async () => {
  await loaded;
  if (isIn("verifying")) await left("verifying");
  if (!isIn("verified")) await widget.verify();
};

// Whoever is quicker than the work need not press twice. Sent in any case: the server knows what to do without it.
let sending = "";
form.addEventListener("submit", async (event) => {
  if (sending === "solved") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (sending) return;
  sending = "solving";
  const button = event.submitter;
  await solve().catch(() => {});
  await new Promise((done) => setTimeout(done)); // the answer is in its field then, and this event is over
  sending = "solved";
  form.requestSubmit(button);
  sending = "";
}, { capture: true });

// The challenge in the page is good for ten minutes and for one form. The clock that counts is the server's.
const renew = async () => {
  await loaded;
  const again = isIn("verified");
  widget.configure({ challenge: challengeUrl });
  if (again) await widget.verify();
};
setInterval(renew, Number(renewAfter) * 1000);
addEventListener("pageshow", (event) => { if (event.persisted) renew(); });
