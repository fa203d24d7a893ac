// What the scripts of the Redis store share, in Lua: how a session is written down, how long it lives, and
// how it ends. Keys: `{tag}s:` a session, `{tag}f:` those of its fields that expire by themselves, `{tag}u:`
// the sessions of a subject by their beginning, `{tag}d` all of a place by the second to look at them.

/**
 * A session is one text: its numbers, whose it is, its fields; each part ends with NUL. A tombstone begins
 * with `!`, a place that is held for a session with `?`. ARGV begins with the second of the call and the
 * retention. Every key has a time to live, so that nothing stays where nobody sweeps.
 *
 * While a slot of a cluster moves, its keys lie on two servers, and on the new one a key that has not come
 * yet looks like one that is gone. `EXISTS` of two keys fails there unless both have come, and does nothing
 * elsewhere: it is asked before anything is taken for gone, and before the first write, so that a script
 * fails as a whole and may be run again.
 */
export const PRELUDE = String.raw`
redis.replicate_commands()
local at, retention, place = tonumber(ARGV[1]), tonumber(ARGV[2]), 2
local function take()
  place = place + 1
  return ARGV[place]
end
local function number(value) return string.format('%.0f', value) end

local function baseOf(due) return string.sub(due, 1, -2) end
local function idOf(key, base) return string.sub(key, #base + 3) end
local function fullOf(base, id) return string.sub(base, -3, -2) .. id end
local function indexOf(base, whose) return base .. 'u:' .. string.sub(whose, 1, 22) end

local function parse(text)
  local made, seen, idle, ends, throttle, check, own, whose, rest =
    string.match(text, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+)(%+?)%z([^%z]*)%z()')
  if not made or tonumber(ends) >= 1e13 or string.byte(text, -1) ~= 0 then return nil end
  if whose ~= '' and #whose < 22 then return nil end
  return {
    made = made, seen = tonumber(seen), idle = tonumber(idle), ends = tonumber(ends),
    throttle = tonumber(throttle), check = tonumber(check), own = own == '+',
    whose = whose, fields = string.sub(text, rest),
  }
end
local function pack(x)
  local numbers = { x.made, number(x.seen), number(x.idle), number(x.ends), number(x.throttle) }
  return table.concat(numbers, ' ') .. ' ' .. number(x.check) .. (x.own and '+' or '') .. '\0' ..
    x.whose .. '\0' .. x.fields
end
local function ownOf(base, id, x)
  if not x.own then return {} end
  local own = redis.call('HGETALL', base .. 'f:' .. id)
  if #own == 0 then redis.call('EXISTS', base .. 's:' .. id, base .. 'f:' .. id) end
  return own
end
local function whole(base, id, x)
  local own = ownOf(base, id, x)
  return pack(x) .. table.concat(own, '\0') .. (#own > 0 and '\0' or '')
end

local function last(x)
  if x.idle == 0 then return x.ends end
  return math.min(x.seen + x.idle, x.ends)
end
local function look(x)
  if x.check > 0 then return math.min(x.check, last(x) + 1) end
  return last(x) + 1
end

-- What an index names; nothing where it is gone.
local function named(index, base, id)
  local key = base .. 's:' .. id
  local text = redis.call('GET', key)
  if not text then redis.call('EXISTS', index, key) end
  return text and parse(text), text
end

-- Before the first write: that what a session has besides its own key and the due index is here.
local function demand(base, id, x, apart)
  local keys = {}
  if x.whose ~= '' then keys[1] = indexOf(base, x.whose) end
  if x.own or apart then keys[#keys + 1] = base .. 'f:' .. id end
  if #keys > 0 then redis.call('EXISTS', base .. 'd', unpack(keys)) end
end

-- An index outlives all that it names, and is not told so at every touch.
local function outlive(key, life)
  if redis.call('PTTL', key) < life then redis.call('PEXPIRE', key, life + 600000) end
end
local function save(base, id, x)
  local life = math.max(last(x) - at + retention + 1, 1) * 1000
  redis.call('SET', base .. 's:' .. id, pack(x), 'PX', life)
  if x.own then redis.call('PEXPIRE', base .. 'f:' .. id, life) end
  outlive(base .. 'd', life)
  if x.whose ~= '' then outlive(indexOf(base, x.whose), life) end
end
local function strip(base, id, x)
  if x.own then redis.call('DEL', base .. 'f:' .. id) end
  redis.call('ZREM', base .. 'd', id)
  if x.whose ~= '' then redis.call('ZREM', indexOf(base, x.whose), id) end
end
local function drop(base, id, x)
  redis.call('DEL', base .. 's:' .. id)
  strip(base, id, x)
end
local function bury(base, id, x, reason, keep, next, till, since)
  local ended = since or at
  local life = ended + keep + 1 - at
  if life <= 0 then return drop(base, id, x) end
  local head = { '!' .. number(ended), number(ended + keep), till, reason, next }
  local stone = table.concat(head, ' ') .. '\0' .. x.whose .. '\0'
  redis.call('SET', base .. 's:' .. id, stone, 'PX', life * 1000)
  strip(base, id, x)
end

-- The session while it is live; else what is to be answered.
local function find(key)
  local text = redis.call('GET', key)
  local x = text and parse(text)
  if x and last(x) >= at then return x end
  local kept = text and tonumber(string.match(text, '^!%d+ (%d+)'))
  if kept and kept >= at then return nil, { 'ended', text } end
  return nil, { 'unknown' }
end
`

/** What those scripts need besides that change the fields of a session, or ask for them. */
export const FIELDS = String.raw`
local PAIR = '([^%z]*)%z([^%z]*)%z'

-- The answer to who expects other texts.
local function differs(base, id, x)
  local count = tonumber(take())
  if count == 0 then return nil end
  local texts, answer, same = {}, { 'conflict' }, true
  for key, text in string.gmatch(x.fields, PAIR) do texts[key] = text end
  local own = ownOf(base, id, x)
  for i = 1, #own, 2 do texts[own[i]] = own[i + 1] end
  for i = 1, count do
    local key, wanted = take(), take()
    local text = texts[key]
    if wanted ~= (text and '=' .. text or '') then same = false end
    answer[i + 1] = text or false
  end
  return not same and answer or nil
end

local function overlay(fields, gone, keys, texts)
  local out = {}
  local function put(key, text)
    out[#out + 1] = key
    out[#out + 1] = text
    texts[key] = nil
  end
  for key, text in string.gmatch(fields, PAIR) do
    if texts[key] then put(key, texts[key]) elseif not gone[key] then put(key, text) end
  end
  for _, key in ipairs(keys) do
    if texts[key] then put(key, texts[key]) end
  end
  out[#out + 1] = ''
  return table.concat(out, '\0')
end

-- What is deleted, what is set, and what is set until its own end. What lies apart may be gone with its
-- last field, and then, in a slot that moves, may not be asked for: what goes does so behind what comes.
local function change(base, id, x)
  local gone, keys, texts, stale, fresh, beside = {}, {}, {}, {}, {}, base .. 'f:' .. id
  for i = 1, tonumber(take()) do
    stale[i] = take()
    gone[stale[i]] = true
  end
  for i = 1, tonumber(take()) do
    keys[i] = take()
    texts[keys[i]] = take()
    stale[#stale + 1] = keys[i]
  end
  x.fields = overlay(x.fields, gone, keys, texts)
  for _ = 1, tonumber(take()) do
    local key, text, life = take(), take(), take()
    redis.call('HSET', beside, key, text)
    redis.call('HPEXPIRE', beside, life, 'FIELDS', 1, key)
    fresh[key] = true
  end
  for _, key in ipairs(x.own and stale or {}) do
    if not fresh[key] then redis.pcall('HDEL', beside, key) end
  end
  x.own = (x.own or next(fresh) ~= nil) and redis.pcall('EXISTS', beside) == 1
end
`

/** What those scripts need besides that go through the sessions of a subject. */
export const SUBJECTS = `
-- The score in a subject's index: the second of the beginning, and a fraction that goes up with each
-- session of that second. What stands there before, the session that it goes on from or its own place
-- that was held, hands its score on.
local STEP = 2 ^ -20
local function beginning(index, made, before)
  local score = tonumber(redis.call('ZSCORE', index, before))
  if score and math.floor(score) == tonumber(made) then return score end
  local range = { '(' .. number(made + 1), made, 'WITHSCORES', 'LIMIT', 0, 1 }
  local latest = redis.call('ZREVRANGEBYSCORE', index, unpack(range))[2]
  return latest and latest + STEP or made
end

-- The live ones, those that began first coming first, and how many places are held but for one.
-- What points at nothing goes.
local function ofSubject(base, whose, but)
  local index, live, held, gone = indexOf(base, whose), {}, 0, {}
  for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    local x, text = named(index, base, id)
    local till = text and tonumber(string.match(text, '^%?(%d+)'))
    if x then
      if last(x) >= at then live[#live + 1] = { id, x } end
    elseif not till or till < at then
      gone[#gone + 1] = id
    elseif id ~= but then
      held = held + 1
    end
  end
  for _, id in ipairs(gone) do redis.call('ZREM', index, id) end
  return live, held
end
`
