// Session Management §3.3: a relying party's page posts "client_id session_state" and hears whether the login changed.
// The answer "error" means that this cannot be told: a message of another form, or a browser that keeps our cookie back.
(() => {
  const cookie = document.currentScript.dataset.cookie;
  const message = /^([A-Za-z0-9._~-]{1,128}) ([0-9a-f]{64})\.([A-Za-z0-9_-]{1,64})$/;

  function browserState() {
    const pair = document.cookie.split("; ").find((each) => each.startsWith(`${cookie}=`));
    return pair ? pair.slice(cookie.length + 1) : "";
  }

  async function sha256(text) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function answerTo(event) {
    const parts = typeof event.data === "string" ? message.exec(event.data) : null;
    const state = browserState();
    if (!parts || !state) return "error";
    const [, clientId, hash, salt] = parts;
    return (await sha256(`${clientId} ${event.origin} ${state} ${salt}`)) === hash ? "unchanged" : "changed";
  }

  addEventListener("message", async (event) => {
    // A page without an origin cannot be answered to it alone, and so not at all.
    if (!event.source || event.origin === "null") return;
    event.source.postMessage(await answerTo(event), event.origin);
  });
})();
