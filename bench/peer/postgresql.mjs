// oidc-provider's adapter on PostgreSQL: a pool of connections, named prepared statements, one commit per write.

import pg from 'pg';

import { rowOf, schema, tableOf } from './tables.mjs';

const CONNECTIONS = 20;

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export function openPostgresql({ host, user, database, isFilling = false }) {
  // What is filled in before a run is not worth a flush of the disk for each row.
  const options = isFilling ? '-c synchronous_commit=off' : undefined;
  const pool = new pg.Pool({ host, user, database, options, max: CONNECTIONS, idleTimeoutMillis: 0 });

  class Adapter {
    constructor(model) {
      const table = tableOf(model);
      const statement = (what, text) => (...values) => pool.query({ name: `${table}.${what}`, text, values });
      const columns = 'payload, consumed_at';
      this.byId = statement('id', `SELECT ${columns} FROM ${table} WHERE id = $1`);
      this.byUid = statement('uid', `SELECT ${columns} FROM ${table} WHERE uid = $1`);
      this.byUserCode = statement('user_code', `SELECT ${columns} FROM ${table} WHERE user_code = $1`);
      this.put = statement(
        'put',
        `INSERT INTO ${table} (id, payload, grant_id, uid, user_code, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`
        + ' ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,'
        + ' uid = excluded.uid, user_code = excluded.user_code, expires_at = excluded.expires_at',
      );
      this.mark = statement('mark', `UPDATE ${table} SET consumed_at = $1 WHERE id = $2`);
      this.remove = statement('remove', `DELETE FROM ${table} WHERE id = $1`);
      this.removeByGrant = statement('remove_grant', `DELETE FROM ${table} WHERE grant_id = $1`);
    }

    async find(id) { return read(await this.byId(id)); }

    async findByUid(uid) { return read(await this.byUid(uid)); }

    async findByUserCode(userCode) { return read(await this.byUserCode(userCode)); }

    async upsert(id, payload, expiresIn) { await this.put(...rowOf(id, payload, expiresIn)); }

    async consume(id) { await this.mark(Math.floor(Date.now() / 1000), id); }

    async destroy(id) { await this.remove(id); }

    async revokeByGrantId(grantId) { await this.removeByGrant(grantId); }
  }

  const accountBy = (column) => async (value) => account(await pool.query({
    name: `accounts.${column}`,
    text: `SELECT id, email, password_hash, profile FROM accounts WHERE ${column} = $1`,
    values: [value],
  }));

  return {
    Adapter,
    async createTables() {
      for (const statement of schema({ json: 'json', clustered: '' })) await pool.query(statement);
    },
    async insertAccount({ id, email, passwordHash, profile }) {
      await pool.query('INSERT INTO accounts VALUES ($1, $2, $3, $4)', [id, email, passwordHash, profile]);
    },
    findAccount: accountBy('id'),
    findAccountByEmail: accountBy('email'),
    async together(work) { return work(); },
    async close() { await pool.end(); },
  };
}

function read({ rows: [row] }) {
  if (row === undefined) return undefined;
  return row.consumed_at === null ? row.payload : { ...row.payload, consumed: row.consumed_at };
}

function account({ rows: [row] }) {
  return row && { id: row.id, email: row.email, passwordHash: row.password_hash, profile: row.profile };
}
