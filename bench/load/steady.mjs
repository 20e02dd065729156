// The same request again and again: {"requests": [{method, path, headers, body}, …]}, one of them for each connection
// in turn. `expect` is what a good answer contains, beside the status 200.

import { performance } from 'node:perf_hooks';

export function steady(plan, tally) {
  return (client, connection) => {
    const request = plan.requests[connection % plan.requests.length];
    let began = performance.now();
    client.setRequests([{
      ...request,
      onResponse(status, body) {
        if (status === 200 && body.includes(plan.expect)) tally.count(began);
        else tally.refuse(`${request.method} ${request.path}`, status, body);
        began = tally.last;
      },
    }]);
  };
}
