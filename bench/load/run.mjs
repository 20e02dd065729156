// Loads one server for some seconds and says what came of it: node run.mjs < PLAN
//
// Every plan has {"program", "url", "headers", "connections", "seconds"}, and may have {"operations"}, which end it early,
// and {"beside"}: something else is measured meanwhile, which would wait for this process, and not for the server, if it
// did not give way. What else a program reads stands in its file.
// Printed is {"operations", "seconds", "p50", "p99" (ms), "turnedAway" (who were told to come later), "turnedAwayP99"
// (ms), "cpu" (share of a core), "bad" (answers), "errors" (of sockets), "example" (the first bad answer, or why a
// connection broke)}.

import { readFileSync } from 'node:fs';
import os from 'node:os';

import { withAutocannon } from './autocannon.mjs';
import { codes } from './codes.mjs';
import { flood } from './flood.mjs';
import { refresh } from './refresh.mjs';
import { steady } from './steady.mjs';
import { Tally } from './tally.mjs';
import { visit } from './visit.mjs';

const PROGRAMS = {
  codes: withAutocannon(codes),
  flood,
  refresh: withAutocannon(refresh),
  steady,
  visit: withAutocannon(visit),
};

const plan = JSON.parse(readFileSync(0, 'utf8'));
if (plan.beside) os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
let stop;
const stopped = new Promise((resolve) => { stop = resolve; });
const tally = new Tally(plan.operations, stop);

const cpuBefore = process.cpuUsage();
tally.start();
const errors = await PROGRAMS[plan.program](plan, tally, stopped, stop);
const spent = process.cpuUsage(cpuBefore);

process.stdout.write(JSON.stringify({
  ...tally.summary(),
  cpu: (spent.user + spent.system) / 1e6 / tally.seconds,
  errors,
}));
