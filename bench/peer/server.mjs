// Serves the peer until it is told to stop: node server.mjs CONFIGURATION.json PORT

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

import { loginPages } from './login.mjs';
import { buildProvider } from './provider.mjs';
import { openStore } from './store.mjs';

const [file, port] = process.argv.slice(2);
const configuration = JSON.parse(readFileSync(file, 'utf8'));
const store = openStore(configuration.database);
const provider = buildProvider(configuration, store);
provider.use(loginPages(provider, store, configuration.nobodysHash));
provider.on('server_error', (_ctx, error) => console.error(error));

const server = createServer(provider.callback());
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => store.close());
  server.closeAllConnections();
});
