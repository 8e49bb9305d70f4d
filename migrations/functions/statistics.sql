-- What became of an account's messages, by the hour. Jobs adds events up behind a watermark, in bounded steps.

-- Where the buckets of times of delivery meet, in milliseconds. What is stored counts by them: they never change.
create or replace function private.delivery_edges_ms() returns bigint[]
language sql immutable parallel safe as $$
  select array[100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 900000, 3600000, 14400000, 86400000]::bigint[]
$$;

-- How many of the numbers fall on each bucket, counted from 1; nothing of nothing.
create or replace function private.count_times(buckets integer[]) returns bigint[]
language sql immutable parallel safe set search_path = postern, private, pg_temp as $$
  select case when buckets is null then '{}'::bigint[] else
    array(select count(b.bucket)
            from generate_series(1, cardinality(private.delivery_edges_ms()) + 1) as g(bucket)
            left join unnest(buckets) as b(bucket) on b.bucket = g.bucket
           group by g.bucket
           order by g.bucket) end
$$;

create or replace function private.add_times(one bigint[], other bigint[]) returns bigint[]
language sql immutable parallel safe as $$
  select array(select coalesce(t.a, 0) + coalesce(t.b, 0)
                 from unnest(one, other) with ordinality as t(a, b, position)
                order by t.position)
$$;

-- From where an installation counts that has not counted yet: its oldest events, as far as hours are kept.
create or replace function private.oldest_event_at() returns timestamptz
language sql stable security definer set search_path = postern, private, pg_temp as $$
  select greatest(now() - interval '90 days',
                  least((select min(to_date(right(c.relname, 8), 'YYYYMMDD')::timestamptz)
                           from pg_inherits i
                           join pg_class c on c.oid = i.inhrelid
                          where i.inhparent = 'postern.events'::regclass
                            and c.relname ~ '^events_[0-9]{8}$'),
                        (select min(e.at) from events_default e)))
$$;

-- Adds up one step of time, shorter where it would have more than `row_limit` events. It stays so far behind that every
-- transaction that could still bring an earlier event has ended: statements are ended after 30 seconds. Hosts that nobody
-- has named yet are answered instead, and nothing is added up until `name_hosts` was told of them. Safe to run twice: the
-- watermark is locked, and moves in the same transaction. Of an hour of an account at most `rows_max` rows name a provider.
create or replace function postern.count_statistics(
  ticket bytea, behind_seconds integer, step_seconds integer, row_limit integer, rows_max integer)
returns table (more boolean, unnamed_hosts text[])
language plpgsql security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
#variable_conflict use_column
declare
  newest  timestamptz := now() - make_interval(secs => behind_seconds);
  from_at timestamptz;
  till    timestamptz;
  found_events integer;
  unknown text[];
begin
  perform private.process_of(ticket, 'jobs');
  if not exists (select from private.watermarks w where w.name = 'statistics') then
    insert into private.watermarks (name, at)
    values ('statistics', coalesce(private.oldest_event_at(), newest))
    on conflict do nothing;
  end if;
  select w.at into from_at from private.watermarks w where w.name = 'statistics' for update;
  till := least(newest, from_at + make_interval(secs => step_seconds));
  if till <= from_at then
    return query select false, '{}'::text[];
    return;
  end if;
  loop
    select count(*)::integer into found_events
      from (select from events e where e.at >= from_at and e.at < till limit row_limit + 1) e;
    exit when found_events <= row_limit or till - from_at <= interval '1 second';
    till := from_at + (till - from_at) / 2;
  end loop;
  if found_events > 0 then
    unknown := private.add_statistics(from_at, till, rows_max);
    if cardinality(unknown) > 0 then
      return query select true, unknown;
      return;
    end if;
  end if;
  update private.watermarks w set at = till where w.name = 'statistics';
  return query select till < newest, '{}'::text[];
end
$$;

-- What an attempt says of an event comes with it from its own transaction: the last one that had begun by then. deliver's
-- clock may be some seconds off; two attempts never begin that close to each other.
create or replace function private.add_statistics(from_at timestamptz, till timestamptz, rows_max integer)
returns text[]
language plpgsql security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
#variable_conflict use_column
declare
  nobody  constant uuid := '00000000-0000-0000-0000-000000000000';
  unnamed text[];
begin
  with told as materialized (
    select e.lane, e.account_id, e.message_id, e.n, e.kind, e.at
      from events e
     where e.at >= from_at
       and e.at < till
       and e.kind in ('accepted', 'delivered', 'bounced', 'deferred', 'expired', 'attachment_failed', 'suppressed',
                      'cancelled', 'complained', 'unsubscribed')
  ), known as materialized (
    select t.lane, t.account_id, date_trunc('hour', t.at, 'UTC') as hour, t.kind,
           -- A message that had its time before it was counted.
           coalesce(m.stream, 'transactional') as stream, coalesce(m.domain_id, nobody) as domain_id,
           coalesce(m.recipients, 0) as recipients, a.number,
           case when a.host is null then '' else h.provider end as provider, left(a.host, 255) as host,
           case when t.kind = 'delivered' and m.created_at is not null
                then width_bucket((extract(epoch from t.at - greatest(m.created_at, m.scheduled_at)) * 1000)::bigint,
                                  private.delivery_edges_ms()) + 1 end as bucket
      from told t
      left join lateral (
           select w.stream, w.domain_id, w.recipients, w.created_at, w.scheduled_at
             from messages w
            where w.lane = t.lane and w.account_id = t.account_id and w.id = t.message_id
            limit 1) m on true
      left join lateral (
           select w.host, w.number
             from attempts w
            where w.lane = t.lane and w.account_id = t.account_id and w.message_id = t.message_id and w.n = t.n
              and t.kind in ('delivered', 'bounced', 'deferred', 'expired', 'complained')
              and w.at <= t.at + interval '5 seconds'
              and w.at > case when t.kind in ('bounced', 'complained') then '-infinity' else t.at - interval '1 day' end
              -- What was given up without a word to any host.
              and not (w.selector is null and w.reply_code is null and w.duration_ms = 0)
            order by w.at desc
            limit 1) a on true
      left join private.mail_hosts h on h.host = left(a.host, 255)
  ), strange as materialized (
    select distinct k.host from known k where k.provider is null limit 500
  ), sizes as materialized (
    select k.lane, k.account_id, k.hour, k.stream, k.domain_id, k.provider, count(*) as size,
           exists (select from statistics_hours s
                    where s.lane = k.lane and s.account_id = k.account_id and s.hour = k.hour and s.stream = k.stream
                      and s.domain_id = k.domain_id and s.provider = k.provider) or k.provider = '' as is_placed
      from known k
     where not exists (select from strange)
     group by 1, 2, 3, 4, 5, 6
  ), held as (
    select o.lane, o.account_id, o.hour,
           (select count(*) from statistics_hours s
             where s.lane = o.lane and s.account_id = o.account_id and s.hour = o.hour) as rows
      from (select distinct lane, account_id, hour from sizes) o
  ), placed as (
    select s.lane, s.account_id, s.hour, s.stream, s.domain_id, s.provider,
           case when s.is_placed or h.rows + row_number() over (
                       partition by s.lane, s.account_id, s.hour, s.is_placed
                           order by s.size desc, s.provider, s.stream, s.domain_id) <= rows_max
                then s.provider else 'other' end as told_as
      from sizes s
      join held h on h.lane = s.lane and h.account_id = s.account_id and h.hour = s.hour
  ), stored as (
    insert into statistics_hours as u (
           lane, account_id, hour, stream, domain_id, provider, messages, recipients, tried, delivered, bounced,
           deferred, expired, failed, suppressed, cancelled, complained, unsubscribed, times)
    select k.lane, k.account_id, k.hour, k.stream, k.domain_id, p.told_as,
           count(*) filter (where k.kind = 'accepted'),
           coalesce(sum(k.recipients) filter (where k.kind = 'accepted'), 0),
           count(*) filter (where k.number = 1 and k.kind in ('delivered', 'bounced', 'deferred')),
           count(*) filter (where k.kind = 'delivered'),
           count(*) filter (where k.kind = 'bounced'),
           count(*) filter (where k.kind = 'deferred'),
           count(*) filter (where k.kind = 'expired'),
           coalesce(sum(k.recipients) filter (where k.kind = 'attachment_failed'), 0),
           count(*) filter (where k.kind = 'suppressed'),
           count(*) filter (where k.kind = 'cancelled'),
           count(*) filter (where k.kind = 'complained'),
           count(*) filter (where k.kind = 'unsubscribed'),
           private.count_times(array_agg(k.bucket) filter (where k.bucket is not null))
      from known k
      join placed p on p.lane = k.lane and p.account_id = k.account_id and p.hour = k.hour and p.stream = k.stream
                   and p.domain_id = k.domain_id and p.provider = k.provider
     group by 1, 2, 3, 4, 5, 6
     order by 1, 2, 3, 4, 5, 6
        on conflict (lane, account_id, hour, stream, domain_id, provider) do update
       set messages = u.messages + excluded.messages, recipients = u.recipients + excluded.recipients,
           tried = u.tried + excluded.tried, delivered = u.delivered + excluded.delivered,
           bounced = u.bounced + excluded.bounced, deferred = u.deferred + excluded.deferred,
           expired = u.expired + excluded.expired, failed = u.failed + excluded.failed,
           suppressed = u.suppressed + excluded.suppressed, cancelled = u.cancelled + excluded.cancelled,
           complained = u.complained + excluded.complained, unsubscribed = u.unsubscribed + excluded.unsubscribed,
           times = private.add_times(u.times, excluded.times)
  )
  select coalesce(array_agg(s.host), '{}') into unnamed from strange s;
  return unnamed;
end
$$;

-- Notes which providers hosts belong to. Those named longer than a week ago are forgotten, and asked for again.
create or replace function postern.name_hosts(ticket bytea, hosts text[], providers text[]) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  delete from private.mail_hosts h where h.named_at < now() - interval '7 days';
  insert into private.mail_hosts (host, provider)
  select n.host, n.provider
    from unnest(hosts, providers) as n(host, provider)
   order by n.host
  on conflict (host) do nothing;
end
$$;

-- Counts of the asking account in the hours that begin within the bounds, added up over all that `split` does not name:
-- period (the bounds' number, from 1), stream, domain, provider. `domains` null: all of them.
create or replace function postern.find_statistics(
  h1 bytea, bounds timestamptz[], domains uuid[], split text[], row_limit integer)
returns table (
  period integer, stream text, domain_id uuid, domain_name text, provider text, messages bigint, recipients bigint,
  tried bigint, delivered bigint, bounced bigint, deferred bigint, expired bigint, failed bigint, suppressed bigint,
  cancelled bigint, complained bigint, unsubscribed bigint)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  with summed as (
    select c.lane, c.account_id,
           case when 'period' = any (split) then width_bucket(s.hour, bounds) end as period,
           case when 'stream' = any (split) then s.stream end as stream,
           case when 'domain' = any (split) then s.domain_id end as domain_id,
           case when 'provider' = any (split) then s.provider end as provider,
           sum(s.messages)::bigint as messages, sum(s.recipients)::bigint as recipients, sum(s.tried)::bigint as tried,
           sum(s.delivered)::bigint as delivered, sum(s.bounced)::bigint as bounced,
           sum(s.deferred)::bigint as deferred, sum(s.expired)::bigint as expired, sum(s.failed)::bigint as failed,
           sum(s.suppressed)::bigint as suppressed, sum(s.cancelled)::bigint as cancelled,
           sum(s.complained)::bigint as complained,
           sum(s.unsubscribed)::bigint as unsubscribed
      from private.credential_of(h1) c
      join statistics_hours s on s.lane = c.lane and s.account_id = c.account_id
     where private.may(c, 'usage:read')
       and s.hour >= bounds[1]
       and s.hour < bounds[cardinality(bounds)]
       and (domains is null or s.domain_id = any (domains))
     group by 1, 2, 3, 4, 5, 6
     -- What a limit leaves out is the least.
     order by 3, sum(s.delivered + s.bounced + s.deferred) desc, 5, 6, 4
     limit row_limit
  )
  select s.period, s.stream, nullif(s.domain_id, '00000000-0000-0000-0000-000000000000'), d.name, s.provider, s.messages,
         s.recipients, s.tried, s.delivered, s.bounced, s.deferred, s.expired, s.failed, s.suppressed, s.cancelled,
         s.complained, s.unsubscribed
    from summed s
    left join domain_states d on d.lane = s.lane and d.account_id = s.account_id and d.domain_id = s.domain_id
   order by 1, 3, 5, 2;
end
$$;

-- How long deliveries took, as a histogram; `up_to_ms` is null in the last bucket. `split` may name period and provider.
create or replace function postern.find_delivery_times(
  h1 bytea, bounds timestamptz[], domains uuid[], split text[], row_limit integer)
returns table (period integer, provider text, from_ms bigint, up_to_ms bigint, deliveries bigint)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  edges bigint[] := private.delivery_edges_ms();
begin
  return query
  select case when 'period' = any (split) then width_bucket(s.hour, bounds) end,
         case when 'provider' = any (split) then s.provider end,
         coalesce(edges[t.position - 1], 0), edges[t.position], sum(t.deliveries)::bigint
    from private.credential_of(h1) c
    join statistics_hours s on s.lane = c.lane and s.account_id = c.account_id
   cross join lateral unnest(s.times) with ordinality as t(deliveries, position)
   where private.may(c, 'usage:read')
     and s.hour >= bounds[1]
     and s.hour < bounds[cardinality(bounds)]
     and (domains is null or s.domain_id = any (domains))
     and t.deliveries > 0
   group by 1, 2, t.position
   order by 1, 2, t.position
   limit row_limit;
end
$$;

-- The same counts of single messages of the asking account, from their events: of those named, or of those accepted
-- within the bounds. Newest first, at most `row_limit` messages; those without an event within the bounds are left out.
create or replace function postern.find_message_statistics(
  h1 bytea, bounds timestamptz[], wanted uuid[], domains uuid[], split text[], row_limit integer)
returns table (
  message_id uuid, period integer, domain_id uuid, domain_name text, messages bigint, recipients bigint, tried bigint,
  delivered bigint, bounced bigint, deferred bigint, expired bigint, failed bigint, suppressed bigint, cancelled bigint,
  complained bigint, unsubscribed bigint)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  with asking as materialized (
    select c.lane, c.account_id from private.credential_of(h1) c where private.may(c, 'usage:read')
  ), chosen as materialized (
    select m.lane, m.account_id, m.id, m.domain_id, m.recipients
      from asking a
      join messages m on m.lane = a.lane and m.account_id = a.account_id
     where (wanted is null or m.id = any (wanted))
       and (wanted is not null or m.id >= private.id_at(bounds[1]) and m.id < private.id_at(bounds[cardinality(bounds)]))
       and (domains is null or m.domain_id = any (domains))
     order by m.id desc
     limit row_limit
  ), told as (
    select m.lane, m.account_id, m.id, m.domain_id, m.recipients, e.kind,
           case when 'period' = any (split) then width_bucket(e.at, bounds) end as period,
           case when e.kind in ('delivered', 'bounced', 'deferred') then
             (select w.number from attempts w
               where w.lane = e.lane and w.account_id = e.account_id and w.message_id = e.message_id and w.n = e.n
                 and w.at <= e.at + interval '5 seconds'
               order by w.at desc
               limit 1) end as number
      from chosen m
      join events e on e.lane = m.lane and e.account_id = m.account_id and e.message_id = m.id
     where e.at >= bounds[1]
       and e.at < bounds[cardinality(bounds)]
  )
  select t.id, t.period, t.domain_id, max(d.name),
         count(*) filter (where t.kind = 'accepted'),
         coalesce(sum(t.recipients) filter (where t.kind = 'accepted'), 0),
         count(*) filter (where t.number = 1),
         count(*) filter (where t.kind = 'delivered'),
         count(*) filter (where t.kind = 'bounced'),
         count(*) filter (where t.kind = 'deferred'),
         count(*) filter (where t.kind = 'expired'),
         coalesce(sum(t.recipients) filter (where t.kind = 'attachment_failed'), 0),
         count(*) filter (where t.kind = 'suppressed'),
         count(*) filter (where t.kind = 'cancelled'),
         count(*) filter (where t.kind = 'complained'),
         count(*) filter (where t.kind = 'unsubscribed')
    from told t
    left join domain_states d on d.lane = t.lane and d.account_id = t.account_id and d.domain_id = t.domain_id
   group by 1, 2, 3
   order by 2, 1 desc;
end
$$;
