-- One step of a trim: forgets the oldest entries of a stream, if it is still the one that was looked at.
--
-- What was found out before is looked at again here, in the step that removes: the stream may have been begun anew, emptied and
-- refilled since, and a consumer group may have come, or gone back.
--
-- KEYS[1]  the stream
-- ARGV[1]  the epoch that it must be in
-- ARGV[2]  the id below which entries go, such as 41-0; never the last entry, and never what a group needs
-- ARGV[3]  the id of the entry that its end must have reached
-- ARGV[4]  `ACKED` where the broker knows that word, or empty
--
-- Returns how many entries went, or -1 where the stream is another, or nobody is known to read it.
--
-- Ids stay strings: a Lua number is exact only up to 2^53.

local function before(a, b)
  local a_major, a_minor = string.match(a, '^(%d+)-(%d+)$')
  local b_major, b_minor = string.match(b, '^(%d+)-(%d+)$')
  if #a_major ~= #b_major then return #a_major < #b_major end
  if a_major ~= b_major then return a_major < b_major end
  if #a_minor ~= #b_minor then return #a_minor < #b_minor end
  return a_minor < b_minor
end

local function value_of(fields, name)
  for at = 1, #fields, 2 do
    if fields[at] == name then
      return fields[at + 1]
    end
  end
end

if redis.call('EXISTS', KEYS[1]) == 0 then
  return -1
end
local stream = redis.call('XINFO', 'STREAM', KEYS[1])
local first, last = value_of(stream, 'first-entry'), value_of(stream, 'last-entry')
if not first or not last or last[1] ~= value_of(stream, 'last-generated-id') or before(last[1], ARGV[3]) then
  return -1
end
if (value_of(first[2], 'epoch') or '1') ~= ARGV[1] then
  return -1
end

local limit = ARGV[2]
if before(last[1], limit) then
  limit = last[1]
end
local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
if #groups == 0 then
  return -1
end
for at = 1, #groups do
  -- What was given to it last is done with, unless it is pending. An id that the relay did not write is kept.
  local needed = string.gsub(value_of(groups[at], 'last-delivered-id'), '%-0$', '-1')
  local lowest = redis.call('XPENDING', KEYS[1], value_of(groups[at], 'name'))[2]
  if lowest and before(lowest, needed) then
    needed = lowest
  end
  if before(needed, limit) then
    limit = needed
  end
end

if ARGV[4] ~= '' then
  return redis.call('XTRIM', KEYS[1], 'MINID', '=', limit, ARGV[4])
end
return redis.call('XTRIM', KEYS[1], 'MINID', '=', limit)
