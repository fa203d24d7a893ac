// Sessions in a SQLite file: for one machine, with as many processes as it likes. It outlives them all.

import { type Duration, toSeconds } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import { isTouchDue } from '../core/judgement.ts'
import type {
  Created,
  CreateTerms,
  EndedNow,
  Ending,
  FullStore,
  Patch,
  Patched,
  Reading,
  SessionLimit,
  SingleEnding,
  StoredSession,
} from '../core/store.ts'
import { conflictOf, earlier, overlay } from './parts/changes.ts'
import type { Connection, SqliteDatabase } from './parts/sqlite-connection.ts'
import { openFile, useDatabase } from './parts/sqlite-open.ts'
import { UNKNOWN } from './parts/sqlite-rows.ts'
import { prepareSchema } from './parts/sqlite-schema.ts'
import { SqliteTable } from './parts/sqlite-table.ts'

export type { SqliteDatabase, SqliteStatement, SqliteValue } from './parts/sqlite-connection.ts'

export interface SqliteStoreOptions {
  /** How long a session that is over is kept for a sweep to be told of it. @default '1h' */
  readonly retention?: Duration
  /**
   * How long a write waits for the writes of other processes. The process does nothing else meanwhile.
   *
   * @default '1s'; a database that is handed in keeps its own
   */
  readonly busyTimeout?: Duration
  /**
   * What a power failure may take. `normal`: the last commits, a logout among them; the file stays
   * sound, and a crash or `kill -9` of the process takes nothing. `full`: nothing, and each write waits
   * for the disk.
   *
   * @default 'normal'; a database that is handed in keeps its own
   */
  readonly synchronous?: 'normal' | 'full'
}

const DONE = Object.freeze({ state: 'done' } as const)
const RETENTION = '1h'

/**
 * A store that answers at once. Give it the path of a file on a local disk, which it opens through
 * `node:sqlite`, with a write-ahead log, and makes for its owner alone; or a database of `node:sqlite`, `better-sqlite3` or `libsql`
 * that is opened already and on which nobody else begins transactions. That one stays open, and keeps
 * its journal: `PRAGMA journal_mode = WAL` is best. Several processes may share a file; within one, all
 * must open it through the same package, since two copies of SQLite do not heed each other's locks.
 *
 * @throws SessionError `bad-option`, `bad-duration`.
 */
export const sqliteStore = (
  pathOrDatabase: string | SqliteDatabase,
  options: SqliteStoreOptions = {},
): SqliteStore => new SqliteStore(pathOrDatabase, options)

/** Made by `sqliteStore`. */
export class SqliteStore implements FullStore {
  readonly #connection: Connection
  /** Whether the file is the store's own, and open still. */
  #isToClose: boolean
  readonly #table: SqliteTable

  constructor(pathOrDatabase: string | SqliteDatabase, options: SqliteStoreOptions) {
    const { retention = RETENTION, busyTimeout, synchronous } = options
    const retained = Math.ceil(demandLength(retention, 'retention'))
    const patience =
      busyTimeout === undefined ? undefined : demandLength(busyTimeout, 'busyTimeout') * 1000
    if (![undefined, 'normal', 'full'].includes(synchronous)) {
      throw new SessionError('bad-option', "synchronous must be 'normal' or 'full'.")
    }
    const settings = { busyTimeout: patience && Math.ceil(patience), synchronous }
    this.#isToClose = typeof pathOrDatabase === 'string'
    this.#connection =
      typeof pathOrDatabase === 'string'
        ? openFile(pathOrDatabase, settings)
        : useDatabase(pathOrDatabase, settings)
    try {
      prepareSchema(this.#connection)
      this.#table = new SqliteTable(this.#connection, retained)
    } catch (error) {
      this.close()
      throw error
    }
  }

  create(session: StoredSession, now: number, terms: CreateTerms = {}): Created {
    return this.#connection.atomically(() => this.#create(session, now, terms))
  }

  read(id: string, now: number, touch: boolean): Reading {
    const found = this.#table.find(id, now)
    if (!touch || found.state !== 'live' || !isTouchDue(found.session, now)) return found
    // Another request may have ended or touched it since: then it is looked at anew.
    const touched = this.#connection.atomically(() => this.#table.touchIfDue(id, now))
    return touched ? { ...found, touched } : this.#table.find(id, now)
  }

  patch(id: string, patch: Patch, now: number): Patched {
    return this.#connection.atomically(() => {
      const found = this.#table.find(id, now)
      if (found.state !== 'live') return found.state === 'ended' ? found : UNKNOWN
      const conflict = conflictOf(found.session.fields, patch.expect)
      if (conflict) return conflict
      this.#table.write(found.session, patch)
      return DONE
    })
  }

  touch(id: string, now: number): EndedNow {
    return this.#connection.atomically(() =>
      this.#table.touch(id, now) ? DONE : this.#dead(id, now),
    )
  }

  end(id: string, ending: SingleEnding, now: number, subject?: string): Patched {
    const { expect, next, until } = ending
    return this.#connection.atomically(() => {
      const asked = expect && this.#table.find(id, now)
      const isAsked =
        asked?.state === 'live' && (subject ?? asked.session.subject) === asked.session.subject
      const conflict = isAsked && conflictOf(asked.session.fields, expect)
      if (conflict) return conflict
      if (this.#table.bury(id, ending, now, { subject, next, until })) return DONE
      const found = this.#dead(id, now)
      const isTheirs = found.state !== 'ended' || (subject ?? found.subject) === found.subject
      return isTheirs ? found : UNKNOWN
    })
  }

  list(subject: string, now: number): StoredSession[] {
    return this.#table.of(subject, now)
  }

  endAll(subject: string, ending: Ending, now: number, except?: string): string[] {
    return this.#connection.atomically(() => this.#table.buryAll(subject, ending, now, except))
  }

  claim(now: number, most: number, lease: number): StoredSession[] {
    if (!this.#table.waits(now)) return []
    return this.#connection.atomically(() => this.#table.claim(now, most, lease))
  }

  forget(ids: readonly string[], now: number): number {
    return this.#connection.atomically(() => ids.filter((id) => this.#table.forget(id, now)).length)
  }

  scan(now: number, after: string | null, most: number) {
    return this.#table.after(after ?? '', now, most)
  }

  /** Closes the file where the store opened it itself. */
  close(): void {
    if (this.#isToClose) this.#connection.close()
    this.#isToClose = false
  }

  /** What a verb answers that found no live session. */
  #dead(id: string, now: number): EndedNow {
    const found = this.#table.find(id, now)
    return found.state === 'ended' ? found : UNKNOWN
  }

  #create(session: StoredSession, now: number, { from, limit }: CreateTerms): Created {
    const table = this.#table
    table.clear(now)
    if (table.has(session.id, now)) return { state: 'taken' }
    let begun = session
    if (from !== undefined) {
      const old = table.find(from.id, now)
      if (old.state !== 'live') return old.state === 'ended' ? old : UNKNOWN
      const conflict = conflictOf(old.session.fields, from.expect)
      if (conflict) return conflict
      const fields = overlay(old.session.fields, from.deleted, session.fields)
      begun = { ...session, fields, checkAt: earlier(session.checkAt, old.session.checkAt) }
    }
    const ended = this.#makeRoom(session.subject, now, limit, from?.id)
    if (ended === null) return { state: 'full' }
    if (from !== undefined) {
      const next = from.until === null ? null : session.id
      table.bury(from.id, from, now, { next, until: from.until ?? 0 })
    }
    table.add(begun, from?.id ?? null)
    return { state: 'done', ended }
  }

  /** Ends what must end for one more session; null where that is refused. */
  #makeRoom(
    subject: string | null,
    now: number,
    limit: SessionLimit | undefined,
    except: string | undefined,
  ): string[] | null {
    if (limit === undefined || subject === null) return []
    const surplus = this.#table.surplus(subject, limit, now, except)
    for (const id of surplus ?? []) this.#table.bury(id, limit, now)
    return surplus
  }
}

/** In seconds. */
function demandLength(duration: Duration, name: string): number {
  const seconds = toSeconds(duration, name)
  if (seconds >= 0) return seconds
  throw new SessionError('bad-option', `${name} must not be negative.`)
}
