// People who come with an authorization request: {"authorize" (path and query), "redirectUri", "logins" ([{username,
// password}] by connection, or none)}. Without logins a visit ends with the rendered login page, with them when the
// application has its code: in a redirect, or on a page that leads there. Each visit begins without cookies, but for
// those that "remembers" names: a person's browser keeps them from one login to the next.

import { performance } from 'node:perf_hooks';

import { Cookies } from './cookies.mjs';
import { hiddenFields, loginForm } from './forms.mjs';

export function visit(plan, tally, stop) {
  const { origin } = new URL(plan.issuer);
  return (client, connection) => {
    const person = plan.logins?.[connection];
    let cookies = new Cookies();
    let began;
    let next;

    function begin() {
      cookies = cookies.only(plan.remembers ?? []);
      began = performance.now();
      next = { method: 'GET', path: plan.authorize };
    }

    function end(succeeded, what, status, body) {
      if (succeeded) tally.count(began);
      else {
        tally.refuse(what, status, body);
        stop();
      }
      begin();
    }

    function follow(status, body, headers) {
      const target = new URL(headers.location, `${origin}${next.path}`);
      if (target.href.startsWith(plan.redirectUri)) {
        return end(Boolean(person) && target.searchParams.has('code'), 'unexpected answer to the application', status, target.href);
      }
      next = { method: 'GET', path: `${target.pathname}${target.search}` };
      return undefined;
    }

    function read(status, body) {
      const form = loginForm(body);
      if (form && !person) return end(true);
      if (form && next.method === 'GET') {
        const filled = { ...hiddenFields(form.html), ...person };
        next = {
          method: 'POST',
          path: form.action.replace(origin, ''),
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
          body: new URLSearchParams(filled).toString(),
        };
        return undefined;
      }
      const hasCode = body.includes(plan.redirectUri) && body.includes('code=');
      return end(Boolean(person) && hasCode && !form, `${next.method} ${next.path}`, status, body);
    }

    begin();
    client.setRequests([{
      setupRequest: (request) => ({
        ...request,
        ...next,
        headers: { ...request.headers, ...next.headers, ...cookies.header() },
      }),
      onResponse(status, body, _context, headers) {
        const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
        cookies.keep(named['set-cookie']);
        if (status === 302 || status === 303) follow(status, body, named);
        else if (status === 200) read(status, body);
        else end(false, `${next.method} ${next.path}`, status, body);
      },
    }]);
  };
}
