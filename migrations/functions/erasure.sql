-- Erasing a person from an account: every message that went to their address, with all that hangs on it. Asked for at
-- the console, signed by vault, worked off by jobs in steps; each step is one transaction and moves the walk on, so it
-- does not matter where one was cut off.

create or replace function private.erasure_row(e postern.erasures) returns jsonb
language sql stable strict as $$
  select jsonb_build_object('kind', 'erasure', 'columns', e.columns, 'version', 1, 'previous', null,
                            'signature', encode(e.signature, 'hex'))
$$;

-- The part of postern.store_people for what is to be erased. At most a hundred may be under way in an account.
create or replace function private.store_erasure(signed jsonb) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  account uuid := (signed #>> '{columns,accountId}')::uuid;
begin
  if (select count(*) from erasures e
       where e.lane = private.lane_of(account) and e.account_id = account and e.state = 'running') >= 100 then
    raise exception 'too many erasures are under way' using errcode = 'program_limit_exceeded';
  end if;
  insert into erasures (lane, account_id, id, columns, signature, state)
  values (private.lane_of(account), account, (signed #>> '{columns,id}')::uuid, signed -> 'columns',
          decode(signed ->> 'signature', 'hex'), 'running');
end
$$;

-- What an erasure would find, among the newest messages: at most `walk_limit` of them are looked at. `running` is how
-- many erasures of the account are under way.
create or replace function postern.count_person(h1 bytea, index bytea, walk_limit integer)
returns table (messages integer, waiting integer, is_whole boolean, is_suppressed boolean, running integer)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set plan_cache_mode = force_custom_plan as $$
declare
  asking credentials;
begin
  select * into asking from private.session_of(h1);
  if asking.id is null or not private.may(asking, 'data:erase') then
    return;
  end if;
  return query
  with walked as (
    select m.lane, m.account_id, m.id
      from postern.messages m
     where m.lane = asking.lane and m.account_id = asking.account_id
     order by m.id desc
     limit walk_limit
  ), theirs as (
    select w.id, private.has_ended(m) as has_ended
      from walked w
     cross join lateral (select x.* from postern.messages x
                          where x.lane = w.lane and x.account_id = w.account_id and x.id = w.id limit 1) m
     where (select true from deliveries d
             where d.lane = w.lane and d.account_id = w.account_id and d.message_id = w.id
               and d.recipient_index = index
             limit 1)
  )
  select count(*)::integer, (count(*) filter (where not t.has_ended))::integer,
         (select count(*) < walk_limit from walked),
         exists (select from suppressions s
                  where s.lane = asking.lane and s.account_id = asking.account_id and s.recipient_index = index),
         (select count(*)::integer from erasures e
           where e.lane = asking.lane and e.account_id = asking.account_id and e.state = 'running')
    from theirs t;
end
$$;

-- The account's erasures, newest first.
create or replace function postern.list_erasures(h1 bytea, row_limit integer)
returns table (id uuid, state text, messages integer, cancelled integer, lifts_suppression boolean, created_at timestamptz,
               finished_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select e.id, e.state, e.messages, e.cancelled, coalesce((e.columns ->> 'liftsSuppression')::boolean, false),
         e.created_at, e.finished_at
    from private.session_of(h1) asking
    join erasures e on e.lane = asking.lane and e.account_id = asking.account_id
   where private.may(asking, 'data:erase')
   order by e.id desc
   limit row_limit;
end
$$;

-- Those that are due, handed to one asker at a time for a minute. Signatures are for the caller to check.
create or replace function postern.claim_erasures(ticket bytea, row_limit integer)
returns table (account_id uuid, id uuid, erasure jsonb)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  update erasures e
     set due_at = now() + interval '1 minute'
    from (select d.lane, d.account_id, d.id
            from erasures d
           where d.state = 'running' and d.due_at <= now()
           order by d.due_at
           limit row_limit
             for update skip locked) due
   where e.lane = due.lane and e.account_id = due.account_id and e.id = due.id
  returning e.account_id, e.id, private.erasure_row(e);
end
$$;

-- One step: the next messages of the walk, at most `walk_limit`. What deliver is taking, and what is not counted yet, is
-- left for the next walk, half a minute later. True while there is more to do at once.
create or replace function postern.erase_step(ticket bytea, of_account uuid, wanted uuid, walk_limit integer)
returns table (more boolean)
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set plan_cache_mode = force_custom_plan as $$
declare
  one     erasures;
  index   bytea;
  next_id uuid;
  found   uuid;
  gone    uuid[] := '{}';
  ended   integer := 0;
  left_at uuid;
begin
  perform private.process_of(ticket, 'jobs');
  select * into one
    from erasures e
   where e.lane = private.lane_of(of_account) and e.account_id = of_account and e.id = wanted and e.state = 'running'
     for update skip locked;
  if one.id is null then
    return query select false;
    return;
  end if;
  index := decode(one.columns ->> 'recipientIndex', 'hex');
  if private.forget_bodies_of(one, walk_limit) = walk_limit then
    return query select true;
    return;
  end if;
  select m.id into next_id
    from messages m
   where m.lane = one.lane and m.account_id = one.account_id and m.id >= one.walk_from
   order by m.id
  offset walk_limit
   limit 1;
  left_at := one.again_from;
  for found in
    select m.id
      from messages m
     where m.lane = one.lane and m.account_id = one.account_id and m.id >= one.walk_from
       and (next_id is null or m.id < next_id)
       and (select true from deliveries d
             where d.lane = m.lane and d.account_id = m.account_id and d.message_id = m.id
               and d.recipient_index = index
             limit 1)
     order by m.id
       for update of m
  loop
    ended := ended + private.end_deliveries(one.lane, one.account_id, found);
    if (select private.has_ended(m) and private.is_counted(m) from messages m
         where m.lane = one.lane and m.account_id = one.account_id and m.id = found) then
      gone := gone || found;
    else
      left_at := coalesce(left_at, found);
    end if;
  end loop;
  if cardinality(gone) > 0 then
    perform private.erase_messages(one.lane, one.account_id, gone);
  end if;
  update erasures e
     set messages = e.messages + cardinality(gone), cancelled = e.cancelled + ended,
         walk_from = coalesce(next_id, left_at, e.walk_from),
         again_from = case when next_id is not null then left_at end,
         due_at = case when next_id is null then now() + interval '30 seconds' else e.due_at end
   where e.lane = one.lane and e.account_id = one.account_id and e.id = one.id;
  if next_id is null and left_at is null then
    perform private.finish_erasure(one.lane, one.account_id, one.id, index);
  end if;
  return query select next_id is not null;
end
$$;

-- Nothing of it goes out any more; what deliver holds at this moment is left to it. Answers how many it ended.
create or replace function private.end_deliveries(on_lane smallint, of_account uuid, of_message uuid) returns integer
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  ended integer;
begin
  with free as (
    select d.n from deliveries d
     where d.lane = on_lane and d.account_id = of_account and d.message_id = of_message
       and (d.state = 'queued' or d.state = 'attempting' and d.due_at <= now())
       for update skip locked
  ), cancelled as (
    update deliveries d
       set state = 'cancelled', ready = false, holds = null
      from free f
     where d.lane = on_lane and d.account_id = of_account and d.message_id = of_message and d.n = f.n
    returning d.n
  ), told as (
    insert into events (lane, account_id, message_id, n, kind, at)
    select on_lane, of_account, of_message, c.n, 'cancelled', now() from cancelled c
  )
  select count(*) into ended from cancelled;
  if ended > 0 then
    perform private.forget_waiting(on_lane, of_account, of_message);
  end if;
  return ended;
end
$$;

-- Bodies of requests are sealed, so nobody here can tell which of them name the person: those of before the erasure was
-- asked for all go, up to a day early.
create or replace function private.forget_bodies_of(one postern.erasures, row_limit integer) returns integer
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  removed integer;
begin
  update request_log r
     set bodies_sealed = null
    from (select l.lane, l.account_id, l.id, l.at
            from request_log l
           where l.lane = one.lane and l.account_id = one.account_id and l.bodies_sealed is not null
             and l.at between one.created_at - interval '2 days' and one.created_at
           limit row_limit) o
   where r.lane = o.lane and r.account_id = o.account_id and r.id = o.id and r.at = o.at;
  get diagnostics removed = row_count;
  return removed;
end
$$;

-- A suppression that stays keeps the keyed hash alone. The ledger says how many messages went, and not whose.
create or replace function private.finish_erasure(on_lane smallint, of_account uuid, wanted uuid, index bytea) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  one erasures;
begin
  select * into one from erasures e where e.lane = on_lane and e.account_id = of_account and e.id = wanted;
  if (one.columns ->> 'liftsSuppression')::boolean then
    delete from suppressions s
     where s.lane = on_lane and s.account_id = of_account and s.recipient_index = index;
  else
    update suppressions s
       set address_sealed = null, message_id = null
     where s.lane = on_lane and s.account_id = of_account and s.recipient_index = index;
  end if;
  update erasures e
     set state = 'done', finished_at = now(), columns = e.columns - 'recipientIndex'
   where e.lane = on_lane and e.account_id = of_account and e.id = wanted;
  perform private.append_line('jobs', 'process', 'jobs', of_account, 'erasure.finish', 'erasure', wanted, null,
                              one.messages, null);
end
$$;
