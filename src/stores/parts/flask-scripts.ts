// Scripts for sessions of Flask-Session: values go through as hex, since clients read texts and not bytes.

const HEX = `
local function hex(text) return (string.gsub(text, '.', function(c) return string.format('%02x', string.byte(c)) end)) end
local function unhex(text) return (string.gsub(text, '..', function(c) return string.char(tonumber(c, 16)) end)) end
local function value(key)
  local found = redis.call('GET', key)
  if found and #found > 0 then return hex(found) end
  return ''
end`

/** KEYS: session, tombstone. Answers the value as hex, its time to live, the tombstone. */
export const READ = `${HEX}
return {value(KEYS[1]), redis.call('TTL', KEYS[1]), redis.call('GET', KEYS[2]) or ''}`

/** KEYS: session. ARGV: what stood there, what is to stand, its time to live or '' to keep that. */
export const SWAP = `${HEX}
if value(KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('SET', KEYS[1], unhex(ARGV[2]), 'KEEPTTL')
else redis.call('SET', KEYS[1], unhex(ARGV[2]), 'EX', ARGV[3]) end
return 1`

/** KEYS: session, tombstone. ARGV: the tombstone, for how long. Answers what stood there before. */
export const END = `${HEX}
if value(KEYS[1]) == '' then return redis.call('GET', KEYS[2]) or '' end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return 'done'`

/** KEYS: the new session, the old one, its tombstone. ARGV: what stood in the old one, what is to stand in
 * the new one, its time to live, the tombstone, for how long. */
export const MOVE = `${HEX}
if value(KEYS[1]) ~= '' then return 2 end
if value(KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], unhex(ARGV[2]), 'EX', ARGV[3])
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[3], ARGV[4], 'EX', ARGV[5])
return 1`
