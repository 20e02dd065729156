// The login page of the peer, and what its form does.

import { parse } from 'node:querystring';

import { verify } from '@node-rs/argon2';

const PATH = /^\/interaction\/[\w-]+$/;
const LONGEST_FORM = 64 * 1024;

const page = (uid, error) => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Sign in</h1>${error ? `<p role="alert">${error}</p>` : ''}
<form method="post" action="/interaction/${uid}">
<label>Email <input type="email" name="username" autocomplete="username" required></label>
<label>Password <input type="password" name="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button>
</form></main></body></html>`;

// Nobody's password, so that an unknown name takes as long as a known one.
export function loginPages(provider, store, nobodysHash) {
  return async (ctx, next) => {
    if (!PATH.test(ctx.path)) return next();
    const { uid } = await provider.interactionDetails(ctx.req, ctx.res);
    ctx.set('Cache-Control', 'no-store');
    if (ctx.method !== 'POST') return show(ctx, page(uid));
    const { username, password } = parse(await bodyOf(ctx.req));
    const account = await store.findAccountByEmail(String(username).trim().toLowerCase());
    const matches = await verify(account?.passwordHash ?? nobodysHash, String(password));
    if (!account || !matches) return show(ctx, page(uid, 'The email or the password is wrong.'));
    const login = { accountId: account.id, amr: ['pwd'] };
    ctx.respond = false;
    return provider.interactionFinished(ctx.req, ctx.res, { login });
  };
}

function show(ctx, html) {
  ctx.type = 'html';
  ctx.body = html;
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > LONGEST_FORM) throw new Error('the form is too large');
  }
  return text;
}
