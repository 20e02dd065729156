// A chain of refreshes for each connection: {"path", "form" (of every request), "tokens"}. Each answer's refresh token is
// the next request's. A chain that was refused is over, and so is the run.

import { performance } from 'node:perf_hooks';

export function refresh(plan, tally, stop) {
  const bodyWith = (token) => new URLSearchParams({ ...plan.form, refresh_token: token }).toString();
  return (client, connection) => {
    let began = performance.now();
    client.setRequests([{
      method: 'POST',
      path: plan.path,
      body: bodyWith(plan.tokens[connection]),
      onResponse(status, body) {
        const tokens = status === 200 ? JSON.parse(body) : {};
        if (tokens.access_token && tokens.id_token && tokens.refresh_token) {
          tally.count(began);
          client.setBody(bodyWith(tokens.refresh_token));
        } else {
          tally.refuse(`refresh at ${plan.path}`, status, body);
          stop();
        }
        began = performance.now();
      },
    }]);
  };
}
