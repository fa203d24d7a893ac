// Pieces of PL/pgSQL that several functions share.
import { keptOf } from './postgres-names.ts'

/** Never looked at by a sweep. */
export const NEVER = '9e15::bigint'

/** Lines of PL/pgSQL that find a live row, or answer why there is none. */
export const findLive = (row: string, id: string, table: string): string => `
  SELECT * INTO ${row} FROM ${table} WHERE id = ${id} FOR UPDATE;
  IF NOT FOUND OR (${row}.ended IS NOT NULL AND ${row}.clean_at < now_)
    OR (${row}.ended IS NULL AND now_ > ${keptOf(row)}) THEN
    RETURN '{"state":"unknown"}';
  END IF;
  IF ${row}.ended IS NOT NULL THEN
    RETURN jsonb_build_object('state', 'ended', 'reason', ${row}.ended, 'at', ${row}.seen_at,
      'subject', ${row}.subject, 'next', ${row}.next, 'until', ${row}.until);
  END IF;`

/**
 * Orders the logins of subjects among themselves, and against the end of all. What the next statement
 * then sees is newer than the lock, which it is not under any stricter isolation. Of two subjects both are
 * locked in one order, so that nobody waits for one who waits.
 */
export const lockSubjects = (other = 'NULL'): string => `
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE feature_not_supported USING MESSAGE = 'Sojourn needs the isolation level READ COMMITTED.';
  END IF;
  PERFORM pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended(subject, 742) AS key
    FROM unnest(ARRAY[p ->> 'subject', ${other}]) AS subject WHERE subject IS NOT NULL ORDER BY key OFFSET 0
  ) AS keys;`

/** What of a row changes when it becomes a tombstone. */
export const bury = (reason: string, keep: string): string =>
  `ended = ${reason}, seen_at = now_, clean_at = now_ + ${keep}, look_at = ${NEVER}, fields = '{}'`

/** Answers with the texts that stand in place of the expected ones, if any differs. */
export const findConflict = (row: string, expect: string): string => `
  IF ${expect} IS NOT NULL AND EXISTS (
    SELECT 1 FROM jsonb_each_text(${expect}) AS wanted
    WHERE (${row}.fields ->> wanted.key) IS DISTINCT FROM wanted.value
  ) THEN
    RETURN jsonb_build_object('state', 'conflict', 'current',
      (SELECT jsonb_object_agg(wanted.key, ${row}.fields -> wanted.key)
       FROM jsonb_each(${expect}) AS wanted));
  END IF;`

export const declare = (name: string, extra: string, body: string): string => `
CREATE OR REPLACE FUNCTION ${name}(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $sojourn$
DECLARE
  now_ bigint := (p ->> 'now')::bigint;${extra}
BEGIN${body}
END $sojourn$;`
