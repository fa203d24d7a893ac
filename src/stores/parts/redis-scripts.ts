// The scripts of the Redis store, each a constant: one for every verb.

import { runtime } from '#runtime'
import { FIELDS, PRELUDE, SUBJECTS } from './redis-lua.ts'

/** A script, and the name under which a server keeps it: its SHA-1. */
export interface Script {
  readonly text: string
  readonly sha: string
}

function script(...parts: readonly string[]): Script {
  const text = parts.join('')
  const digest = runtime.hash('sha1', runtime.utf8(text))
  return { text, sha: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') }
}

/**
 * KEYS: session. ARGV: whether it is activity. Answers the text as it was before the touch, or nothing.
 * Stands without the prelude, which would cost more than the rest of it; what is said there of slots that
 * move holds here, too.
 */
export const READ = script(
  String.raw`
local text = redis.call('GET', KEYS[1])
local from, seen, to, idle, ends, throttle, own, whose =
  string.match(text or '', '^%d+ ()(%d+)() (%d+) (%d+) (%d+) %d+(%+?)%z([^%z]*)%z')
if not from or tonumber(ends) >= 1e13 or string.byte(text, -1) ~= 0 then return text end
local answer = text
if own == '+' then
  local beside = string.gsub(KEYS[1], '^(.*})s:', '%1f:')
  local apart = redis.call('HGETALL', beside)
  if #apart == 0 then redis.call('EXISTS', KEYS[1], beside) end
  if #apart > 0 then answer = text .. table.concat(apart, '\0') .. '\0' end
end
local at, last = tonumber(ARGV[1]), tonumber(ends)
if idle ~= '0' then last = math.min(seen + idle, last) end
if ARGV[3] == '0' or last < at or at - seen <= tonumber(throttle) then return answer end

redis.replicate_commands()
last = tonumber(ends)
if idle ~= '0' then last = math.min(at + idle, last) end
local life = (last - at + ARGV[2] + 1) * 1000
local touched = string.sub(text, 1, from - 1) .. ARGV[1] .. string.sub(text, to)
local base, id = string.match(KEYS[1], '^(.*})s:(.*)$')
local indexes = { base .. 'd', whose ~= '' and base .. 'u:' .. string.sub(whose, 1, 22) or nil }
local lives = {}
for i, index in ipairs(indexes) do
  lives[i] = redis.call('PTTL', index)
  if lives[i] == -2 then redis.call('EXISTS', KEYS[1], index) end
end
redis.call('SET', KEYS[1], touched, 'PX', life)
if own == '+' then redis.call('PEXPIRE', base .. 'f:' .. id, life) end
for i, index in ipairs(indexes) do
  if lives[i] < life then redis.call('PEXPIRE', index, life + 600000) end
end
return answer
`,
)

/**
 * KEYS: session, due index, subject index or the due index again; session and due index of the session
 * before, where there is one. ARGV: mode, text; of the one before the expectations and its end; the
 * limit; the changes.
 *
 * Modes, for a cluster on which the two lie apart: `hold` the place, `fill` it, `leave` it.
 */
export const CREATE = script(
  PRELUDE,
  FIELDS,
  SUBJECTS,
  `
local HOLD = 30
local mode, x = take(), parse(take())
local base = baseOf(KEYS[2])
local id = idOf(KEYS[1], base)
local index = x.whose ~= '' and KEYS[3]
local there = redis.call('GET', KEYS[1])
local isHeld = there and string.sub(there, 1, 1) == '?'
if mode == 'leave' then
  if isHeld then drop(base, id, x) end
  return { 'done' }
end
local kept = there and tonumber(string.match(there, '^!%d+ (%d+)'))
local isFree = not there or kept and kept < at or isHeld and mode == 'fill'
if not isFree then return { 'taken' } end

local old, oldBase, oldId, oldEnd
if KEYS[4] then
  local answer
  oldBase = baseOf(KEYS[5])
  oldId = idOf(KEYS[4], oldBase)
  old, answer = find(KEYS[4])
  answer = answer or differs(oldBase, oldId, old)
  if answer then return answer end
  oldEnd = { take(), tonumber(take()), take(), take() }
end

local answer = { 'done' }
local most, action, reason, keep = tonumber(take()), take(), take(), tonumber(take())
if take() ~= '0' then demand(base, id, x, true) end
if most and index then
  local live, held = ofSubject(base, x.whose, id)
  local rivals = {}
  for _, one in ipairs(live) do
    if oldBase ~= base or oldId ~= one[1] then rivals[#rivals + 1] = one end
  end
  if action == 'refuse' and #rivals + held >= most then return { 'full' } end
  local surplus = mode == 'hold' and 0 or math.min(#rivals, #rivals + 1 - most)
  for i = 1, surplus do demand(base, rivals[i][1], rivals[i][2]) end
  for i = 1, surplus do
    bury(base, rivals[i][1], rivals[i][2], reason, keep, '', '0')
    answer[#answer + 1] = fullOf(base, rivals[i][1])
  end
end

if index then redis.call('ZADD', index, beginning(index, x.made, oldId or id), id) end
if mode == 'hold' then
  redis.call('SET', KEYS[1], '?' .. number(at + HOLD), 'PX', (HOLD + 1) * 1000)
  if index then outlive(index, (HOLD + 1) * 1000) end
  return answer
end
if old then
  x.fields, x.own = old.fields, old.own
  if x.check == 0 or old.check > 0 and old.check < x.check then x.check = old.check end
  local beside = oldBase .. 'f:' .. oldId
  if redis.call('EXISTS', beside) == 1 then redis.call('RENAME', beside, base .. 'f:' .. id) end
  bury(oldBase, oldId, old, unpack(oldEnd))
end
change(base, id, x)
redis.call('ZADD', base .. 'd', look(x), id)
save(base, id, x)

-- A few entries of what has gone by itself since, and of what nobody swept. Where it fails the session has
-- begun all the same.
local WINDOW = 8
local overdue = { '-inf', '(' .. number(at - retention), 'LIMIT', 0, WINDOW }
pcall(function()
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', base .. 'd', unpack(overdue))) do
    local y = named(base .. 'd', base, other)
    if not y then
      redis.call('ZREM', base .. 'd', other)
    elseif last(y) + retention < at then
      demand(base, other, y)
      drop(base, other, y)
    else
      redis.call('ZADD', base .. 'd', math.max(look(y), at), other)
    end
  end
  if not index or most then return end
  local count = redis.call('ZCARD', index)
  local start = count > WINDOW and (string.byte(id, 1) * 251 + string.byte(id, 2)) % count or 0
  for _, other in ipairs(redis.call('ZRANGE', index, start, start + WINDOW - 1)) do
    local there = redis.call('EXISTS', index, base .. 's:' .. other)
    if there == 1 then redis.call('ZREM', index, other) end
  end
end)
return answer
`,
)

/**
 * KEYS: session, due index. ARGV: activity; bounds, of which the first may be empty; the second of the
 * sweep, and what it was and is to be; the expectations; the changes.
 */
export const PATCH = script(
  PRELUDE,
  FIELDS,
  `
local base = baseOf(KEYS[2])
local id = idOf(KEYS[1], base)
local x, answer = find(KEYS[1])
if not x then return answer end
local seen, idle, ends, throttle = tonumber(take()), take(), take(), take()
local check, from, to = tonumber(take()), take(), take()
answer = differs(base, id, x)
if answer then return answer end
demand(base, id, x, take() ~= '0')
change(base, id, x)
x.seen = math.max(x.seen, seen)
if idle ~= '' then
  x.idle, x.ends, x.throttle = tonumber(idle), tonumber(ends), tonumber(throttle)
end
local isSwept = from ~= '' and tonumber(from) == x.check
if isSwept then x.check = tonumber(to) end
if check > 0 and (x.check == 0 or check < x.check) then x.check = check end
if idle ~= '' or isSwept or check > 0 then
  -- What a sweep was handed has half a second too little, and stays where it is for the lease.
  local score = tonumber(redis.call('ZSCORE', base .. 'd', id))
  local isLeased = score and score % 1 > 0 and score > at
  if isSwept or not score or not isLeased and look(x) < score then
    redis.call('ZADD', base .. 'd', look(x), id)
  end
end
save(base, id, x)
return { 'done' }
`,
)

/**
 * KEYS: session, due index. ARGV: reason, keep, next, until; whose it must be; whether it is handed
 * over; whether WAIT follows; the expectations.
 */
export const END = script(
  PRELUDE,
  FIELDS,
  `
local base = baseOf(KEYS[2])
local id = idOf(KEYS[1], base)
local reason, keep, next, till, whose, hands, waits =
  take(), tonumber(take()), take(), take(), take(), take(), take()
local x, answer = find(KEYS[1])
local theirs = x and x.whose or answer[2] and string.match(answer[2], '%z([^%z]*)%z')
if whose ~= '' and theirs ~= whose then return { 'unknown' } end
if not x then
  -- A write, so that WAIT covers the end that an earlier call wrote.
  if waits == '1' then redis.call('SET', base .. 'w', '', 'PX', 1000) end
  return answer
end
answer = differs(base, id, x)
if answer then return answer end
answer = { 'done', hands == '1' and whole(base, id, x) or nil }
demand(base, id, x)
bury(base, id, x, reason, keep, next, till)
return answer
`,
)

export { script }
