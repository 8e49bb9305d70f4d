-- What an account may still change about a message: when it goes, whether it goes, and that it goes again. Each locks the
-- message first, so that changes of one message follow one another, and then its deliveries; a row that deliver is just
-- taking is left to it. Each writes its events in the same transaction, and answers no row where the key has no such
-- message.

-- The message, locked, if the key may change it; one row or none.
create or replace function private.changeable_message(h1 bytea, wanted uuid) returns setof postern.messages
language sql volatile security definer rows 1 set search_path = postern, private, pg_temp as $$
  select m.*
    from private.credential_of(h1) c
    join messages m on m.lane = c.lane and m.account_id = c.account_id and m.id = wanted
   where private.may(c, 'emails:write')
     for update of m
$$;

-- Locks those deliveries of the message that nobody else is moving; false when somebody is.
create or replace function private.lock_deliveries(of_message postern.messages) returns boolean
language plpgsql volatile security definer set search_path = postern, private, pg_temp as $$
declare
  locked integer;
begin
  with free as (
    select d.n from deliveries d
     where d.lane = of_message.lane and d.account_id = of_message.account_id and d.message_id = of_message.id
       for update skip locked
  )
  select count(*) into locked from free;
  return locked = (select count(*) from deliveries d
                    where d.lane = of_message.lane and d.account_id = of_message.account_id
                      and d.message_id = of_message.id);
end
$$;

-- Another time for a message that waits for its time. Outcomes: done, not_scheduled.
create or replace function postern.reschedule_message(
  h1 bytea, wanted uuid, new_at timestamptz, lifetime_seconds integer)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  found_message messages;
begin
  select * into found_message from private.changeable_message(h1, wanted);
  if found_message.id is null then
    return;
  end if;
  if found_message.scheduled_at is null or found_message.scheduled_at <= now()
     or not private.lock_deliveries(found_message)
     or not exists (select from deliveries d
                     where d.lane = found_message.lane and d.account_id = found_message.account_id
                       and d.message_id = wanted and d.state = 'queued') then
    return query select 'not_scheduled';
    return;
  end if;
  if found_message.scheduled_at <> new_at then
    update messages m
       set scheduled_at = new_at, expires_at = new_at + make_interval(secs => lifetime_seconds)
     where m.lane = found_message.lane and m.account_id = found_message.account_id and m.id = wanted;
    update deliveries d
       set due_at = new_at
     where d.lane = found_message.lane and d.account_id = found_message.account_id and d.message_id = wanted
       and d.state = 'queued';
    insert into events (lane, account_id, message_id, n, kind, at)
    values (found_message.lane, found_message.account_id, wanted, null, 'rescheduled', now());
  end if;
  return query select 'done';
end
$$;

-- Ends what has not begun: a message that waits for its time or is held. One that was cancelled stays so.
-- Outcomes: done, under_way (deliver has it, or nothing is left to cancel).
create or replace function postern.cancel_message(h1 bytea, wanted uuid)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  found_message messages;
  is_early      boolean;
  open_rows     integer;
  still_rows    integer;
  ended_rows    integer;
begin
  select * into found_message from private.changeable_message(h1, wanted);
  if found_message.id is null then
    return;
  end if;
  is_early := coalesce(found_message.scheduled_at > now(), false);
  if not private.lock_deliveries(found_message) then
    return query select 'under_way';
    return;
  end if;
  select count(*) filter (where d.state in ('queued', 'attempting')),
         count(*) filter (where d.state = 'queued' and (is_early or d.holds is not null)),
         count(*) filter (where d.state = 'cancelled')
    into open_rows, still_rows, ended_rows
    from deliveries d
   where d.lane = found_message.lane and d.account_id = found_message.account_id and d.message_id = wanted;
  if open_rows <> still_rows or (open_rows = 0 and ended_rows = 0) then
    return query select 'under_way';
    return;
  end if;
  with ended as (
    update deliveries d
       set state = 'cancelled', ready = false, holds = null
     where d.lane = found_message.lane and d.account_id = found_message.account_id and d.message_id = wanted
       and d.state = 'queued'
    returning d.lane, d.account_id, d.message_id, d.n
  )
  insert into events (lane, account_id, message_id, n, kind, at)
  select e.lane, e.account_id, e.message_id, e.n, 'cancelled', now()
    from ended e
   order by e.n;
  perform private.forget_waiting(found_message.lane, found_message.account_id, wanted);
  return query select 'done';
end
$$;

-- Lets a held message go: what its key or its account holds. A key whose own messages are held may not.
-- Outcomes: done, not_held, not_permitted, held_by_operator, waits.
create or replace function postern.release_message(h1 bytea, wanted uuid, lifetime_seconds integer)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  found_message messages;
  held          text[];
begin
  select * into found_message from private.changeable_message(h1, wanted);
  if found_message.id is null then
    return;
  end if;
  if exists (select from private.credential_of(h1) c where (c.options ->> 'holds')::boolean) then
    return query select 'not_permitted';
    return;
  end if;
  perform from deliveries d
    where d.lane = found_message.lane and d.account_id = found_message.account_id and d.message_id = wanted
    order by d.n
      for update;
  select array_agg(distinct h.reason) into held
    from deliveries d
   cross join unnest(d.holds) as h(reason)
   where d.lane = found_message.lane and d.account_id = found_message.account_id and d.message_id = wanted;
  if held is null or not held && array['key', 'account'] then
    return query
    select case when 'operator' = any (held) then 'held_by_operator'
                when 'attachments' = any (held) then 'waits'
                when exists (select from events e
                              where e.lane = found_message.lane and e.account_id = found_message.account_id
                                and e.message_id = wanted and e.kind = 'released') then 'done'
                else 'not_held' end;
    return;
  end if;
  -- It may have waited for longer than messages are tried.
  update messages m
     set expires_at = greatest(m.expires_at, greatest(m.scheduled_at, now()) + make_interval(secs => lifetime_seconds))
   where m.lane = found_message.lane and m.account_id = found_message.account_id and m.id = wanted;
  update deliveries d
     set holds = private.holds_without(d.holds, array['key', 'account']),
         ready = private.holds_without(d.holds, array['key', 'account']) is null
             and d.state = 'queued' and d.due_at <= now()
   where d.lane = found_message.lane and d.account_id = found_message.account_id and d.message_id = wanted
     and d.holds && array['key', 'account'];
  insert into events (lane, account_id, message_id, n, kind, at)
  values (found_message.lane, found_message.account_id, wanted, null, 'released', now());
  return query select 'done';
end
$$;

-- The holds that are left; null for none.
create or replace function private.holds_without(holds text[], gone text[]) returns text[]
language sql immutable parallel safe as $$
  select nullif(array(select h from unnest(holds) as h where h <> all (gone)), '{}')
$$;

-- Tries the recipients again that did not get the message. Who is suppressed is left out; quotas count as for a new one.
-- Outcomes: done, none_failed, suppressed, content_gone, over_quota, key_over_quota.
create or replace function postern.requeue_message(h1 bytea, wanted uuid, lifetime_seconds integer)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking        credentials;
  found_message messages;
  failed        smallint[];
  again         smallint[];
  refused       text;
begin
  select * into found_message from private.changeable_message(h1, wanted);
  if found_message.id is null then
    return;
  end if;
  select * into asking from private.credential_of(h1);
  select array_agg(d.n), array_agg(d.n) filter (where s.hit is null)
    into failed, again
    from deliveries d
    left join lateral (
         select true as hit
           from suppressions w
          where w.lane = d.lane and w.account_id = d.account_id and w.recipient_index = d.recipient_index
            and (w.scope = 'all' or d.stream = 'bulk')
          limit 1) s on true
   where d.lane = found_message.lane and d.account_id = found_message.account_id and d.message_id = wanted
     and d.state in ('bounced', 'expired', 'cancelled', 'suppressed');
  refused := case when failed is null then 'none_failed'
                  when again is null then 'suppressed'
                  when not exists (select from contents t
                                    where t.lane = found_message.lane and t.account_id = found_message.account_id
                                      and t.message_id = wanted) then 'content_gone'
                  else private.count_again(asking, cardinality(again)::smallint) end;
  if refused <> 'accepted' then
    return query select refused;
    return;
  end if;
  perform private.put_back(asking, found_message, again, lifetime_seconds);
  return query select 'done';
end
$$;

-- Counts recipients that are tried again against the account's day and the key's hour; answers accepted or why not.
create or replace function private.count_again(asking postern.credentials, recipients smallint) returns text
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  quota    integer;
  outcomes text[] := array['accepted'];
begin
  select s.daily_quota into quota
    from account_states s
   where s.lane = asking.lane and s.account_id = asking.account_id;
  -- The key's hour first: what the day counts stays counted.
  if asking.options ? 'hourlyMax' then
    outcomes := private.apply_hourly_max(asking.lane, asking.account_id, asking.id,
                                         (asking.options ->> 'hourlyMax')::integer, 1, outcomes, array[1], array[1],
                                         array[recipients], array[null::bytea]);
  end if;
  if quota is not null then
    outcomes := private.apply_quota(asking.lane, asking.account_id, quota, outcomes, array[1],
                                    array[asking.account_id], array[1], array[recipients], array[null::bytea]);
  end if;
  return outcomes[1];
end
$$;

create or replace function private.put_back(
  asking postern.credentials, of_message postern.messages, again smallint[], lifetime_seconds integer)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  waits     boolean;
  new_holds text[];
begin
  -- What could not be fetched is fetched again.
  update attachments a
     set state = 'waiting', attempts = 0, due_at = now(), failure = null
   where a.lane = of_message.lane and a.account_id = of_message.account_id and a.message_id = of_message.id
     and a.state = 'failed';
  waits := exists (select from attachments a
                    where a.lane = of_message.lane and a.account_id = of_message.account_id
                      and a.message_id = of_message.id and a.state = 'waiting');
  new_holds := private.holds_of((asking.options ->> 'holds')::boolean, waits);
  update messages m
     set expires_at = now() + make_interval(secs => lifetime_seconds),
         scheduled_at = case when m.scheduled_at <= now() then m.scheduled_at end
   where m.lane = of_message.lane and m.account_id = of_message.account_id and m.id = of_message.id;
  update deliveries d
     set state = 'queued', ready = new_holds is null, holds = new_holds, due_at = now()
   where d.lane = of_message.lane and d.account_id = of_message.account_id and d.message_id = of_message.id
     and d.n = any (again);
  insert into events (lane, account_id, message_id, n, kind, at)
  select of_message.lane, of_message.account_id, of_message.id, a.n, 'requeued', now()
    from unnest(again) as a(n);
  if 'key' = any (new_holds) then
    insert into events (lane, account_id, message_id, n, kind, at)
    values (of_message.lane, of_message.account_id, of_message.id, null, 'held', now());
  end if;
end
$$;
