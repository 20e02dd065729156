// People who come with an authorization request, each on a connection of their own, and again as soon as they have
// arrived: the plan of `person.mjs`, and "logins" ([{username, password}] by connection, or none).

import { LOST, ONGOING, Person } from './person.mjs';

export function visit(plan, tally, stop) {
  return (client, connection) => {
    const person = new Person(plan, plan.logins?.[connection]);

    client.setRequests([{
      setupRequest(request) {
        const { headers, ...next } = person.request;
        return { ...request, ...next, headers: { ...request.headers, ...headers } };
      },
      onResponse(status, body, _context, headers) {
        const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
        const asked = person.where;
        const found = person.read(status, body, named);
        if (found === ONGOING) return;
        if (found === LOST) {
          tally.refuse(asked, status, named.location ?? body);
          stop();
        } else tally.count(person.began);
        person.begin();
      },
    }]);
  };
}
