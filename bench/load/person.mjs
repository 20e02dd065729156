// A person on the way from an authorization request to the login page or, with a name and a password, to the
// application: {"authorize" (path and query), "redirectUri", "remembers"}. Each visit begins without cookies, but for
// those that "remembers" names: a browser keeps them from one login to the next.

import { performance } from 'node:perf_hooks';

import { Cookies } from './cookies.mjs';
import { hiddenFields, loginForm } from './forms.mjs';

export const ONGOING = 'ongoing';
export const ARRIVED = 'arrived';
export const LOST = 'lost';

export class Person {
  #plan;

  #login;

  #origin;

  #cookies = new Cookies();

  #next;

  began;

  // `login`: {username, password}, or nothing for somebody who looks at the page only.
  constructor(plan, login) {
    this.#plan = plan;
    this.#login = login;
    this.#origin = new URL(plan.issuer).origin;
    this.begin();
  }

  begin() {
    this.#cookies = this.#cookies.only(this.#plan.remembers ?? []);
    this.began = performance.now();
    this.#next = { method: 'GET', path: this.#plan.authorize };
  }

  // What to send next: {method, path, headers, body}.
  get request() {
    return { ...this.#next, headers: { ...this.#next.headers, ...this.#cookies.header() } };
  }

  get where() {
    return `${this.#next.method} ${this.#next.path}`;
  }

  // What becomes of the visit with this answer; `headers` by their names in small letters.
  read(status, body, headers) {
    this.#cookies.keep(headers['set-cookie']);
    if (status === 302 || status === 303) return this.#follow(headers.location);
    return status === 200 ? this.#look(body) : LOST;
  }

  #follow(location) {
    const target = new URL(location, `${this.#origin}${this.#next.path}`);
    if (target.href.startsWith(this.#plan.redirectUri)) {
      return this.#login && target.searchParams.has('code') ? ARRIVED : LOST;
    }
    this.#next = { method: 'GET', path: `${target.pathname}${target.search}` };
    return ONGOING;
  }

  #look(body) {
    const form = loginForm(body);
    if (form && !this.#login) return ARRIVED;
    if (form && this.#next.method === 'GET') {
      this.#next = {
        method: 'POST',
        path: form.action.replace(this.#origin, ''),
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: this.#origin },
        body: new URLSearchParams({ ...hiddenFields(form.html), ...this.#login }).toString(),
      };
      return ONGOING;
    }
    const hasCode = body.includes(this.#plan.redirectUri) && body.includes('code=');
    return this.#login && hasCode && !form ? ARRIVED : LOST;
  }
}
