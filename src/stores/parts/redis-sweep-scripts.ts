// The scripts of the Redis store that go through several sessions.
import { PRELUDE, SUBJECTS } from './redis-lua.ts'
import { script } from './redis-scripts.ts'

/** KEYS: subject index, due index. ARGV: whose. Answers ids and texts. */
export const LIST = script(
  PRELUDE,
  SUBJECTS,
  `
local base, answer = baseOf(KEYS[2]), {}
for _, one in ipairs((ofSubject(base, take()))) do
  answer[#answer + 1] = fullOf(base, one[1])
  answer[#answer + 1] = whole(base, one[1], one[2])
end
return answer
`,
)

/** KEYS: subject index, due index. ARGV: whose, reason, keep, but which, whether WAIT follows. */
export const END_ALL = script(
  PRELUDE,
  SUBJECTS,
  `
local base, answer = baseOf(KEYS[2]), {}
local whose, reason, keep, but, waits = take(), take(), tonumber(take()), take(), take()
local live = ofSubject(base, whose)
for _, one in ipairs(live) do
  if one[2].own then demand(base, one[1], one[2]) end
end
for _, one in ipairs(live) do
  local full = fullOf(base, one[1])
  if full ~= but then
    bury(base, one[1], one[2], reason, keep, '', '0')
    answer[#answer + 1] = full
  end
end
if #answer == 0 and waits == '1' then redis.call('SET', base .. 'w', '', 'PX', 1000) end
return answer
`,
)

/**
 * KEYS: due indexes. ARGV: most, lease. Answers whether it has looked at as many as one call may without
 * finding enough, then ids and texts.
 */
export const CLAIM = script(
  PRELUDE,
  `
local most, lease, looked, found, answer = tonumber(take()), tonumber(take()), 0, 0, { '' }
local LOOKS, writes = most + 500, {}
local function writeFor(due, base, id)
  local x = named(due, base, id)
  if not x then return { 'ZREM', due, id } end
  if last(x) >= at and (x.check == 0 or x.check > at) then return { 'ZADD', due, look(x), id } end
  answer[#answer + 1] = fullOf(base, id)
  answer[#answer + 1] = whole(base, id, x)
  found = found + 1
  return { 'ZADD', due, at + lease - 0.5, id }
end
local function gather(due)
  local base, passed, ids = baseOf(due), 0, nil
  repeat
    local count = math.min(most - found, 100)
    if count == 0 or looked > LOOKS then return end
    ids = redis.call('ZRANGEBYSCORE', due, '-inf', at, 'LIMIT', passed, count)
    for _, id in ipairs(ids) do writes[#writes + 1] = writeFor(due, base, id) end
    passed, looked = passed + #ids, looked + #ids
  until #ids == 0
end
for _, due in ipairs(KEYS) do gather(due) end
for _, write in ipairs(writes) do redis.call(unpack(write)) end
if looked > LOOKS then answer[1] = 'more' end
return answer
`,
)

/** KEYS: session and due index, for each. Answers how many it forgot. */
export const FORGET = script(
  PRELUDE,
  `
local over = {}
for i = 1, #KEYS, 2 do
  local base, text = baseOf(KEYS[i + 1]), redis.call('GET', KEYS[i])
  local x = text and parse(text)
  if x and last(x) < at then
    over[#over + 1] = { base, idOf(KEYS[i], base), x }
    demand(unpack(over[#over]))
  end
end
for _, one in ipairs(over) do
  local base, id, x = unpack(one)
  local reason = (x.idle == 0 or last(x) == x.ends) and 'absolute' or 'idle'
  bury(base, id, x, reason, retention, '', '0', last(x))
end
return { number(#over) }
`,
)

/** KEYS: due index. ARGV: cursor, how many about. Answers the next cursor, then ids and texts. */
export const SCAN = script(
  PRELUDE,
  `
local base = baseOf(KEYS[1])
local page = redis.call('ZSCAN', KEYS[1], take(), 'COUNT', take())
local answer = { page[1] }
for i = 1, #page[2], 2 do
  local id = page[2][i]
  local x = named(KEYS[1], base, id)
  if x and last(x) >= at then
    answer[#answer + 1] = fullOf(base, id)
    answer[#answer + 1] = whole(base, id, x)
  end
end
return answer
`,
)
