// oidc-provider as a careful engineer would configure it for the work that is measured: JWT access tokens for an API,
// ID tokens, refresh tokens that rotate, PKCE, clients of our own that need no consent.

import Provider from 'oidc-provider';

const DAY = 86_400;

export function buildProvider({ issuer, api, clients, jwks, cookieKeys }, store) {
  const provider = new Provider(issuer, {
    adapter: store.Adapter,
    clients,
    jwks,
    cookies: { keys: cookieKeys, long: { signed: true, secure: true }, short: { signed: true, secure: true } },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: true,
    enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 900,
      AuthorizationCode: 60,
      ClientCredentials: 900,
      Grant: 90 * DAY,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 14 * DAY,
      Session: 14 * DAY,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => api,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, _resource, client) => ({
          audience: api,
          scope: 'api.read',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: client.idTokenSignedResponseAlg } },
        }),
      },
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    async findAccount(_ctx, id) {
      const found = await store.findAccount(id);
      return found && {
        accountId: id,
        claims: () => ({ sub: id, email: found.email, email_verified: true, ...found.profile }),
      };
    },
    // Every client is ours: what it may ask for is granted without asking anybody.
    async loadExistingGrant({ oidc }) {
      const known = oidc.session.grantIdFor(oidc.client.clientId);
      if (known) return provider.Grant.find(known);
      const grant = new provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
      grant.addOIDCScope('openid offline_access profile email');
      grant.addResourceScope(api, 'api.read');
      await grant.save();
      return grant;
    },
  });
  provider.proxy = true; // TLS ends before it
  return provider;
}
