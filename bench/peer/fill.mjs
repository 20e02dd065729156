// Puts what a run needs into the peer's database, through its own models: node fill.mjs CONFIGURATION.json < WISHES
//
// Wishes are {"tables": true, "accounts": [{id, email, passwordHash, profile}], "refreshTokens": 64, "codes": 64,
// "accessTokens": 64, "clientId", "accountId", "redirectUri", "codeChallenge"}, each of them optional.
// Printed is {"refreshTokens": […], "codes": […], "accessTokens": […]}.

import { readFileSync } from 'node:fs';

import { buildProvider } from './provider.mjs';
import { openStore } from './store.mjs';

const AT_ONCE = 20;

const configuration = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const wishes = JSON.parse(readFileSync(0, 'utf8'));
const store = openStore(configuration.database, { isFilling: true });
if (wishes.tables) await store.createTables();

const provider = buildProvider(configuration, store);
const client = wishes.clientId && await provider.Client.find(wishes.clientId);
const now = Math.floor(Date.now() / 1000);
const scope = 'openid offline_access api.read';

async function newGrant() {
  const grant = new provider.Grant({ accountId: wishes.accountId, clientId: client.clientId });
  grant.addOIDCScope('openid offline_access profile email');
  grant.addResourceScope(configuration.api, 'api.read');
  return grant.save();
}

const common = async () => ({
  accountId: wishes.accountId,
  acr: 'pwd',
  amr: ['pwd'],
  authTime: now,
  client,
  expiresWithSession: false, // as offline_access has it
  grantId: await newGrant(),
  gty: 'authorization_code',
  resource: configuration.api,
  scope,
});

const kinds = {
  refreshTokens: async () => new provider.RefreshToken(await common()).save(),
  codes: async () => new provider.AuthorizationCode({
    ...await common(),
    codeChallenge: wishes.codeChallenge,
    codeChallengeMethod: 'S256',
    exp: now + 3600, // filled in minutes before it is redeemed
    gty: undefined,
    redirectUri: wishes.redirectUri,
  }).save(),
  // Opaque and for UserInfo: it neither introspects its JWT access tokens nor takes them at UserInfo.
  accessTokens: async () => new provider.AccessToken({
    ...await common(), resource: undefined, scope: 'openid profile email',
  }).save(),
};

async function made(count, make) {
  const all = [];
  while (all.length < count) {
    const missing = Math.min(AT_ONCE, count - all.length);
    all.push(...await Promise.all(Array.from({ length: missing }, make)));
  }
  return all;
}

const answer = await store.together(async () => {
  for (const account of wishes.accounts ?? []) await store.insertAccount(account);
  const filled = {};
  for (const [kind, make] of Object.entries(kinds)) filled[kind] = await made(wishes[kind] ?? 0, make);
  return filled;
});
await store.close();
process.stdout.write(JSON.stringify(answer));
