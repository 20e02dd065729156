// node responses_oauth4webapi.mjs ISSUER: the hybrid flow, its detached signature and JARM as oauth4webapi checks them.
// CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, EMAIL and PASSWORD come from the environment.
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, EMAIL, PASSWORD } = process.env;
const browser = new Browser("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0");
const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(process.argv[2]);
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
const client = { client_id: CLIENT_ID };

async function subject(check, wishes) {
  const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: "openid email",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...wishes,
  });
  const back = await browser.walk(url, REDIRECT_URI, { username: EMAIL, password: PASSWORD });
  const checked = await check(back, { state, nonce });
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.ClientSecretBasic(CLIENT_SECRET),
    checked,
    REDIRECT_URI,
    verifier,
    { ...insecure, additionalParameters: { user_agent: browser.userAgent } },
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true });
  return oauth.getValidatedIdTokenClaims(tokens).sub;
}

const hybrid = (back, { state, nonce }) =>
  oauth.validateCodeIdTokenResponse(server, client, back, nonce, state, oauth.skipAuthTimeCheck, insecure);
const detached = (back, { state, nonce }) =>
  oauth.validateDetachedSignatureResponse(server, client, back, nonce, state, oauth.skipAuthTimeCheck, insecure);
const jarm = (back, { state }) => oauth.validateJwtAuthResponse(server, client, back, state, insecure);

const subjects = [
  await subject(hybrid, { response_type: "code id_token" }),
  await subject(hybrid, { response_type: "id_token code", response_mode: "form_post" }),
  await subject(detached, { response_type: "code id_token" }),
  await subject(jarm, { response_type: "code", response_mode: "query.jwt" }),
  await subject(jarm, { response_type: "code", response_mode: "jwt" }),
];
console.log(JSON.stringify({ subjects }));
