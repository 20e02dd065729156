// The same request again and again: {"requests": [{method, path, headers, body}, …]}, one of them for each connection
// in turn. `expect` is what a good answer contains, beside the status 200.

import { performance } from 'node:perf_hooks';

import { openConnection } from './connection.mjs';

// Connections that broke, in a run of `plan.seconds` or until `stopped`.
export async function steady(plan, tally, stopped, stop) {
  const url = new URL(plan.url);
  let broken = 0;
  const connections = Array.from({ length: plan.connections }, (_, number) => {
    const request = plan.requests[number % plan.requests.length];
    const bytes = requestBytes(url, plan.headers, request);
    let began;
    const connection = openConnection(url, {
      ready() {
        began = performance.now();
        connection.write(bytes);
      },
      answered(status, body) {
        if (status === 200 && body.includes(plan.expect)) tally.count(began);
        else tally.refuse(`${request.method} ${request.path}`, status, body.toString());
        began = tally.last;
        connection.write(bytes);
      },
      broken(reason) {
        broken += 1;
        tally.example ??= reason;
      },
    });
    return connection;
  });
  const end = setTimeout(stop, plan.seconds * 1000);
  await stopped;
  clearTimeout(end);
  for (const connection of connections) connection.destroy();
  return broken;
}

function requestBytes(url, headersOfAll, { method, path, headers, body }) {
  const lines = { host: url.host, connection: 'keep-alive', ...headersOfAll, ...headers };
  if (body) lines['content-length'] = Buffer.byteLength(body);
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n${body ?? ''}`);
}
