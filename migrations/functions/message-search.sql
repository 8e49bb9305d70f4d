-- Looking for messages of the asking account. Nothing here has an index of its own: a search walks the messages from the
-- newest to the oldest, `walk_limit` of them at most, and says how far it came, so that what it costs does not grow with
-- the history and accepting a message pays nothing for it. Bounds are ids, since ids sort by time.
--
-- after_id         only older ones than that
-- lowest, highest  both inclusive
-- recipient        the account's index of an address; of_destination of a whole domain; tag of a tag
-- wanted_state     what one delivery must be: queued, scheduled, held, deferred, or a state in which it has ended
--
-- What is null narrows nothing. `walked_to` is the last message that was looked at when there are older ones, and null
-- when the walk came to the end. Without a message that fits there is one row whose id is null.
create or replace function postern.search_messages(
  h1 bytea, after_id uuid, lowest uuid, highest uuid, recipient bytea, of_destination bytea, tag bytea,
  wanted_state text, wanted_stream text, row_limit integer, walk_limit integer)
returns table (
  id uuid, created_at timestamptz, scheduled_at timestamptz, stream text, envelope_sealed bytea, account_id uuid,
  standing jsonb, walked_to uuid)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set plan_cache_mode = force_custom_plan as $$
declare
  asking credentials;
  walked uuid;
  by_delivery boolean := recipient is not null or of_destination is not null or wanted_state is not null;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'emails:read') then
    return;
  end if;
  select m.id into walked
    from messages m
   where m.lane = asking.lane and m.account_id = asking.account_id
     and m.id < coalesce(after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     and m.id between coalesce(lowest, '00000000-0000-0000-0000-000000000000')
                  and coalesce(highest, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   order by m.id desc
  offset walk_limit - 1
   limit 1;
  return query
  select m.id, m.created_at, m.scheduled_at, m.stream, m.envelope_sealed, m.account_id,
         private.standing_of(m.lane, m.account_id, m.id), walked
    from messages m
   where m.lane = asking.lane and m.account_id = asking.account_id
     and m.id < coalesce(after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     and m.id between coalesce(walked, lowest, '00000000-0000-0000-0000-000000000000')
                  and coalesce(highest, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     and (wanted_stream is null or m.stream = wanted_stream)
     and (tag is null or tag = any (m.tag_indexes))
     and (not by_delivery
          -- `limit` keeps it from becoming a join, which would read every delivery of the account.
          or (select true
                from deliveries d
               where d.lane = m.lane and d.account_id = m.account_id and d.message_id = m.id
                 and (recipient is null or d.recipient_index = recipient)
                 and (of_destination is null or d.destination = of_destination)
                 and (wanted_state is null or private.is_delivery_in(wanted_state, d, m.scheduled_at))
               limit 1))
   order by m.id desc
   limit row_limit;
  if not found then
    return query
    select null::uuid, null::timestamptz, null::timestamptz, null::text, null::bytea, null::uuid, null::jsonb, walked;
  end if;
end
$$;

-- Whether a delivery is in a state as people name them.
create or replace function private.is_delivery_in(wanted text, d postern.deliveries, scheduled_at timestamptz)
returns boolean
language sql stable set search_path = postern, private, pg_temp as $$
  select case wanted
           when 'scheduled' then d.state = 'queued' and d.attempts = 0 and coalesce(scheduled_at > now(), false)
           when 'held' then d.state in ('queued', 'attempting') and d.holds is not null
           when 'deferred' then d.state in ('queued', 'attempting') and d.attempts > 0
           when 'queued' then d.state in ('queued', 'attempting') and d.holds is null
                              and not coalesce(scheduled_at > now(), false)
           else d.state = wanted
         end
$$;

-- What became of a message, without anything that is sealed. `revision` grows with whatever happens to it.
create or replace function private.standing_of(of_lane smallint, of_account uuid, of_message uuid) returns jsonb
language sql stable set search_path = postern, private, pg_temp as $$
  select jsonb_build_object(
           'states', coalesce(jsonb_agg(d.state order by d.n), '[]'),
           'deferred', coalesce(bool_or(d.attempts > 0 and d.state in ('queued', 'attempting')), false),
           'held', coalesce(bool_or(d.holds is not null and d.state in ('queued', 'attempting')), false),
           'lacksAttachment', exists (select from attachments a
                                       where a.lane = of_lane and a.account_id = of_account
                                         and a.message_id = of_message
                                         and a.state = 'failed' and a.failure <> 'not_needed'),
           'revision', coalesce(sum(d.attempts), 0)
                       + (select count(*) from events e
                           where e.lane = of_lane and e.account_id = of_account and e.message_id = of_message))
    from deliveries d
   where d.lane = of_lane and d.account_id = of_account and d.message_id = of_message
$$;

-- What became of messages that the asker has seen already: nothing sealed, so nothing is opened to follow them.
create or replace function postern.follow_messages(h1 bytea, ids uuid[])
returns table (id uuid, scheduled_at timestamptz, standing jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select m.id, m.scheduled_at, private.standing_of(m.lane, m.account_id, m.id)
    from private.credential_of(h1) c
    join messages m on m.lane = c.lane and m.account_id = c.account_id and m.id = any (ids)
   where private.may(c, 'emails:read');
end
$$;

-- One attachment of a message with its bytes, where it has them.
create or replace function postern.find_attachment(h1 bytea, of_message uuid, wanted uuid)
returns table (
  account_id uuid, id uuid, size_bytes integer, description_sealed bytea, content_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select a.account_id, a.id, a.size_bytes, a.description_sealed, a.content_sealed
    from private.credential_of(h1) c
    join attachments a on a.lane = c.lane and a.account_id = c.account_id and a.message_id = of_message
                      and a.id = wanted and a.state = 'stored'
   where private.may(c, 'emails:read');
end
$$;
