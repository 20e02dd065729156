// The client's own key pair, which the test made and registered.
const ALGORITHMS = { EC: { name: "ECDSA", namedCurve: "P-256" }, OKP: { name: "Ed25519" } };

// For openid-client and oauth4webapi: the key that signs, and the name under which it is registered.
export async function privateKey(text) {
  const { kid, alg, use, ...jwk } = JSON.parse(text);
  return { key: await crypto.subtle.importKey("jwk", jwk, ALGORITHMS[jwk.kty], false, ["sign"]), kid };
}
