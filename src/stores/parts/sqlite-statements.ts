// Every statement of a SQLite store: constants, prepared once.
import type { AllRows, Change, Connection, OneRow } from './sqlite-connection.ts'

const TABLE = 'sojourn_session'
/** The order in which `sqlite-rows.ts` reads them. */
const COLUMNS =
  'id, subject, created_at, seen_at, idle, ends_at, throttle, check_at, fields, reason, next, until'
const LIVE = 'reason IS NULL AND kept >= ?'
/** Reason, second of the end, next, until, last second, and the one after it. */
const BURY = `UPDATE ${TABLE} SET reason = ?, seen_at = ?, next = ?, until = ?, idle = 0, ends_at = ?,
  look_at = ?, throttle = 0, check_at = 0, lease = 0, fields = '[]'`

const SQL = {
  find: `SELECT ${COLUMNS} FROM ${TABLE} WHERE id = ?`,
  has: `SELECT 1 FROM ${TABLE} WHERE id = ?`,
  /** In the place of the one that it goes on from, where that began with it; else behind all that did. */
  add: `INSERT INTO ${TABLE} (ordinal, id, subject, created_at, seen_at, idle, ends_at, throttle, check_at,
    look_at, fields) VALUES (coalesce(
      (SELECT ordinal FROM ${TABLE} WHERE id = ? AND subject = ? AND created_at = ?),
      (SELECT max(ordinal) + 1 FROM ${TABLE} WHERE subject = ? AND created_at = ? AND reason IS NULL),
      0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  touch: `UPDATE ${TABLE} SET seen_at = max(seen_at, ?) WHERE id = ? AND ${LIVE}`,
  touchIfDue: `UPDATE ${TABLE} SET seen_at = ? WHERE id = ? AND ${LIVE} AND ? - seen_at > throttle`,
  write: `UPDATE ${TABLE} SET fields = ?, seen_at = max(seen_at, ?) WHERE id = ?`,
  bound: `UPDATE ${TABLE} SET idle = ?, ends_at = ?, throttle = ? WHERE id = ?`,
  check: `UPDATE ${TABLE} SET check_at = CASE check_at WHEN 0 THEN ? ELSE min(check_at, ?) END
    WHERE id = ?`,
  recheck: `UPDATE ${TABLE} SET check_at = ?, lease = 0 WHERE id = ? AND check_at = ?`,
  /** The sweep is through with it: its place is where it is due, be that later or sooner. */
  look: `UPDATE ${TABLE} SET look_at = due WHERE id = ?`,
  lookSooner: `UPDATE ${TABLE} SET look_at = max(lease, due)
    WHERE id = ? AND look_at > max(lease, due)`,
  bury: `${BURY} WHERE id = ? AND ${LIVE} AND subject IS coalesce(?, subject)`,
  buryAll: `${BURY} WHERE subject = ? AND ${LIVE} AND id IS NOT ? RETURNING id`,
  of: `SELECT ${COLUMNS} FROM ${TABLE} WHERE subject = ? AND ${LIVE} ORDER BY created_at, ordinal`,
  idsOf: `SELECT id FROM ${TABLE} WHERE subject = ? AND ${LIVE} AND id IS NOT ?
    ORDER BY created_at, ordinal`,
  waits: `SELECT 1 FROM ${TABLE} WHERE reason IS NULL AND look_at <= ? LIMIT 1`,
  due: `SELECT ${COLUMNS} FROM ${TABLE}
    WHERE reason IS NULL AND look_at <= ? AND due <= ? AND lease <= ? ORDER BY look_at LIMIT ?`,
  lease: `UPDATE ${TABLE} SET lease = ?, look_at = ? WHERE id = ?`,
  /** What came round too early is put where it belongs. */
  putOff: `UPDATE ${TABLE} SET look_at = max(lease, due) WHERE rowid IN (
    SELECT rowid FROM ${TABLE} WHERE reason IS NULL AND look_at <= ? AND max(lease, due) > ?
    ORDER BY look_at LIMIT ?)`,
  /** What nobody cleared away yet. */
  clearGone: `DELETE FROM ${TABLE} WHERE id = ? AND kept < CASE WHEN reason IS NULL THEN ? ELSE ? END`,
  /** What it says is as it was before; twice the retention. */
  forget: `UPDATE ${TABLE} SET reason = CASE WHEN idle = 0 OR kept = ends_at THEN 'absolute' ELSE 'idle' END,
    seen_at = kept, idle = 0, ends_at = kept + ?, look_at = kept + ? + 1, throttle = 0, check_at = 0,
    lease = 0, fields = '[]' WHERE id = ? AND reason IS NULL AND kept < ?`,
  scan: `SELECT ${COLUMNS} FROM ${TABLE} WHERE id > ? AND ${LIVE} ORDER BY id LIMIT ?`,
  clearEnded: `DELETE FROM ${TABLE} WHERE rowid IN (
    SELECT rowid FROM ${TABLE} WHERE reason IS NOT NULL AND look_at <= ? ORDER BY look_at LIMIT ?)`,
  clearOver: `DELETE FROM ${TABLE} WHERE kept < ? AND rowid IN (
    SELECT rowid FROM ${TABLE} WHERE reason IS NULL AND look_at < ? ORDER BY look_at LIMIT ?)`,
  /** What is not gone yet makes way for what is. */
  putBack: `UPDATE ${TABLE} SET look_at = max(lease, due, ?) WHERE kept >= ? AND rowid IN (
    SELECT rowid FROM ${TABLE} WHERE reason IS NULL AND look_at < ? ORDER BY look_at LIMIT ?)`,
  /** Handed out again and again, and never forgotten. */
  clearTried: `DELETE FROM ${TABLE} WHERE rowid IN (
    SELECT rowid FROM ${TABLE} WHERE reason IS NULL AND look_at <= ? AND kept < ? AND lease > kept
    ORDER BY look_at LIMIT ?)`,
} as const

const ONE = ['find', 'has', 'waits'] as const
const ALL = ['buryAll', 'of', 'idsOf', 'due', 'scan'] as const

type Name = keyof typeof SQL
type One = (typeof ONE)[number]
type All = (typeof ALL)[number]

export type Statements = { readonly [Key in One]: OneRow } & { readonly [Key in All]: AllRows } & {
  readonly [Key in Exclude<Name, One | All>]: Change
}

export function prepareStatements(connection: Connection): Statements {
  const prepared = Object.entries(SQL).map(([name, sql]) => {
    if (ONE.includes(name as One)) return [name, connection.one(sql)]
    if (ALL.includes(name as All)) return [name, connection.all(sql)]
    return [name, connection.change(sql)]
  })
  return Object.fromEntries(prepared) as Statements
}
