// The store of one installation of the peer, by its kind.

import { openPostgresql } from './postgresql.mjs';
import { openSqlite } from './sqlite.mjs';

export function openStore(database, { isFilling = false } = {}) {
  return database.kind === 'sqlite' ? openSqlite(database) : openPostgresql({ ...database, isFilling });
}
