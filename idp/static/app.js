// Progressive enhancement only: every page works with this file blocked.

// "Show password" turns back to dots when the form is sent, so that no browser stores the text as a plain field.
for (const box of document.querySelectorAll("[data-pw]")) {
  const input = box.querySelector("input");
  const button = box.querySelector("button");
  const words = { show: [button.textContent, button.getAttribute("aria-label")], hide: [button.dataset.hide, button.dataset.hideLabel] };
  const reveal = (visible) => {
    input.type = visible ? "text" : "password";
    const [text, label] = visible ? words.hide : words.show;
    button.textContent = text;
    button.setAttribute("aria-label", label);
  };
  button.hidden = false;
  button.addEventListener("click", () => reveal(input.type === "password"));
  input.form.addEventListener("submit", () => reveal(false));
}

// A second click while the first is on its way sends nothing.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "1";
    const button = event.submitter;
    if (button?.dataset.busy) {
      button.dataset.label = button.textContent;
      button.textContent = button.dataset.busy;
    }
  });
}
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-busy]")) delete form.dataset.busy;
  for (const button of document.querySelectorAll("button[data-label]")) button.textContent = button.dataset.label;
});

// Six digits send the form, once for each page: a wrong code can then be corrected in peace.
for (const field of document.querySelectorAll("input[data-code]")) {
  field.addEventListener("input", () => {
    const digits = field.value.replace(/\D/g, "");
    if (digits.length !== Number(field.dataset.code) || field.dataset.sent) return;
    field.dataset.sent = "1";
    field.value = digits;
    field.form.requestSubmit(field.form.querySelector("button.btn--primary"));
  });
}

// The wait before a message can be sent again, counted on the button and said once when it is over.
for (const button of document.querySelectorAll("button[data-wait]")) {
  const until = Date.now() + Number(button.dataset.wait) * 1000;
  const label = button.textContent;
  button.form.querySelector("[data-wait-hint]").hidden = true;
  const tick = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds > 0) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = `${label} (${seconds} s)`;
      setTimeout(tick, 250);
    } else {
      button.removeAttribute("aria-disabled");
      button.textContent = label;
      button.form.querySelector("[data-wait-live]").textContent = button.dataset.ready;
    }
  };
  button.addEventListener("click", (event) => {
    if (button.getAttribute("aria-disabled")) event.preventDefault();
  });
  tick();
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.textContent;
  button.hidden = !navigator.clipboard;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Signed in meanwhile in another tab? Asked once when this one comes back into view; the server then knows the way on.
const waiting = document.querySelector("form[data-awaits-session]");
if (waiting) {
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState !== "visible" || waiting.dataset.busy) return;
    const answer = await fetch("/session/status", { cache: "no-store" }).catch(() => null);
    if (answer?.ok && (await answer.text()) === "active") location.reload();
  });
}
