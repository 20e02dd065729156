// Loads one server for some seconds and says what came of it: node run.mjs < PLAN
//
// Every plan has {"program", "url", "headers", "connections", "seconds"}, and may have {"operations"}, which end it early;
// what else a program reads stands in its file.
// Printed is {"operations", "seconds", "p50", "p99" (ms), "cpu" (share of a core), "bad" (answers), "errors" (of
// sockets), "example" (the first bad answer)}.

import { readFileSync } from 'node:fs';

import autocannon from 'autocannon';

import { codes } from './codes.mjs';
import { refresh } from './refresh.mjs';
import { steady } from './steady.mjs';
import { Tally } from './tally.mjs';
import { visit } from './visit.mjs';

const PROGRAMS = { codes, refresh, steady, visit };

const plan = JSON.parse(readFileSync(0, 'utf8'));
let instance;
const stop = () => instance.stop();
const tally = new Tally(plan.operations, stop);
const setUp = PROGRAMS[plan.program](plan, tally, stop);
let connection = 0;

const cpuBefore = process.cpuUsage();
tally.start();
const result = await new Promise((resolve, reject) => {
  instance = autocannon({
    url: plan.url,
    connections: plan.connections,
    duration: plan.seconds,
    pipelining: 1,
    timeout: 10,
    sampleInt: 100, // ms: how soon it notices that it is over
    headers: plan.headers,
    setupClient(client) {
      setUp(client, connection);
      connection += 1;
    },
  }, (error, done) => (error ? reject(error) : resolve(done)));
});
const spent = process.cpuUsage(cpuBefore);

process.stdout.write(JSON.stringify({
  ...tally.summary(),
  cpu: (spent.user + spent.system) / 1e6 / tally.seconds,
  errors: result.errors + result.timeouts,
}));
