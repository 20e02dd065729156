// node exchange.mjs ISSUER: resource indicators and an exchange with openid-client, a JWT answer of introspection with
// oauth4webapi, which verifies it, and somebody else's assertion; what they found is printed as JSON.
// SHOP, API and HR are JSON objects of client_id and client_secret; REDIRECT_URI, EMAIL, PASSWORD, RESOURCE, BACKEND
// and ASSERTION come from the environment, too.
import * as client from "openid-client";
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";

const { REDIRECT_URI, EMAIL, PASSWORD, RESOURCE, BACKEND, ASSERTION } = process.env;
const [shop, api, hr] = ["SHOP", "API", "HR"].map((name) => JSON.parse(process.env[name]));
const issuer = new URL(process.argv[2]);
const browser = new Browser("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0");
const insecure = { [oauth.allowInsecureRequests]: issuer.protocol === "http:" };

function discover({ client_id, client_secret }) {
  const options = issuer.protocol === "http:" ? { execute: [client.allowInsecureRequests] } : {};
  return client.discovery(issuer, client_id, client_secret, client.ClientSecretBasic(client_secret), options);
}

// RFC 8707: two resources are asked for, and the token is for one of them.
const config = await discover(shop);
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const parameters = new URLSearchParams({
  redirect_uri: REDIRECT_URI,
  scope: "openid profile api.read",
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
});
parameters.append("resource", RESOURCE);
parameters.append("resource", BACKEND);
const url = client.buildAuthorizationUrl(config, parameters);
const back = await browser.walk(url, REDIRECT_URI, { username: EMAIL, password: PASSWORD });
const more = { resource: RESOURCE, user_agent: browser.userAgent };
const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier, idTokenExpected: true }, more);

// RFC 8693: the API exchanges what the shop showed it.
const exchanged = await client.genericGrantRequest(await discover(api), "urn:ietf:params:oauth:grant-type:token-exchange", {
  subject_token: tokens.access_token,
  subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
  resource: BACKEND,
});

// RFC 9701: typ, issuer, audience and signature are checked by the library.
const as = await oauth.discoveryRequest(issuer, insecure).then((response) => oauth.processDiscoveryResponse(issuer, response));
const resourceServer = { client_id: api.client_id, introspection_signed_response_alg: "ES256" };
const answer = await oauth.introspectionRequest(
  as,
  resourceServer,
  oauth.ClientSecretBasic(api.client_secret),
  tokens.access_token,
  insecure,
);
const media_type = answer.headers.get("content-type");
const introspected = await oauth.processIntrospectionResponse(as, resourceServer, answer);
await oauth.validateApplicationLevelSignature(as, answer, insecure);

// RFC 7523 §2.1
const asserted = await client.genericGrantRequest(await discover(hr), "urn:ietf:params:oauth:grant-type:jwt-bearer", {
  assertion: ASSERTION,
});

console.log(JSON.stringify({ subject: tokens.claims().sub, tokens, exchanged, media_type, introspected, asserted }));
