// Programs whose requests follow from the answers, on autocannon's clients.

import autocannon from 'autocannon';

const TIMEOUT_SECONDS = 10;
const SAMPLE_MS = 100; // how soon it notices that it is over

// A run of `program`, which is called once and sets up each client that it is given with the client's number. Connections
// that broke, in a run of `plan.seconds` or until `stopped`.
export const withAutocannon = (program) => (plan, tally, stopped, stop) => new Promise((resolve, reject) => {
  const setUp = program(plan, tally, stop);
  let connection = 0;
  const instance = autocannon({
    url: plan.url,
    connections: plan.connections,
    duration: plan.seconds,
    pipelining: 1,
    timeout: TIMEOUT_SECONDS,
    sampleInt: SAMPLE_MS,
    headers: plan.headers,
    setupClient(client) {
      setUp(client, connection);
      connection += 1;
    },
  }, (error, result) => (error ? reject(error) : resolve(result.errors + result.timeouts)));
  stopped.then(() => instance.stop());
});
