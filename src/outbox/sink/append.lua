-- The fenced append: the one way in which the relay writes a stream.
--
-- It appends all of its entries, or none and says where the stream really ends. The check and the append are one
-- step for the broker, so any number of relays may call it at once: of two that hold the same batch, one appends it
-- and the other is told the new end.
--
-- KEYS[1]  the stream
-- ARGV[1]  the last id that the stream must have generated, such as 41-0; 0-0 for a stream that never had an entry;
--          empty to append nothing and only be told where the stream ends
-- ARGV[2]  the id of the entry that must stand at the stream's end, or empty where the caller knows of none
-- ARGV[3]  that entry's field `id`, the event's id
-- ARGV[4…] the entries: the log's sequence number, how many names and values follow, then these
--
-- Returns {1, '', '', ''} when it appended; else {0, last generated id, id of the entry at the end, its event id}.
--
-- Ids stay strings from end to end: a Lua number is exact only up to 2^53.

local last_id, end_id, end_event = '0-0', '', ''

if redis.call('EXISTS', KEYS[1]) == 1 then
  -- One call tells both. `last-generated-id` survives trimming and deletion; `last-entry` may be absent, or older.
  local stream = redis.call('XINFO', 'STREAM', KEYS[1])
  for at = 1, #stream, 2 do
    if stream[at] == 'last-generated-id' then
      last_id = stream[at + 1]
    elseif stream[at] == 'last-entry' and stream[at + 1] then
      end_id = stream[at + 1][1]
      local fields = stream[at + 1][2]
      for field = 1, #fields, 2 do
        if fields[field] == 'id' then
          end_event = fields[field + 1]
          break
        end
      end
    end
  end
end

-- An entry that is gone because the stream was trimmed cannot be compared; the last generated id still can.
local continues = last_id == ARGV[1] and (end_id == '' or (end_id == ARGV[2] and end_event == ARGV[3]))
if not continues then
  return {0, last_id, end_id, end_event}
end

local at = 4
while at <= #ARGV do
  local count = tonumber(ARGV[at + 1])
  redis.call('XADD', KEYS[1], ARGV[at] .. '-0', unpack(ARGV, at + 2, at + 1 + count))
  at = at + 2 + count
end
return {1, '', '', ''}
