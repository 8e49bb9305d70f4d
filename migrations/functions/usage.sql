-- What accounts have sent, by day. Jobs adds up behind a watermark; what came after it is counted when somebody asks.

-- The smallest id that a message of that moment can have.
create or replace function private.id_at(moment timestamptz) returns uuid
language sql immutable parallel safe as $$
  select encode(substring(int8send(private.epoch_ms(moment)) from 3) || '\x00000000000000000000'::bytea, 'hex')::uuid
$$;

-- Adds up one step of time. It stays so far behind that every transaction that could still bring a message with an older
-- time has ended: statements are ended after 30 seconds. True while there is more to add up at once.
create or replace function postern.count_usage(ticket bytea, behind_seconds integer, step_seconds integer)
returns table (more boolean)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  newest  timestamptz := now() - make_interval(secs => behind_seconds);
  from_at timestamptz;
  till    timestamptz;
begin
  perform private.process_of(ticket, 'jobs');
  if not exists (select from private.watermarks w where w.name = 'usage') then
    insert into private.watermarks (name, at)
    values ('usage', coalesce((select min(m.created_at) from messages m), newest))
    on conflict do nothing;
  end if;
  select w.at into from_at from private.watermarks w where w.name = 'usage' for update;
  till := least(newest, from_at + make_interval(secs => step_seconds));
  if till <= from_at then
    return query select false;
    return;
  end if;
  insert into usage_days as u (lane, account_id, day, messages, recipients)
  select m.lane, m.account_id, (m.created_at at time zone 'utc')::date, count(*), sum(m.recipients)
    from messages m
   where m.created_at >= from_at
     and m.created_at < till
   group by 1, 2, 3
   order by 1, 2, 3
      on conflict (lane, account_id, day) do update
     set messages = u.messages + excluded.messages, recipients = u.recipients + excluded.recipients;
  update private.watermarks w set at = till where w.name = 'usage';
  return query select till < newest;
end
$$;

-- Today and this month of the asking account, in UTC. Messages after the watermark are found by their ids, which carry
-- the time of the door: its clock may be a minute off.
create or replace function postern.find_usage(h1 bytea)
returns table (
  messages_today bigint, recipients_today bigint, messages_month bigint, recipients_month bigint, domains integer)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
declare
  today  date := (now() at time zone 'utc')::date;
  month  date := date_trunc('month', now() at time zone 'utc')::date;
  behind timestamptz := coalesce((select w.at from private.watermarks w where w.name = 'usage'), '-infinity');
  newest uuid := case when behind = '-infinity' then '00000000-0000-0000-0000-000000000000'
                      else private.id_at(behind - interval '1 minute') end;
begin
  return query
  with asking as (
    select c.lane, c.account_id from private.credential_of(h1) c where private.may(c, 'usage:read')
  ), counted as (
    select u.day, u.messages, u.recipients
      from asking a
      join usage_days u on u.lane = a.lane and u.account_id = a.account_id and u.day >= month
    union all
    select (m.created_at at time zone 'utc')::date, 1::bigint, m.recipients::bigint
      from asking a
      join messages m on m.lane = a.lane and m.account_id = a.account_id and m.id >= newest
     where m.created_at >= behind
  )
  select coalesce(sum(n.messages) filter (where n.day = today), 0)::bigint,
         coalesce(sum(n.recipients) filter (where n.day = today), 0)::bigint,
         coalesce(sum(n.messages) filter (where n.day >= month), 0)::bigint,
         coalesce(sum(n.recipients) filter (where n.day >= month), 0)::bigint,
         (select count(*)::integer
            from domain_states d
           where d.lane = a.lane and d.account_id = a.account_id and d.status <> 'deleted')
    from asking a
    left join counted n on true
   group by a.lane, a.account_id;
end
$$;

-- The smallest id of version 7 that is made at that moment.
create or replace function private.first_id_at(moment timestamptz) returns uuid
language sql immutable parallel safe as $$
  select (lpad(to_hex(private.epoch_ms(moment)), 12, '0') || '00000000000000000000')::uuid
$$;

-- What one key of the asking account was used for in the last 30 days: requests by day and route, accepted messages by
-- day, domain and stream. It looks at the newest `row_limit` lines of the whole account; `since` is from when on that is
-- all there is.
create or replace function postern.credential_usage(h1 bytea, wanted uuid, row_limit integer)
returns table (last_used_at timestamptz, requests_since timestamptz, requests jsonb, messages_since timestamptz, messages jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  asked     credentials;
  beginning timestamptz := now() - interval '30 days';
  first_id  uuid := private.first_id_at(beginning);
begin
  select k.* into asked
    from private.credential_of(h1) asking
    join credentials k on k.lane = asking.lane and k.account_id = asking.account_id and k.id = wanted and k.user_id is null
   where private.may(asking, 'keys:read');
  if asked.id is null then
    return;
  end if;
  return query
  with lines as materialized (
    select r.at, r.credential_id, r.method, r.route
      from request_log r
     where r.lane = asked.lane and r.account_id = asked.account_id and r.id >= first_id
     order by r.id desc
     limit row_limit
  ), sent as materialized (
    select m.created_at as at, m.credential_id, m.domain_id, m.stream, m.recipients
      from postern.messages m
     where m.lane = asked.lane and m.account_id = asked.account_id and m.id >= first_id
     order by m.id desc
     limit row_limit
  ), by_route as (
    select (l.at at time zone 'utc')::date as day, l.method, l.route, count(*)::integer as requests
      from lines l
     where l.credential_id = asked.id
     group by 1, 2, 3
     order by 1 desc, 4 desc
     limit 1000
  ), by_domain as (
    select (s.at at time zone 'utc')::date as day, d.name as domain, s.stream, count(*)::integer as messages,
           sum(s.recipients)::integer as recipients
      from sent s
      left join postern.domains d on d.lane = asked.lane and d.account_id = asked.account_id and d.id = s.domain_id
     where s.credential_id = asked.id
     group by 1, 2, 3
     order by 1 desc, 4 desc
     limit 1000
  )
  select (select u.last_used_at from credential_uses u
           where u.lane = asked.lane and u.account_id = asked.account_id and u.credential_id = asked.id),
         case when (select count(*) from lines) < row_limit then beginning else (select min(l.at) from lines l) end,
         (select coalesce(jsonb_agg(jsonb_build_object(
                   'day', b.day, 'method', b.method, 'route', b.route, 'requests', b.requests) order by b.day desc,
                   b.requests desc, b.route), '[]') from by_route b),
         case when (select count(*) from sent) < row_limit then beginning else (select min(s.at) from sent s) end,
         (select coalesce(jsonb_agg(jsonb_build_object(
                   'day', b.day, 'domain', b.domain, 'stream', b.stream, 'messages', b.messages,
                   'recipients', b.recipients) order by b.day desc, b.messages desc), '[]') from by_domain b);
end
$$;
