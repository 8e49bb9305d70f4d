-- What jobs does by the clock: partitions ahead, expired idempotency keys and links away, contents that are not to be
-- kept.

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

-- Answers how many rows it forgot of what it forgot most of, so that it is called again at once when that is `row_limit`.
create or replace function postern.keep_house(ticket bytea, days_ahead integer, row_limit integer)
returns table (forgotten integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  removed integer;
  links_removed integer;
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
  delete from links l
   where ctid in (select o.ctid from links o
                   where o.expires_at < now()
                   order by o.expires_at
                   limit row_limit);
  get diagnostics links_removed = row_count;
  return query select greatest(removed, links_removed);
end
$$;

-- Forgets the content and the attachments of messages whose key keeps none, as soon as every delivery has ended. One that
-- still waits is looked at again after a minute, or when its time has come. Answers how many it looked at.
create or replace function postern.discard_contents(ticket bytea, row_limit integer)
returns table (looked integer, discarded integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  one    record;
  looked integer := 0;
  gone   integer := 0;
begin
  perform private.process_of(ticket, 'jobs');
  for one in
    select c.lane, c.account_id, c.message_id
      from content_discards c
     where c.due_at <= now()
     order by c.due_at
     limit row_limit
       for update skip locked
  loop
    looked := looked + 1;
    -- Whoever sends it again locks it as well, so either that comes first or the content is gone.
    perform from messages m
      where m.lane = one.lane and m.account_id = one.account_id and m.id = one.message_id
        for update;
    if exists (select from deliveries d
                where d.lane = one.lane and d.account_id = one.account_id and d.message_id = one.message_id
                  and d.state in ('queued', 'attempting')) then
      update content_discards c
         set due_at = greatest(now() + interval '1 minute',
                               (select m.scheduled_at from messages m
                                 where m.lane = one.lane and m.account_id = one.account_id and m.id = one.message_id))
       where c.lane = one.lane and c.account_id = one.account_id and c.message_id = one.message_id;
    else
      delete from contents t
       where t.lane = one.lane and t.account_id = one.account_id and t.message_id = one.message_id;
      delete from attachments a
       where a.lane = one.lane and a.account_id = one.account_id and a.message_id = one.message_id;
      delete from content_discards c
       where c.lane = one.lane and c.account_id = one.account_id and c.message_id = one.message_id;
      gone := gone + 1;
    end if;
  end loop;
  return query select looked, gone;
end
$$;
