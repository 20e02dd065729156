// node register.mjs ISSUER: registers itself with openid-client and completes the code flow as what it became.
// INITIAL_TOKEN, REDIRECT_URI, EMAIL and PASSWORD come from the environment.
import * as client from "openid-client";
import { Browser } from "./browser.mjs";

const { INITIAL_TOKEN, REDIRECT_URI, EMAIL, PASSWORD } = process.env;
const issuer = new URL(process.argv[2]);
const browser = new Browser("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0");

const config = await client.dynamicClientRegistration(
  issuer,
  { client_name: "Wiki", redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "client_secret_post" },
  undefined,
  { initialAccessToken: INITIAL_TOKEN, execute: [client.allowInsecureRequests] },
);
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT_URI,
  scope: "openid email",
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
});
const back = await browser.walk(url, REDIRECT_URI, { username: EMAIL, password: PASSWORD });
const checks = { pkceCodeVerifier, idTokenExpected: true };
const tokens = await client.authorizationCodeGrant(config, back, checks, { user_agent: browser.userAgent });
const { email } = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
console.log(JSON.stringify({ metadata: config.clientMetadata(), audience: tokens.claims().aud, email }));
