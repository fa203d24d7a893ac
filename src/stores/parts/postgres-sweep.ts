// The functions that hand out what is over, and that clear away what nobody wants any more.
import { dueOf, keptOf, type PostgresNames } from './postgres-names.ts'

/** So many rows at most that have to go are cleared away by a session that begins. */
const CLEARED = 10
/** So many live ones at most are put where they belong by one claim. */
const PUT_OFF = 5000

/**
 * Both go by a second that no touch moves: what has slid meanwhile is put where it belongs when its
 * second comes. Rows that others hold are passed over, so that sweeps do not wait for each other; and
 * what is over is found behind however many live ones.
 */
export function sweepFunctions({ table, of }: PostgresNames): string {
  return `
CREATE OR REPLACE FUNCTION ${of('clean')}(p jsonb) RETURNS void LANGUAGE plpgsql AS $sojourn$
DECLARE
  now_ bigint := (p ->> 'now')::bigint;
  keeps bigint := (p ->> 'retention')::bigint;
  s ${table};
BEGIN
  FOR s IN SELECT * FROM ${table} WHERE clean_at < now_ ORDER BY clean_at LIMIT ${CLEARED}
    FOR UPDATE SKIP LOCKED
  LOOP
    IF s.ended IS NULL AND ${keptOf('s')} + keeps >= now_ THEN
      UPDATE ${table} SET clean_at = ${keptOf('s')} + keeps WHERE id = s.id;
    ELSE
      DELETE FROM ${table} WHERE id = s.id;
    END IF;
  END LOOP;
END $sojourn$;

CREATE OR REPLACE FUNCTION ${of('claim')}(now_ bigint, most bigint, lease bigint)
RETURNS SETOF ${table} LANGUAGE plpgsql SET enable_seqscan = off AS $sojourn$
BEGIN
  UPDATE ${table} AS s SET look_at = ${dueOf('s')} WHERE s.id = ANY (ARRAY(
    SELECT o.id FROM ${table} AS o WHERE o.look_at <= now_ AND ${dueOf('o')} > now_
    ORDER BY o.look_at LIMIT ${PUT_OFF} FOR UPDATE SKIP LOCKED));
  RETURN QUERY UPDATE ${table} AS s SET look_at = now_ + lease, leased_until = now_ + lease
  WHERE s.id = ANY (ARRAY(
    SELECT o.id FROM ${table} AS o WHERE o.look_at <= now_ AND ${dueOf('o')} <= now_
    ORDER BY o.look_at LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING s.*;
END $sojourn$;`
}
