// The function that begins a session: within a limit, and in place of the one that it goes on from.
import { bury, declare, findConflict, findLive, lockSubjects } from './postgres-language.ts'
import { dueOf, keptOf, type PostgresNames } from './postgres-names.ts'

/**
 * What waits for rows of others comes first, and locks them in the order of their ids, so that no two of
 * them wait for each other. Its `ordinal` is taken while the subject is locked, so that who comes later has
 * a higher one.
 */
export function createFunction({ table, of }: PostgresNames): string {
  return declare(
    of('create'),
    `
  s ${table};
  f ${table};
  wanted jsonb := p -> 'from' -> 'expect';
  most integer := (p -> 'limit' ->> 'most')::integer;
  others text[];
  whose text;
  ended_ jsonb := '[]';`,
    `
  IF p ->> 'subject' IS NOT NULL THEN
    SELECT subject INTO whose FROM ${table} WHERE id = p -> 'from' ->> 'id';${lockSubjects('whose')}
  END IF;
  DELETE FROM ${table} AS o WHERE o.id = p ->> 'id' AND (
    (o.ended IS NOT NULL AND o.clean_at < now_)
    OR (o.ended IS NULL AND ${keptOf('o')} + (p ->> 'retention')::bigint < now_));
  IF EXISTS (SELECT 1 FROM ${table} WHERE id = p ->> 'id') THEN
    RETURN '{"state":"taken"}';
  END IF;
  s.fields := p -> 'fields';
  s.check_at := (p ->> 'checkAt')::bigint;
  IF most IS NOT NULL AND p ->> 'subject' IS NOT NULL THEN
    SELECT array_agg(o.id ORDER BY o.created_at, o.ordinal) INTO others FROM ${table} AS o
    WHERE o.subject = p ->> 'subject' AND o.ended IS NULL AND now_ <= ${keptOf('o')}
      AND o.id IS DISTINCT FROM p -> 'from' ->> 'id';
    others := others[1:COALESCE(array_length(others, 1), 0) - most + 1];
    IF array_length(others, 1) > 0 AND p -> 'limit' ->> 'action' <> 'refuse' THEN
      PERFORM FROM ${table} AS o WHERE o.id = ANY (others || (p -> 'from' ->> 'id'))
      ORDER BY o.id FOR UPDATE;
    END IF;
  END IF;
  IF p -> 'from' IS NOT NULL THEN${findLive('f', "p -> 'from' ->> 'id'", table)}${findConflict('f', 'wanted')}
    s.fields := (f.fields - ARRAY(SELECT jsonb_array_elements_text(p -> 'from' -> 'deleted'))) || s.fields;
    s.check_at := COALESCE(LEAST(NULLIF(s.check_at, 0), NULLIF(f.check_at, 0)), 0);
  END IF;
  IF array_length(others, 1) > 0 THEN
    IF p -> 'limit' ->> 'action' = 'refuse' THEN
      RETURN '{"state":"full"}';
    END IF;
    ended_ := to_jsonb(others);
  END IF;
  s.ordinal := CASE WHEN p ->> 'subject' IS NULL THEN 0
    WHEN f.subject = p ->> 'subject' AND f.created_at = (p ->> 'createdAt')::bigint THEN f.ordinal
    ELSE (SELECT COALESCE(max(o.ordinal) + 1, 0) FROM ${table} AS o WHERE o.subject = p ->> 'subject'
      AND o.ended IS NULL AND o.created_at = (p ->> 'createdAt')::bigint) END;
  s.seen_at := (p ->> 'seenAt')::bigint;
  s.idle := (p ->> 'idle')::bigint;
  s.ends_at := (p ->> 'endsAt')::bigint;
  INSERT INTO ${table} (id, subject, created_at, seen_at, idle, ends_at, throttle, check_at, fields,
    look_at, clean_at, ordinal)
  VALUES (p ->> 'id', p ->> 'subject', (p ->> 'createdAt')::bigint, s.seen_at, s.idle, s.ends_at,
    (p ->> 'throttle')::bigint, s.check_at, s.fields, ${dueOf('s')},
    ${keptOf('s')} + (p ->> 'retention')::bigint, s.ordinal)
  ON CONFLICT (id) DO NOTHING;
  IF NOT FOUND THEN
    RETURN '{"state":"taken"}';
  END IF;
  IF ended_ <> '[]' THEN
    UPDATE ${table} SET ${bury("p -> 'limit' ->> 'reason'", "(p -> 'limit' ->> 'keep')::bigint")}
    WHERE id = ANY (others) AND ended IS NULL;
  END IF;
  IF f.id IS NOT NULL THEN
    UPDATE ${table} SET ${bury("p -> 'from' ->> 'reason'", "(p -> 'from' ->> 'keep')::bigint")},
      next = CASE WHEN p -> 'from' ->> 'until' IS NULL THEN NULL ELSE p ->> 'id' END,
      until = COALESCE((p -> 'from' ->> 'until')::bigint, 0)
    WHERE id = f.id;
  END IF;
  PERFORM ${of('clean')}(p);
  RETURN jsonb_build_object('state', 'done', 'ended', ended_);`,
  )
}
