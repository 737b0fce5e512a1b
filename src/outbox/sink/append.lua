-- The fenced append: the one way in which the relay writes a stream.
--
-- It appends all of its entries, or none and says where the stream really ends. The check and the append are one
-- step for the broker, so any number of relays may call it at once: of two that hold the same batch, one appends it
-- and the other is told the new end.
--
-- KEYS[1]  the stream
-- KEYS[2]  the lease: who carries this partition at present. It keeps relays from doing the same work twice; that
--          nothing is lost, doubled or out of place rests on the fence alone. Absent where it cannot be had together with
--          the stream: while a cluster moves their slot, the one may be here and the other there
-- KEYS[3]  only where a new epoch begins: the name under which the stream that was here is kept
-- ARGV[1]  the last id that the stream must have generated, such as 41-0; 0-0 for a stream that never had an entry;
--          empty to append nothing and only be told where the stream ends;
--          `release` to give up the lease where it is the caller's
-- ARGV[2]  the id of the entry that must stand at the stream's end, or empty where the caller knows of none
-- ARGV[3]  that entry's field `id`, the event's id
-- ARGV[4]  the epoch that the stream must be in, or empty where it has no entry
-- ARGV[5]  the relay that calls, or empty for one that claims no lease
-- ARGV[6]  for how many milliseconds it claims the lease
-- ARGV[7…] the entries: the log's sequence number, how many names and values follow, then these
--
-- Returns {1, '', '', '', '', '', 0} when it appended; else {0, last generated id, id of the entry at the end, its event
-- id, the stream's epoch, the holder of the lease, for how many milliseconds still}.
--
-- Ids stay strings from end to end: a Lua number is exact only up to 2^53.

if ARGV[1] == 'release' then
  if KEYS[2] and redis.call('GET', KEYS[2]) == ARGV[5] then
    redis.call('DEL', KEYS[2])
  end
  return {0, '0-0', '', '', '', '', 0}
end

local function field_of(entry, name)
  local fields = entry[2]
  for at = 1, #fields, 2 do
    if fields[at] == name then
      return fields[at + 1]
    end
  end
end

local last_id, end_id, end_event, epoch = '0-0', '', '', ''

local exists = redis.call('EXISTS', KEYS[1]) == 1
if exists then
  -- One call tells all. `last-generated-id` survives trimming and deletion; `last-entry` may be absent, or older.
  local stream = redis.call('XINFO', 'STREAM', KEYS[1])
  for at = 1, #stream, 2 do
    local name, value = stream[at], stream[at + 1]
    if name == 'last-generated-id' then
      last_id = value
    elseif name == 'first-entry' and value then
      -- Each entry of a stream is of the same epoch, and one that the relay did not write has none: so the first tells.
      epoch = string.match(field_of(value, 'epoch') or '', '^[1-9]%d*$') or '1'
      if #epoch > 18 then
        epoch = '1'
      end
    elseif name == 'last-entry' and value then
      end_id = value[1]
      end_event = field_of(value, 'id') or ''
    end
  end
end

-- An entry that is gone because the stream was trimmed cannot be compared; the last generated id still can.
local continues = last_id == ARGV[1]
  and (end_id == '' or (end_id == ARGV[2] and end_event == ARGV[3] and epoch == ARGV[4]))
if not continues then
  local holder = KEYS[2] and redis.call('GET', KEYS[2])
  return {0, last_id, end_id, end_event, epoch, holder or '', holder and redis.call('PTTL', KEYS[2]) or 0}
end

-- Before the entries: where the caller may not write the lease, it must not have written the stream either.
if KEYS[2] and ARGV[5] ~= '' then
  redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
end

if KEYS[3] and exists then
  -- Consumer groups go with the stream that they read; each begins the new one from its first entry.
  local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
  redis.call('RENAME', KEYS[1], KEYS[3])
  for group = 1, #groups do
    for at = 1, #groups[group], 2 do
      if groups[group][at] == 'name' then
        redis.call('XGROUP', 'CREATE', KEYS[1], groups[group][at + 1], '0', 'MKSTREAM')
      end
    end
  end
end

local at = 7
while at <= #ARGV do
  local count = tonumber(ARGV[at + 1])
  redis.call('XADD', KEYS[1], ARGV[at] .. '-0', unpack(ARGV, at + 2, at + 1 + count))
  at = at + 2 + count
end
return {1, '', '', '', '', '', 0}
