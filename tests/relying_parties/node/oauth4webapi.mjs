// node oauth4webapi.mjs ISSUER: the same journey with oauth4webapi, which leaves every step to the application.
// CLIENT_ID, CLIENT_KEY (a private JWK), REDIRECT_URI, EMAIL and PASSWORD come from the environment.
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";
import { privateKey } from "./keys.mjs";

const { CLIENT_ID, CLIENT_KEY, REDIRECT_URI, EMAIL, PASSWORD } = process.env;
const browser = new Browser("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0");
const binding = { user_agent: browser.userAgent };
const insecure = { [oauth.allowInsecureRequests]: true };

const issuer = new URL(process.argv[2]);
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
const client = { client_id: CLIENT_ID };
const authentication = oauth.PrivateKeyJwt(await privateKey(CLIENT_KEY));
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
let nonces = 0;

// RFC 9449 §8: a refusal that names a nonce is answered by the same request with it.
async function withNonce(request, process) {
  try {
    return await process(await request());
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    nonces += 1;
    return process(await request());
  }
}

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();
const url = new URL(server.authorization_endpoint);
url.search = new URLSearchParams({
  client_id: CLIENT_ID,
  redirect_uri: REDIRECT_URI,
  response_type: "code",
  scope: "openid email",
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
  dpop_jkt: await DPoP.calculateThumbprint(),
});
const back = await browser.walk(url, REDIRECT_URI, { username: EMAIL, password: PASSWORD });
const parameters = oauth.validateAuthResponse(server, client, back, state);
const options = { DPoP, additionalParameters: binding, ...insecure };

const tokens = await withNonce(
  () =>
    oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, REDIRECT_URI, verifier, options),
  (response) =>
    oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true }),
);
const { sub } = oauth.getValidatedIdTokenClaims(tokens);
const userinfo = await withNonce(
  () => oauth.userInfoRequest(server, client, tokens.access_token, { DPoP, ...insecure }),
  (response) => oauth.processUserInfoResponse(server, client, sub, response),
);
const refreshed = await withNonce(
  () => oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, options),
  (response) => oauth.processRefreshTokenResponse(server, client, response),
);

console.log(
  JSON.stringify({
    thumbprint: await DPoP.calculateThumbprint(),
    token_types: [tokens.token_type, refreshed.token_type],
    access_token: refreshed.access_token,
    emails: [userinfo.email],
    nonces,
  }),
);
