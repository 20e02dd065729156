// oidc-provider's adapter on SQLite: prepared statements, write-ahead log, every commit flushed to the disk.

import Database from 'better-sqlite3';

import { rowOf, schema, tableOf } from './tables.mjs';

export function openSqlite({ path }) {
  const db = new Database(path, { timeout: 5000 });
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');

  class Adapter {
    constructor(model) {
      const table = tableOf(model);
      const columns = 'payload, consumed_at';
      this.byId = db.prepare(`SELECT ${columns} FROM ${table} WHERE id = ?`);
      this.byUid = db.prepare(`SELECT ${columns} FROM ${table} WHERE uid = ?`);
      this.byUserCode = db.prepare(`SELECT ${columns} FROM ${table} WHERE user_code = ?`);
      this.put = db.prepare(
        `INSERT INTO ${table} (id, payload, grant_id, uid, user_code, expires_at) VALUES (?, ?, ?, ?, ?, ?)`
        + ' ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,'
        + ' uid = excluded.uid, user_code = excluded.user_code, expires_at = excluded.expires_at',
      );
      this.mark = db.prepare(`UPDATE ${table} SET consumed_at = ? WHERE id = ?`);
      this.remove = db.prepare(`DELETE FROM ${table} WHERE id = ?`);
      this.removeByGrant = db.prepare(`DELETE FROM ${table} WHERE grant_id = ?`);
    }

    async find(id) { return read(this.byId.get(id)); }

    async findByUid(uid) { return read(this.byUid.get(uid)); }

    async findByUserCode(userCode) { return read(this.byUserCode.get(userCode)); }

    async upsert(id, payload, expiresIn) { this.put.run(rowOf(id, payload, expiresIn)); }

    async consume(id) { this.mark.run(Math.floor(Date.now() / 1000), id); }

    async destroy(id) { this.remove.run(id); }

    async revokeByGrantId(grantId) { this.removeByGrant.run(grantId); }
  }

  let accounts;
  const accountStatements = () => {
    accounts ??= {
      byId: db.prepare('SELECT id, email, password_hash, profile FROM accounts WHERE id = ?'),
      byEmail: db.prepare('SELECT id, email, password_hash, profile FROM accounts WHERE email = ?'),
    };
    return accounts;
  };

  return {
    Adapter,
    async createTables() {
      for (const statement of schema({ json: 'text', clustered: ' WITHOUT ROWID' })) db.exec(statement);
    },
    async insertAccount({ id, email, passwordHash, profile }) {
      db.prepare('INSERT INTO accounts VALUES (?, ?, ?, ?)').run(id, email, passwordHash, JSON.stringify(profile));
    },
    async findAccount(id) { return account(accountStatements().byId.get(id)); },
    async findAccountByEmail(email) { return account(accountStatements().byEmail.get(email)); },
    // Whatever `work` writes becomes durable at once: for filling, not for serving.
    async together(work) {
      db.exec('BEGIN IMMEDIATE');
      const result = await work();
      db.exec('COMMIT');
      return result;
    },
    async close() { db.close(); },
  };
}

function read(row) {
  if (row === undefined) return undefined;
  const payload = JSON.parse(row.payload);
  return row.consumed_at === null ? payload : { ...payload, consumed: row.consumed_at };
}

function account(row) {
  return row && { id: row.id, email: row.email, passwordHash: row.password_hash, profile: JSON.parse(row.profile) };
}
