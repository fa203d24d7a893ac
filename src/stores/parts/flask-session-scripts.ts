// The scripts of the store that Flask-Session shares. Flask's key holds the mapping alone, so what is new is
// made here in JavaScript and put there only if nobody else was quicker.
import { LONGEST } from './flask-session-records.ts'
import { script } from './redis-scripts.ts'

/** Clients send texts as UTF-8, so each byte travels as the character of its number. */
const WIRE = String.raw`
redis.replicate_commands()
local at, lifetime = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000

-- What each sign becomes, found when it is first met.
local function signs(becomes)
  return setmetatable({}, { __index = function(known, sign)
    known[sign] = becomes(string.byte(sign, 1, -1))
    return known[sign]
  end })
end
local function wired(bytes)
  local function becomes(byte) return string.char(byte < 192 and 194 or 195, 128 + byte % 64) end
  return (string.gsub(bytes, '[\128-\255]', signs(becomes)))
end
local function unwired(text)
  local function becomes(one, two) return string.char(two + (one - 194) * 64) end
  return (string.gsub(text, '[\194\195].', signs(becomes)))
end
`

/**
 * KEYS: the session, its tombstone. ARGV: the second of the call, the lifetime; the SHA-1 of the mapping
 * that is to stand there, or nothing; the milliseconds of which more must be left of its time.
 */
const FIND = `
-- A slow request of Flask writes back what was ended here: it goes again.
local function stoneOf(key, stone)
  local text = redis.call('GET', stone)
  local kept = tonumber(text and string.match(text, '^!%d+ (%d+) %d+ [a-z-]+ [^ %z]*%z[^%z]*%z$'))
  if not kept or kept < at then return nil end
  redis.call('DEL', key)
  return { 'ended', text }
end
-- What is left of the session's time, where it is there and as expected; else the answer.
local function left(key, stone, sha, least)
  local ended = stoneOf(key, stone)
  if ended then return nil, ended end
  local bytes = redis.call('GET', key)
  if not bytes or bytes == '' or #bytes > ${LONGEST} then return nil, { 'unknown' } end
  local life = redis.call('PTTL', key)
  if life < 0 then life = lifetime end
  if sha ~= '' and redis.sha1hex(bytes) ~= sha then return nil, { 'there', life, wired(bytes) } end
  if life <= tonumber(least) then return nil, { 'unknown' } end
  return life
end
local life, answer = left(KEYS[1], KEYS[2], ARGV[3], ARGV[4])
if not life then return answer end
`

/** Of a mapping that cannot stand there: then the answer is what does. */
export const UNMATCHED = 'none'

export const READ = script(WIRE, FIND)

/** KEYS as above. ARGV: the second of the call, the lifetime; the mapping, its milliseconds. */
export const BEGIN = script(
  WIRE,
  `
if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then return { 'taken' } end
redis.call('SET', KEYS[1], unwired(ARGV[3]), 'PX', ARGV[4])
return { 'done' }
`,
)

/** ARGV besides: the mapping, the milliseconds of time that it has at least. */
export const CHANGE = script(
  WIRE,
  FIND,
  `
redis.call('SET', KEYS[1], unwired(ARGV[5]), 'PX', math.max(life, tonumber(ARGV[6])))
return { 'done' }
`,
)

export const TOUCH = script(
  WIRE,
  FIND,
  `
redis.call('PEXPIRE', KEYS[1], math.max(life, lifetime))
return { 'done' }
`,
)

/** ARGV besides: the tombstone, its milliseconds. */
export const END = script(
  WIRE,
  FIND,
  `
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
return { 'done' }
`,
)

/** KEYS and ARGV besides what `END` has: the new session and its tombstone; its mapping, its milliseconds. */
export const GO_ON = script(
  WIRE,
  FIND,
  `
if redis.call('EXISTS', KEYS[3], KEYS[4]) > 0 then return { 'taken' } end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
redis.call('SET', KEYS[3], unwired(ARGV[7]), 'PX', ARGV[8])
return { 'done' }
`,
)
