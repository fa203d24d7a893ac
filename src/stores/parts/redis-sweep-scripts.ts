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
for _, one in ipairs((ofSubject(base, whose))) do
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
local LOOKS = most + 500
for _, due in ipairs(KEYS) do
  local base, ids = baseOf(due), nil
  repeat
    if found >= most then return answer end
    ids = redis.call('ZRANGEBYSCORE', due, '-inf', at, 'LIMIT', 0, math.min(most - found, 100))
    for _, id in ipairs(ids) do
      local text = redis.call('GET', base .. 's:' .. id)
      local x = text and parse(text)
      if not x then
        redis.call('ZREM', due, id)
      elseif last(x) < at or x.check > 0 and x.check <= at then
        redis.call('ZADD', due, at + lease - 0.5, id)
        answer[#answer + 1] = fullOf(base, id)
        answer[#answer + 1] = whole(base, id, x)
        found = found + 1
      else
        redis.call('ZADD', due, look(x), id)
      end
    end
    looked = looked + #ids
    if looked > LOOKS then
      answer[1] = 'more'
      return answer
    end
  until #ids == 0
end
return answer
`,
)

/** KEYS: session and due index, for each. Answers how many it forgot. */
export const FORGET = script(
  PRELUDE,
  `
local count = 0
for i = 1, #KEYS, 2 do
  local base, text = baseOf(KEYS[i + 1]), redis.call('GET', KEYS[i])
  local x = text and parse(text)
  if x and last(x) < at then
    local reason = (x.idle == 0 or last(x) == x.ends) and 'absolute' or 'idle'
    bury(base, idOf(KEYS[i], base), x, reason, retention, '', '0', last(x))
    count = count + 1
  end
end
return { number(count) }
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
  local text = redis.call('GET', base .. 's:' .. id)
  local x = text and parse(text)
  if x and last(x) >= at then
    answer[#answer + 1] = fullOf(base, id)
    answer[#answer + 1] = whole(base, id, x)
  end
end
return answer
`,
)
