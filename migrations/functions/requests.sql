-- The log of requests: what was asked and answered, never in the clear by whom.

-- Notes answered requests: the log line, and when and from where each key was last used. Several lines in one call.
-- One that was refused for where it came from is no use of its key.
create or replace function private.note_requests(
  accounts uuid[], credentials uuid[], ids uuid[], ats timestamptz[], methods text[], routes text[],
  statuses smallint[], durations_ms integer[], uses boolean[], clients_sealed bytea[], bodies_sealed bytea[])
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  insert into request_log (lane, account_id, id, at, credential_id, method, route, status, duration_ms, client_sealed,
                           bodies_sealed)
  select private.lane_of(r.account_id), r.account_id, r.id, r.at, r.credential_id, r.method, r.route, r.status,
         r.duration_ms, r.client_sealed, r.bodies_sealed
    from unnest(accounts, credentials, ids, ats, methods, routes, statuses, durations_ms, clients_sealed,
                note_requests.bodies_sealed)
         as r(account_id, credential_id, id, at, method, route, status, duration_ms, client_sealed, bodies_sealed);
  insert into credential_uses as u (lane, account_id, credential_id, last_used_at, client_sealed)
  select distinct on (r.account_id, r.credential_id)
         private.lane_of(r.account_id), r.account_id, r.credential_id, r.at, r.client_sealed
    from unnest(accounts, credentials, ats, uses, clients_sealed)
         as r(account_id, credential_id, at, is_use, client_sealed)
   where r.is_use
   order by r.account_id, r.credential_id, r.at desc
      on conflict (lane, account_id, credential_id) do update
     set last_used_at = excluded.last_used_at, client_sealed = excluded.client_sealed
   where u.last_used_at <= excluded.last_used_at;
end
$$;

create or replace function postern.record_requests(
  ticket bytea, accounts uuid[], credentials uuid[], ids uuid[], ats timestamptz[], methods text[], routes text[],
  statuses smallint[], durations_ms integer[], uses boolean[], clients_sealed bytea[], bodies_sealed bytea[])
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'api');
  perform private.note_requests(accounts, credentials, ids, ats, methods, routes, statuses, durations_ms, uses,
                                clients_sealed, bodies_sealed);
end
$$;

-- What came by SMTP stands in the log as that and as nothing else.
create or replace function postern.record_submissions(
  ticket bytea, accounts uuid[], credentials uuid[], ids uuid[], ats timestamptz[], routes text[], statuses smallint[],
  durations_ms integer[], uses boolean[], clients_sealed bytea[], bodies_sealed bytea[])
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'smtp');
  perform private.note_requests(accounts, credentials, ids, ats, array_fill('SMTP'::text, array[cardinality(ids)]),
                                routes, statuses, durations_ms, uses, clients_sealed, bodies_sealed);
end
$$;

-- A page of the asking account's requests, newest first: older than `after_id`, or newer than `before_id`.
create or replace function postern.list_requests(h1 bytea, after_id uuid, before_id uuid, row_limit integer)
returns table (id uuid, at timestamptz, method text, route text, status smallint, client_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select p.id, p.at, p.method, p.route, p.status, p.client_sealed
    from private.credential_of(h1) c
   cross join lateral (
         (select r.* from request_log r
           where before_id is null and r.lane = c.lane and r.account_id = c.account_id
             and (after_id is null or r.id < after_id)
           order by r.id desc
           limit row_limit)
          union all
         (select r.* from request_log r
           where before_id is not null and r.lane = c.lane and r.account_id = c.account_id
             and r.id > before_id
           order by r.id
           limit row_limit)) p
   where private.may(c, 'logs:read')
   order by p.id desc;
end
$$;

create or replace function postern.find_request(h1 bytea, wanted uuid)
returns table (
  id uuid, account_id uuid, at timestamptz, credential_id uuid, method text, route text, status smallint,
  duration_ms integer, client_sealed bytea, bodies_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select r.id, r.account_id, r.at, r.credential_id, r.method, r.route, r.status, r.duration_ms, r.client_sealed,
         r.bodies_sealed
    from private.credential_of(h1) c
    join request_log r on r.lane = c.lane and r.account_id = c.account_id and r.id = wanted
   where private.may(c, 'logs:read');
end
$$;

-- Bodies go after a day, the lines stay.
create or replace function postern.forget_bodies(ticket bytea, row_limit integer)
returns table (forgotten integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  removed integer;
begin
  perform private.process_of(ticket, 'jobs');
  with old as (
    select r.lane, r.account_id, r.id, r.at
      from request_log r
     where r.bodies_sealed is not null
       and r.at < now() - interval '24 hours'
     limit row_limit
  )
  update request_log r
     set bodies_sealed = null
    from old
   where r.lane = old.lane and r.account_id = old.account_id and r.id = old.id and r.at = old.at;
  get diagnostics removed = row_count;
  return query select removed;
end
$$;
