// node decoupled.mjs ISSUER: openid-client asks as a device (RFC 8628) or for a person who is not there (CIBA), and polls.
// WAY (device, backchannel), CLIENT_ID, CLIENT_SECRET and EMAIL come from the environment. The first line on stdout is
// what the person needs, the last one what came of it.
import * as client from "openid-client";

const { WAY, CLIENT_ID, CLIENT_SECRET, EMAIL } = process.env;
const authentication = CLIENT_SECRET ? client.ClientSecretBasic(CLIENT_SECRET) : client.None();
const config = await client.discovery(new URL(process.argv[2]), CLIENT_ID, CLIENT_SECRET, authentication, {
  execute: [client.allowInsecureRequests],
});

async function device() {
  const started = await client.initiateDeviceAuthorization(config, { scope: "openid email" });
  console.log(JSON.stringify({ user_code: started.user_code, verification_uri: started.verification_uri }));
  return await client.pollDeviceAuthorizationGrant(config, started);
}

async function backchannel() {
  const wishes = { scope: "openid email", login_hint: EMAIL, binding_message: "Transfer 4711" };
  const started = await client.initiateBackchannelAuthentication(config, wishes);
  console.log(JSON.stringify({ expires_in: started.expires_in }));
  return await client.pollBackchannelAuthenticationGrant(config, started);
}

const tokens = await (WAY === "device" ? device() : backchannel());
const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
console.log(JSON.stringify({ email: person.email, subjects: [tokens.claims().sub, refreshed.claims().sub] }));
