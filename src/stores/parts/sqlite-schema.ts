// The table of a SQLite store, and the number of its version beside it.
import { SessionError } from '../../core/errors.ts'
import type { Connection } from './sqlite-connection.ts'

/** The schema that this release writes. */
const VERSION = 2

const INDEX_OF = `
CREATE INDEX sojourn_session_of ON sojourn_session (subject, created_at, ordinal)
  WHERE reason IS NULL AND subject IS NOT NULL;`

/**
 * A row is a session, or with a `reason` the tombstone of one, of which `seen_at` is the second of its
 * end and `ends_at` the last in which it is kept. `kept` is the last second in which it is either,
 * `due` the first in which the sweep is handed it. Only `look_at` is indexed, which is no later than
 * both; a touch does not move it: what comes round too early is put where it belongs.
 * `ordinal` tells sessions of a subject apart that began in one second.
 * Fields are one text, `["key","text",…]`: a row each would double the cost of a read.
 */
const SCHEMA = `
CREATE TABLE sojourn_schema (version INTEGER NOT NULL);
INSERT INTO sojourn_schema VALUES (2);
CREATE TABLE sojourn_session (
  id TEXT NOT NULL PRIMARY KEY,
  subject TEXT,
  created_at INTEGER NOT NULL,
  ordinal INTEGER NOT NULL DEFAULT 0,
  seen_at INTEGER NOT NULL,
  idle INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  throttle INTEGER NOT NULL,
  check_at INTEGER NOT NULL,
  look_at INTEGER NOT NULL,
  lease INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  next TEXT,
  until INTEGER NOT NULL DEFAULT 0,
  fields TEXT NOT NULL,
  kept INTEGER AS (CASE idle WHEN 0 THEN ends_at ELSE min(seen_at + idle, ends_at) END) VIRTUAL,
  due INTEGER AS (CASE check_at WHEN 0 THEN kept + 1 ELSE min(check_at, kept + 1) END) VIRTUAL
);
${INDEX_OF}
CREATE INDEX sojourn_session_look ON sojourn_session (look_at) WHERE reason IS NULL;
CREATE INDEX sojourn_session_gone ON sojourn_session (look_at) WHERE reason IS NOT NULL;
`

/** What the first version lacks. */
const SECOND = `
ALTER TABLE sojourn_session ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;
DROP INDEX sojourn_session_of;
${INDEX_OF}
UPDATE sojourn_schema SET version = 2;
`

const HAS_SCHEMA = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'sojourn_schema'"
const READ_VERSION = 'SELECT version FROM sojourn_schema'

/**
 * Creates what is missing; of several processes one does.
 *
 * @throws SessionError `bad-option` for a schema of a newer release.
 */
export function prepareSchema(connection: Connection): void {
  if (versionOf(connection) < VERSION) {
    connection.atomically(() => {
      const version = versionOf(connection)
      if (version < 1) connection.execute(SCHEMA)
      else if (version < 2) connection.execute(SECOND)
    })
  }
  const version = versionOf(connection)
  if (version !== VERSION) {
    throw new SessionError(
      'bad-option',
      `The sessions in this database have schema ${version}, and this release of sojourn knows ${VERSION}: use the release that wrote them, or a newer one.`,
    )
  }
}

/** 0 where there is none. */
const versionOf = (connection: Connection): number =>
  connection.one(HAS_SCHEMA)() === undefined ? 0 : Number(connection.one(READ_VERSION)()?.[0])
