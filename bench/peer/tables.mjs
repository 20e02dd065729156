// One table for each of oidc-provider's models, with the indexes that its adapter's lookups need and no others.

const GRANTED = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest'];

const MODELS = [
  ...GRANTED, 'Session', 'ClientCredentials', 'Client', 'InitialAccessToken', 'RegistrationAccessToken', 'Interaction',
  'ReplayDetection', 'PushedAuthorizationRequest', 'Grant',
];

export function tableOf(model) {
  return `oidc_${model.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase()}`;
}

// Statements of both dialects; `json` is the column type of a payload, `clustered` what follows the closing bracket.
export function schema({ json, clustered }) {
  const statements = [
    'CREATE TABLE accounts (id text PRIMARY KEY, email text UNIQUE NOT NULL, password_hash text NOT NULL,'
    + ` profile ${json} NOT NULL)`,
  ];
  for (const model of MODELS) {
    const table = tableOf(model);
    statements.push(
      `CREATE TABLE ${table} (id text PRIMARY KEY, payload ${json} NOT NULL, grant_id text, uid text, user_code text,`
      + ` expires_at bigint, consumed_at bigint)${clustered}`,
    );
    if (GRANTED.includes(model)) statements.push(`CREATE INDEX ${table}_grant ON ${table} (grant_id)`);
  }
  statements.push('CREATE UNIQUE INDEX oidc_session_uid ON oidc_session (uid)');
  statements.push('CREATE UNIQUE INDEX oidc_device_code_user ON oidc_device_code (user_code)');
  return statements;
}

// The columns of one row, in the order of the upsert's parameters.
export function rowOf(id, payload, expiresIn) {
  const expiresAt = expiresIn ? Math.floor(Date.now() / 1000) + expiresIn : null;
  return [
    id, JSON.stringify(payload), payload.grantId ?? null, payload.uid ?? null, payload.userCode ?? null, expiresAt,
  ];
}
