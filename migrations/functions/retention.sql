-- What jobs does by the clock: partitions ahead, and away with what has had its time. Never a line of the ledger.

-- Row security as every table of ours has it: forced, and open to the owner alone.
create or replace function private.protect(target regclass) returns void
language plpgsql set search_path = postern, private, pg_temp as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy owner on %s to postern_owner using (true) with check (true)', target);
end
$$;

-- Makes the partitions of the given day, protected like their parents. Rows of a day without one fall into the default.
create or replace function private.make_partitions(of_day date) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  parent text;
  name   text;
begin
  foreach parent in array array['attempts', 'events', 'request_log', 'ledger'] loop
    name := parent || '_' || to_char(of_day, 'YYYYMMDD');
    continue when to_regclass('postern.' || name) is not null;
    execute format('create table postern.%I partition of postern.%I for values from (%L) to (%L)',
                   name, parent, of_day::timestamptz, (of_day + 1)::timestamptz);
    perform private.protect(format('postern.%I', name)::regclass);
  end loop;
end
$$;

create or replace function postern.keep_house(ticket bytea, days_ahead integer, row_limit integer)
returns table (forgotten integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  removed integer;
begin
  perform private.process_of(ticket, 'jobs');
  for day in 0 .. days_ahead loop
    perform private.make_partitions((now() at time zone 'utc')::date + day);
  end loop;
  delete from idempotency_keys k
   where ctid in (select o.ctid from idempotency_keys o
                   where o.created_at < now() - interval '24 hours'
                   order by o.created_at
                   limit row_limit);
  get diagnostics removed = row_count;
  return query select removed;
end
$$;

-- Partitions that are older than what is kept go as a whole. The ledger's never do, and a name that is not one of ours is
-- left alone. What waits for the lock longer than a moment is left for the next round.
create or replace function postern.drop_old_partitions(ticket bytea, keep_days integer, partitions_max integer)
returns table (dropped integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  -- One day more, since a partition's day begins in the time zone of the server.
  oldest text := to_char((now() at time zone 'utc')::date - keep_days - 1, 'YYYYMMDD');
  name   text;
  count  integer := 0;
begin
  perform private.process_of(ticket, 'jobs');
  if keep_days is null or keep_days < 1 then
    raise exception 'at least one day is kept' using errcode = 'invalid_parameter_value';
  end if;
  perform set_config('lock_timeout', '2s', true);
  for name in
    select c.relname
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid and c.relnamespace = 'postern'::regnamespace
      join pg_class p on p.oid = i.inhparent and p.relnamespace = 'postern'::regnamespace
     where p.relname in ('attempts', 'events', 'request_log')
       and c.relname ~ ('^' || p.relname || '_[0-9]{8}$')
       and right(c.relname, 8) < oldest
     order by right(c.relname, 8), c.relname
     limit partitions_max
  loop
    begin
      execute format('drop table postern.%I', name);
      count := count + 1;
    exception when lock_not_available then
      exit;
    end;
  end loop;
  return query select count;
end
$$;

-- Forgets messages with all that hangs on them. One with a delivery that has not ended stays, and so does one that is not
-- counted in the usage yet.
create or replace function postern.forget_messages(ticket bytea, keep_days integer, row_limit integer)
returns table (forgotten integer)
language plpgsql security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  counted timestamptz := coalesce((select w.at from private.watermarks w where w.name = 'usage'), '-infinity');
  oldest  timestamptz := least(now() - make_interval(days => greatest(keep_days, 1)), counted);
  lanes    smallint[];
  accounts uuid[];
  ids      uuid[];
begin
  perform private.process_of(ticket, 'jobs');
  select array_agg(o.lane), array_agg(o.account_id), array_agg(o.id)
    into lanes, accounts, ids
    from (select m.lane, m.account_id, m.id
            from messages m
           where m.created_at < oldest
             and not exists (select from deliveries d
                              where d.lane = m.lane and d.account_id = m.account_id and d.message_id = m.id
                                and d.state in ('queued', 'attempting'))
           limit row_limit) o;
  if ids is not null then
    perform private.delete_messages(lanes, accounts, ids);
  end if;
  return query select coalesce(cardinality(ids), 0);
end
$$;

create or replace function private.delete_messages(lanes smallint[], accounts uuid[], ids uuid[]) returns void
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  delete from contents t
   using unnest(lanes, accounts, ids) as g(lane, account_id, id)
   where t.lane = g.lane and t.account_id = g.account_id and t.message_id = g.id;
  delete from attachments t
   using unnest(lanes, accounts, ids) as g(lane, account_id, id)
   where t.lane = g.lane and t.account_id = g.account_id and t.message_id = g.id;
  delete from content_discards t
   using unnest(lanes, accounts, ids) as g(lane, account_id, id)
   where t.lane = g.lane and t.account_id = g.account_id and t.message_id = g.id;
  delete from deliveries t
   using unnest(lanes, accounts, ids) as g(lane, account_id, id)
   where t.lane = g.lane and t.account_id = g.account_id and t.message_id = g.id;
  delete from messages t
   using unnest(lanes, accounts, ids) as g(lane, account_id, id)
   where t.lane = g.lane and t.account_id = g.account_id and t.id = g.id;
end
$$;

-- Whether the usage and the statistics have counted all there is of a message, so that it may go.
create or replace function private.is_counted(m postern.messages) returns boolean
language sql stable set search_path = postern, private, pg_temp as $$
  select m.created_at < coalesce((select w.at from private.watermarks w where w.name = 'usage'), '-infinity')
     and not exists (select from events e
                      where e.lane = m.lane and e.account_id = m.account_id and e.message_id = m.id
                        and e.at >= coalesce((select w.at from private.watermarks w where w.name = 'statistics'),
                                             '-infinity'))
$$;

create or replace function private.has_ended(m postern.messages) returns boolean
language sql stable set search_path = postern, private, pg_temp as $$
  select not exists (select from deliveries d
                      where d.lane = m.lane and d.account_id = m.account_id and d.message_id = m.id
                        and d.state in ('queued', 'attempting'))
$$;

-- Messages of one account with all that names them: what the days of the installation take as whole partitions, too.
create or replace function private.erase_messages(on_lane smallint, of_account uuid, ids uuid[]) returns void
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  delete from events e
   using unnest(ids) as g(id)
   where e.lane = on_lane and e.account_id = of_account and e.message_id = g.id;
  delete from attempts t
   using unnest(ids) as g(id)
   where t.lane = on_lane and t.account_id = of_account and t.message_id = g.id;
  delete from links l
   using unnest(ids) as g(id)
   where l.lane = on_lane and l.account_id = of_account and l.message_id = g.id;
  perform private.delete_messages(array_fill(on_lane, array[cardinality(ids)]),
                                  array_fill(of_account, array[cardinality(ids)]), ids);
end
$$;

-- Accounts that keep something for less long than the installation, by id; their signatures are for the caller to check.
create or replace function postern.list_own_retention(ticket bytea, after_id uuid, row_limit integer)
returns table (account_id uuid, state jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  select s.account_id, private.account_state_row(s)
    from account_states s
   where s.options ? 'retention' and (after_id is null or s.account_id > after_id)
   order by s.account_id
   limit row_limit;
end
$$;

-- What one account keeps for less long: at most `row_limit` of each kind at a time. A null keeps that for as long as the
-- installation does. Found by the time in the ids; `created_at` decides.
create or replace function postern.forget_of_account(
  ticket bytea, of_account uuid, content_days integer, messages_days integer, logs_days integer, row_limit integer)
returns table (contents integer, messages integer, requests integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  on_lane smallint := private.lane_of(of_account);
begin
  perform private.process_of(ticket, 'jobs');
  if least(content_days, messages_days, logs_days) < 1 then
    raise exception 'at least one day is kept' using errcode = 'invalid_parameter_value';
  end if;
  return query
  select private.forget_contents_of(on_lane, of_account, now() - make_interval(days => content_days), row_limit),
         private.forget_messages_of(on_lane, of_account, now() - make_interval(days => messages_days), row_limit),
         private.forget_requests_of(on_lane, of_account, now() - make_interval(days => logs_days), row_limit);
end
$$;

create or replace function private.forget_messages_of(
  on_lane smallint, of_account uuid, oldest timestamptz, row_limit integer)
returns integer
language plpgsql security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  ids uuid[];
begin
  if oldest is null then
    return 0;
  end if;
  select array_agg(o.id) into ids
    from (select m.id
            from messages m
           where m.lane = on_lane and m.account_id = of_account and m.id < private.id_at(oldest + interval '1 minute')
             and m.created_at < oldest
             and private.has_ended(m) and private.is_counted(m)
           order by m.id
           limit row_limit
             for update of m skip locked) o;
  if ids is not null then
    perform private.erase_messages(on_lane, of_account, ids);
  end if;
  return coalesce(cardinality(ids), 0);
end
$$;

-- The bodies and attachments of messages that have ended; what became of them stays.
create or replace function private.forget_contents_of(
  on_lane smallint, of_account uuid, oldest timestamptz, row_limit integer)
returns integer
language plpgsql security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  ids uuid[];
begin
  if oldest is null then
    return 0;
  end if;
  select array_agg(o.id) into ids
    from (select m.id
            from contents c
            join messages m on m.lane = c.lane and m.account_id = c.account_id and m.id = c.message_id
           where c.lane = on_lane and c.account_id = of_account
             and c.message_id < private.id_at(oldest + interval '1 minute')
             and m.created_at < oldest and private.has_ended(m)
           order by c.message_id
           limit row_limit
             for update of m skip locked) o;
  delete from contents t
   using unnest(ids) as g(id)
   where t.lane = on_lane and t.account_id = of_account and t.message_id = g.id;
  delete from attachments t
   using unnest(ids) as g(id)
   where t.lane = on_lane and t.account_id = of_account and t.message_id = g.id;
  delete from content_discards t
   using unnest(ids) as g(id)
   where t.lane = on_lane and t.account_id = of_account and t.message_id = g.id;
  return coalesce(cardinality(ids), 0);
end
$$;

create or replace function private.forget_requests_of(
  on_lane smallint, of_account uuid, oldest timestamptz, row_limit integer)
returns integer
language plpgsql security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  removed integer;
begin
  delete from request_log r
   using (select l.lane, l.account_id, l.id, l.at
            from request_log l
           where l.lane = on_lane and l.account_id = of_account and l.at < oldest
           limit row_limit) o
   where r.lane = o.lane and r.account_id = o.account_id and r.id = o.id and r.at = o.at;
  get diagnostics removed = row_count;
  return removed;
end
$$;

-- The small things that have had their time, and rows of days without a partition: which, and when their time is over.
create or replace function private.passing_rows(oldest timestamptz)
returns table (target text, condition text)
language sql immutable as $$
  values ('links', 'o.expires_at < now() - interval ''1 day'''),
         ('credential_hours', 'o.hour < now() - interval ''2 days'''),
         ('statistics_hours', 'o.hour < now() - interval ''90 days'''),
         ('usage_days', 'o.day < current_date - 400'),
         ('daily_usage', 'o.day < current_date - 400'),
         ('one_time_links', 'o.expires_at < now() - interval ''30 days'''),
         ('factor_steps', 'o.used_at < now() - interval ''1 day'''),
         ('notices', 'o.created_at < now() - interval ''30 days'''),
         ('outsider_attempts', 'o.at < now() - interval ''90 days'''),
         ('erasures', 'o.state = ''done'' and o.finished_at < now() - interval ''90 days'''),
         ('attempts_default', format('o.at < %L', oldest)),
         ('events_default', format('o.at < %L', oldest)),
         ('request_log_default', format('o.at < %L', oldest))
$$;

-- Sessions stay as long as the audit log is likely to be asked whose they were.
create or replace function private.forget_sessions(row_limit integer) returns integer
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  removed integer;
begin
  with gone as (
    delete from credentials t
     where t.ctid in (select o.ctid from credentials o
                       where o.user_id is not null and o.expires_at < now() - interval '400 days' limit row_limit)
    returning t.lane, t.account_id, t.id
  ), history as (
    delete from authority_history h
     using gone g
     where h.lane = g.lane and h.account_id = g.account_id and h.kind = 'credential' and h.object_id = g.id
  ), uses as (
    delete from credential_uses u
     using gone g
     where u.lane = g.lane and u.account_id = g.account_id and u.credential_id = g.id
  )
  select count(*) into removed from gone;
  return removed;
end
$$;

-- Answers the largest number of one kind, at most `row_limit`.
create or replace function postern.forget_old_rows(ticket bytea, keep_days integer, row_limit integer)
returns table (forgotten integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  oldest  timestamptz := now() - make_interval(days => greatest(keep_days, 1));
  one     record;
  removed integer;
  most    integer;
begin
  perform private.process_of(ticket, 'jobs');
  most := private.forget_sessions(row_limit);
  for one in select p.target, p.condition from private.passing_rows(oldest) p loop
    execute format('delete from postern.%1$I t where t.ctid in (select o.ctid from postern.%1$I o where %2$s limit $1)',
                   one.target, one.condition)
      using row_limit;
    get diagnostics removed = row_count;
    most := greatest(most, removed);
  end loop;
  return query select most;
end
$$;
