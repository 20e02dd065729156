// node responses.mjs ISSUER: JARM, the hybrid flow, and an ID token by form_post with openid-client.
// CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, EMAIL and PASSWORD come from the environment.
import * as client from "openid-client";
import { Browser } from "./browser.mjs";

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, EMAIL, PASSWORD } = process.env;
const issuer = new URL(process.argv[2]);
const browser = new Browser("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0");

async function answer(adapt, wishes = {}) {
  const options = { execute: [client.allowInsecureRequests, ...adapt] };
  const config = await client.discovery(issuer, CLIENT_ID, CLIENT_SECRET, client.ClientSecretBasic(CLIENT_SECRET), options);
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: "openid email",
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...wishes,
  });
  const back = await browser.walk(url, REDIRECT_URI, { username: EMAIL, password: PASSWORD });
  return { config, checks, back };
}

async function redeemed(adapt) {
  const { config, checks, back } = await answer(adapt);
  const tokens = await client.authorizationCodeGrant(config, back, checks, { user_agent: browser.userAgent });
  return tokens.claims().sub;
}

const jarm = await redeemed([client.useJwtResponseMode]);
const hybrid = await redeemed([client.useCodeIdTokenResponseType]);
const detached = await redeemed([client.useCodeIdTokenResponseType, client.enableDetachedSignatureResponseChecks]);

const posted = await answer([client.useIdTokenResponseType], { response_mode: "form_post" });
const { expectedNonce, expectedState } = posted.checks;
const claims = await client.implicitAuthentication(posted.config, posted.back, expectedNonce, { expectedState });

console.log(
  JSON.stringify({
    subjects: [jarm, hybrid, detached, claims.sub],
    email: claims.email,
    method: posted.back.method,
  }),
);
