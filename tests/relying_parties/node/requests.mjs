// node requests.mjs ISSUER: the code flow with openid-client whose requests are plain, signed, pushed, or both, and
// with oauth4webapi signed (by jose encrypted, too) and pushed; which of them ended with tokens is printed as JSON.
// CLIENT_ID, CLIENT_KEY (a private JWK), REDIRECT_URI, EMAIL, PASSWORD and WAYS come from the environment; every token
// is bound to a key of this process.
import * as client from "openid-client";
import * as jose from "jose";
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";
import { privateKey } from "./keys.mjs";

const { CLIENT_ID, CLIENT_KEY, REDIRECT_URI, EMAIL, PASSWORD, WAYS } = process.env;
const issuer = new URL(process.argv[2]);
const browser = new Browser("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0");
const binding = { user_agent: browser.userAgent };
const key = await privateKey(CLIENT_KEY);
const config = await client.discovery(issuer, CLIENT_ID, undefined, client.PrivateKeyJwt(key), {
  execute: [client.allowInsecureRequests],
});
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));

const ways = {
  signed: (parameters) => client.buildAuthorizationUrlWithJAR(config, parameters, key),
  pushed: (parameters) => client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }),
  // JAR over PAR: the URL of a signed request, pushed.
  both: async (parameters) => {
    const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, key);
    return client.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP });
  },
  oauth4webapi: (parameters) => signedAndPushed(parameters, (request) => request),
  encrypted: (parameters) =>
    signedAndPushed(parameters, async (request) => {
      const { keys } = await (await fetch(config.serverMetadata().jwks_uri)).json();
      const { kid, alg, ...ours } = keys.find((each) => each.use === "enc");
      const header = { alg, kid, enc: "A256GCM", cty: "oauth-authz-req+jwt" };
      const content = new TextEncoder().encode(request);
      return new jose.CompactEncrypt(content).setProtectedHeader(header).encrypt(await jose.importJWK(ours, alg));
    }),
};

async function signedAndPushed(parameters, wrapped) {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const me = { client_id: CLIENT_ID };
  const signed = await oauth.issueRequestObject(as, me, { ...parameters, response_type: "code" }, key);
  const body = { request: await wrapped(signed) };
  const answer = await oauth.pushedAuthorizationRequest(as, me, oauth.PrivateKeyJwt(key), body, insecure);
  const { request_uri } = await oauth.processPushedAuthorizationResponse(as, me, answer);
  return new URL(`${as.authorization_endpoint}?${new URLSearchParams({ client_id: CLIENT_ID, request_uri })}`);
}

const completed = {};
for (const way of WAYS.split(" ")) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const url = await ways[way]({
    redirect_uri: REDIRECT_URI,
    scope: "openid email",
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  });
  const back = await browser.walk(url, REDIRECT_URI, { username: EMAIL, password: PASSWORD });
  const tokens = await client.authorizationCodeGrant(config, back, checks, binding, { DPoP });
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
  completed[way] = { parameters: [...url.searchParams.keys()].sort(), email: userinfo.email };
}
console.log(JSON.stringify(completed));
