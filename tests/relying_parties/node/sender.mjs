// node sender.mjs ISSUER: code, UserInfo and refresh with openid-client, every token bound to a key of this process.
// CLIENT_ID, CLIENT_KEY (a private JWK) or CLIENT_SECRET, REDIRECT_URI, EMAIL and PASSWORD come from the environment.
import * as client from "openid-client";
import { Browser } from "./browser.mjs";
import { privateKey } from "./keys.mjs";

const { CLIENT_ID, CLIENT_KEY, CLIENT_SECRET, REDIRECT_URI, EMAIL, PASSWORD } = process.env;
const browser = new Browser("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0");
const binding = { user_agent: browser.userAgent };

const authentication = CLIENT_KEY
  ? client.PrivateKeyJwt(await privateKey(CLIENT_KEY))
  : CLIENT_SECRET
    ? client.ClientSecretJwt(CLIENT_SECRET)
    : client.None();
const issuer = new URL(process.argv[2]);
const options = { execute: [client.allowInsecureRequests] };
const config = await client.discovery(issuer, CLIENT_ID, undefined, authentication, options);
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));

const checks = {
  pkceCodeVerifier: client.randomPKCECodeVerifier(),
  expectedState: client.randomState(),
  expectedNonce: client.randomNonce(),
  idTokenExpected: true,
};
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT_URI,
  scope: "openid profile email",
  code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
  code_challenge_method: "S256",
  state: checks.expectedState,
  nonce: checks.expectedNonce,
  dpop_jkt: await DPoP.calculateThumbprint(),
});
const back = await browser.walk(url, REDIRECT_URI, { username: EMAIL, password: PASSWORD });
const tokens = await client.authorizationCodeGrant(config, back, checks, binding, { DPoP });
const claims = tokens.claims();
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP });
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, binding, { DPoP });
const again = await client.fetchUserInfo(config, refreshed.access_token, claims.sub, { DPoP });
const asBearer = await client.fetchUserInfo(config, refreshed.access_token, claims.sub).then(
  () => "accepted",
  (error) => error.cause?.[0]?.parameters?.error ?? error.code,
);

console.log(
  JSON.stringify({
    thumbprint: await DPoP.calculateThumbprint(),
    token_types: [tokens.token_type, refreshed.token_type],
    access_token: refreshed.access_token,
    emails: [userinfo.email, again.email],
    as_bearer: asBearer,
  }),
);
