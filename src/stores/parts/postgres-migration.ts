// The table and the functions, as SQL that may be run again.

import { createFunction } from './postgres-create.ts'
import { bury, declare, findConflict, findLive, lockSubjects, NEVER } from './postgres-language.ts'
import { dueOf, keptOf, type PostgresNames } from './postgres-names.ts'
import { sweepFunctions } from './postgres-sweep.ts'

/** Of the table; it is told by its comment. */
const VERSION = 2

/** All that a database needs, in one transaction. */
export function migrationOf(names: PostgresNames): string {
  const { table } = names
  return `-- Sojourn: sessions. May be run again.
BEGIN;
DO $sojourn$ BEGIN PERFORM pg_advisory_xact_lock(742); END $sojourn$;
CREATE TABLE IF NOT EXISTS ${table} (
  created_at bigint NOT NULL,
  seen_at bigint NOT NULL,
  idle bigint NOT NULL,
  ends_at bigint NOT NULL,
  throttle bigint NOT NULL,
  check_at bigint NOT NULL,
  until bigint NOT NULL DEFAULT 0,
  leased_until bigint NOT NULL DEFAULT 0,
  look_at bigint NOT NULL,
  clean_at bigint NOT NULL,
  ordinal bigint NOT NULL DEFAULT 0,
  id text COLLATE "C" PRIMARY KEY,
  subject text,
  ended text,
  next text,
  fields jsonb NOT NULL
) WITH (fillfactor = 70);
-- Tells sessions of a subject apart that began in one second. Version 1 had none.
ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ordinal bigint NOT NULL DEFAULT 0;
COMMENT ON TABLE ${table} IS 'Sojourn, version ${VERSION}';
-- No index stands on what a touch changes, so that touches are heap-only.
CREATE INDEX IF NOT EXISTS sojourn_sessions_subject ON ${table} (subject)
  WHERE subject IS NOT NULL AND ended IS NULL;
CREATE INDEX IF NOT EXISTS sojourn_sessions_look_at ON ${table} (look_at);
CREATE INDEX IF NOT EXISTS sojourn_sessions_clean_at ON ${table} (clean_at);
${createFunction(names)}
${patchFunction(names)}
${endFunctions(names)}
${sweepFunctions(names)}
COMMIT;
`
}

function patchFunction({ table, of }: PostgresNames): string {
  return declare(
    of('patch'),
    `
  s ${table};
  wanted jsonb := p -> 'expect';
  bounds jsonb := p -> 'bounds';`,
    `${findLive('s', "p ->> 'id'", table)}${findConflict('s', 'wanted')}
  s.fields := (s.fields - ARRAY(SELECT jsonb_array_elements_text(p -> 'deleted'))) || (p -> 'set');
  s.seen_at := GREATEST(s.seen_at, (p ->> 'seenAt')::bigint);
  IF bounds IS NOT NULL THEN
    s.idle := (bounds ->> 'idle')::bigint;
    s.ends_at := (bounds ->> 'endsAt')::bigint;
    s.throttle := (bounds ->> 'throttle')::bigint;
  END IF;
  IF s.check_at = (p ->> 'from')::bigint THEN
    s.check_at := (p ->> 'to')::bigint;
    s.leased_until := 0;
    s.look_at := ${NEVER};
  END IF;
  IF (p ->> 'checkAt')::bigint > 0 THEN
    s.check_at := LEAST(COALESCE(NULLIF(s.check_at, 0), ${NEVER}), (p ->> 'checkAt')::bigint);
  END IF;
  UPDATE ${table} SET fields = s.fields, seen_at = s.seen_at, idle = s.idle, ends_at = s.ends_at,
    throttle = s.throttle, check_at = s.check_at, leased_until = s.leased_until,
    look_at = GREATEST(LEAST(s.look_at, ${dueOf('s')}), s.leased_until)
  WHERE id = s.id;
  RETURN '{"state":"done"}';`,
  )
}

function endFunctions({ table, of }: PostgresNames): string {
  const end = declare(
    of('end'),
    `
  s ${table};
  wanted jsonb := p -> 'expect';`,
    `
  IF p ->> 'subject' IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM ${table} WHERE id = p ->> 'id' AND subject = p ->> 'subject') THEN
    RETURN '{"state":"unknown"}';
  END IF;${findLive('s', "p ->> 'id'", table)}${findConflict('s', 'wanted')}
  UPDATE ${table} SET ${bury("p ->> 'reason'", "(p ->> 'keep')::bigint")},
    next = p ->> 'next', until = COALESCE((p ->> 'until')::bigint, 0)
  WHERE id = s.id;
  RETURN '{"state":"done"}';`,
  )
  // Called by a read whose touch is due, and by no other.
  const slide = `
CREATE OR REPLACE FUNCTION ${of('slide')}(id_ text, now_ bigint) RETURNS boolean
LANGUAGE plpgsql AS $sojourn$
BEGIN
  UPDATE ${table} AS s SET seen_at = now_ WHERE s.id = id_ AND s.ended IS NULL
    AND now_ <= ${keptOf('s')} AND now_ - s.seen_at > s.throttle;
  RETURN FOUND;
END $sojourn$;`
  const touch = declare(
    of('touch'),
    `
  s ${table};`,
    `${findLive('s', "p ->> 'id'", table)}
  UPDATE ${table} SET seen_at = GREATEST(s.seen_at, now_) WHERE id = s.id;
  RETURN '{"state":"done"}';`,
  )
  // Whoever begins a session of this subject holds the same lock: none is missed. Rows are locked in the
  // order of their ids, as by the sweep, so that neither waits for the other.
  const endAll = declare(
    of('end_all'),
    `
  ids jsonb;`,
    `${lockSubjects()}
  WITH gone AS (
    UPDATE ${table} AS s SET ${bury("p ->> 'reason'", "(p ->> 'keep')::bigint")}
    WHERE s.id = ANY (ARRAY(
      SELECT o.id FROM ${table} AS o
      WHERE o.subject = p ->> 'subject' AND o.ended IS NULL AND now_ <= ${keptOf('o')}
        AND o.id IS DISTINCT FROM p ->> 'except' ORDER BY o.id FOR UPDATE))
    RETURNING s.id
  ) SELECT jsonb_agg(id) INTO ids FROM gone;
  RETURN COALESCE(ids, '[]');`,
  )
  return [end, slide, touch, endAll].join('\n')
}
