// Codes that lie ready, each redeemed once: {"path", "form" (of every request), "codes"}. The run ends with the last one.

import { performance } from 'node:perf_hooks';

export function codes(plan, tally) {
  let next = 0;
  const redeem = (body) => new URLSearchParams({ ...plan.form, code: body }).toString();
  return (client) => {
    let began = performance.now();
    client.setRequests([{
      method: 'POST',
      path: plan.path,
      body: redeem(plan.codes[next++]),
      onResponse(status, body) {
        const tokens = status === 200 ? JSON.parse(body) : {};
        if (tokens.access_token && tokens.id_token && tokens.refresh_token) tally.count(began);
        else tally.refuse(`redemption at ${plan.path}`, status, body);
        if (next < plan.codes.length) client.setBody(redeem(plan.codes[next++]));
        else setImmediate(() => client.destroy()); // before its last request, sent once more, is answered
        began = performance.now();
      },
    }]);
  };
}
