// node flow.mjs ISSUER: one journey with openid-client as it ships; what it found is printed as JSON.
// CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, POST_LOGOUT_REDIRECT_URI, EMAIL and PASSWORD come from the environment.
import * as client from "openid-client";
import { Browser } from "./browser.mjs";

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, POST_LOGOUT_REDIRECT_URI, EMAIL, PASSWORD } = process.env;
const issuer = new URL(process.argv[2]);
const browser = new Browser("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0");
// A confidential client calls from its server, so it says which browser it calls for.
const binding = { user_agent: browser.userAgent };

const options = issuer.protocol === "http:" ? { execute: [client.allowInsecureRequests] } : {};
const config = await client.discovery(issuer, CLIENT_ID, CLIENT_SECRET, client.ClientSecretBasic(CLIENT_SECRET), options);

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const authorizationUrl = client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT_URI,
  scope: "openid profile email",
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
  state: expectedState,
  nonce: expectedNonce,
  max_age: "3600",
});
const back = await browser.walk(authorizationUrl, REDIRECT_URI, { username: EMAIL, password: PASSWORD });

// These checks are openid-client's own: state, iss, nonce, issuer, audience, signature algorithm, times, max_age.
const checks = { pkceCodeVerifier, expectedState, expectedNonce, maxAge: 3600, idTokenExpected: true };
const tokens = await client.authorizationCodeGrant(config, back, checks, binding);
const claims = tokens.claims();
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, binding);
const introspected = await client.tokenIntrospection(config, refreshed.access_token);

const leaving = client.buildEndSessionUrl(config, {
  id_token_hint: refreshed.id_token ?? tokens.id_token,
  post_logout_redirect_uri: POST_LOGOUT_REDIRECT_URI,
  state: expectedState,
});
const left = await browser.walk(leaving, POST_LOGOUT_REDIRECT_URI, {});
const afterLogout = await client.refreshTokenGrant(config, refreshed.refresh_token, binding).then(
  () => "accepted",
  (error) => error.error,
);

console.log(
  JSON.stringify({
    claims,
    userinfo,
    scope: tokens.scope,
    expires_in: tokens.expires_in,
    rotated: refreshed.refresh_token !== tokens.refresh_token,
    refreshed_sub: refreshed.claims()?.sub ?? null,
    access_token_active: introspected.active,
    logout_state: left.searchParams.get("state") === expectedState,
    refresh_after_logout: afterLogout,
  }),
);
