// People who come at their own pace, however the server fares: "arrivals" a second, for "seconds"; the plan of
// `person.mjs`, and "logins", which they take in turns. A 503 with Retry-After turns a person away, to come later.

import http from 'node:http';
import { performance } from 'node:perf_hooks';

import { LOST, ONGOING, Person } from './person.mjs';

const TICK_MS = 5;
const TIMEOUT_MS = 10_000;

// Connections that broke. Whoever is on the way when no more come goes on to the end.
export async function flood(plan, tally, stopped, stop) {
  const { hostname, port } = new URL(plan.url);
  const agent = new http.Agent({ keepAlive: true });
  const atHome = [];
  const visits = new Set();
  let people = 0;
  let broken = 0;

  function ask({ method, path, headers, body }) {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const options = { agent, hostname, port, method, path, timeout: TIMEOUT_MS };
      const request = http.request({ ...options, headers: { ...plan.headers, ...headers, ...length } }, (answer) => {
        const pieces = [];
        answer.on('data', (piece) => pieces.push(piece));
        answer.on('error', reject);
        answer.on('end', () => resolve([answer.statusCode, Buffer.concat(pieces).toString(), answer.headers]));
      });
      request.on('timeout', () => request.destroy(new Error('timed out')));
      request.on('error', reject);
      request.end(body);
    });
  }

  async function visit() {
    const person = atHome.shift() ?? new Person(plan, plan.logins[people++ % plan.logins.length]);
    person.begin();
    for (;;) {
      const asked = person.where;
      const sent = performance.now();
      const [status, body, headers] = await ask(person.request);
      const found = person.read(status, body, headers);
      if (found !== ONGOING) {
        if (found !== LOST) tally.count(person.began);
        else if (status === 503 && headers['retry-after']) tally.turnAway(sent);
        else tally.refuse(asked, status, headers.location ?? body);
        atHome.push(person);
        return;
      }
    }
  }

  const began = performance.now();
  let came = 0;
  const coming = setInterval(() => {
    const due = ((performance.now() - began) / 1000) * plan.arrivals;
    for (; came < due; came += 1) {
      const one = visit().catch((error) => {
        broken += 1;
        tally.example ??= String(error);
      }).finally(() => visits.delete(one));
      visits.add(one);
    }
  }, TICK_MS);
  const end = setTimeout(stop, plan.seconds * 1000);
  await stopped;
  clearInterval(coming);
  clearTimeout(end);
  await Promise.all(visits);
  agent.destroy();
  return broken;
}
