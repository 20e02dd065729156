// A browser without scripts: it keeps cookies, follows redirects and meta refreshes, and sends the forms it is shown.
const MOST_STEPS = 20;

export class Browser {
  #cookies = new Map();

  constructor(userAgent) {
    this.userAgent = userAgent;
  }

  // Goes on until an address begins with `destination`, which is returned and not opened; a form there as a Request.
  async walk(start, destination, typed) {
    let next = { url: new URL(start) };
    for (let step = 0; step < MOST_STEPS; step += 1) {
      if (next.url.href.startsWith(destination)) return next.body ? new Request(next.url, { method: "POST", body: next.body }) : next.url;
      const response = await this.#send(next);
      if (response.status >= 300 && response.status < 400) {
        next = { url: new URL(response.headers.get("location"), next.url) };
        continue;
      }
      const html = await response.text();
      if (response.status !== 200) throw new Error(`${next.url.pathname} answered ${response.status}`);
      next = refresh(html, next.url) ?? form(html, next.url, typed);
      if (!next) throw new Error(`${new URL(response.url).pathname} leads nowhere`);
    }
    throw new Error(`no end after ${MOST_STEPS} pages`);
  }

  async #send({ url, body }) {
    const headers = { "user-agent": this.userAgent, cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; ") };
    if (body) headers.origin = url.origin;
    const response = await fetch(url, { method: body ? "POST" : "GET", body, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (/;\s*max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

function refresh(html, base) {
  const found = html.match(/<meta http-equiv="?refresh"? content="\d+; url=([^"]+)"/i);
  return found && { url: new URL(text(found[1]), base) };
}

// The first form with a field that we know, with the button that allows an application in, or with an answer for it.
function form(html, base, typed) {
  for (const [, attributes, inside] of html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)) {
    const body = new URLSearchParams();
    let isKnown = false;
    for (const [, input] of inside.matchAll(/<input([^>]*)>/gs)) {
      const name = attribute(input, "name");
      if (name in typed) isKnown = true;
      if (name in typed) body.set(name, typed[name]);
      else if (attribute(input, "type") === "hidden") body.set(name, attribute(input, "value"));
    }
    const allow = inside.match(/<button[^>]*id="consent-allow"[^>]*>/s);
    if (allow) body.set(attribute(allow[0], "name"), attribute(allow[0], "value"));
    const isAnswer = attribute(attributes, "id") === "form-post";
    if (isKnown || allow || isAnswer) return { url: new URL(attribute(attributes, "action") || base.href, base), body };
  }
  return null;
}

function attribute(tag, name) {
  return text(tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1] ?? "");
}

function text(escaped) {
  return escaped
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&#34;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
