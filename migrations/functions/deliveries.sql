-- The queue. A deliver process owns the lanes of its ticket: it claims ready rows under a lease, and an outcome counts
-- only under the fence of that claim.
--
-- The statements here always go by index, row by row. The planner is not asked: it would settle for a scan while a table is
-- small and keep that plan while the table grows.

-- Claims up to `batch` deliveries: urgent before transactional before bulk; among accounts in turn, from the one after the cursor;
-- within an account among its destinations, from a random one, leaving out the `busy`. Each step is one index probe, so
-- the cost does not grow with the backlog. Contents over `inline_bytes_max` are left out, to be fetched one by one.
create or replace function postern.claim_deliveries(
  ticket bytea, batch integer, lease_seconds integer, busy bytea[], inline_bytes_max integer,
  cursor_lane smallint, cursor_account uuid)
returns table (
  lane smallint, account_id uuid, message_id uuid, n smallint, fence integer, attempts smallint, stream text,
  destination bytea, created_at timestamptz, expires_at timestamptz, size_bytes integer,
  envelope_sealed bytea, content_sealed bytea)
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  mine     private.processes := private.process_of(ticket, 'deliver');
  lanes    smallint[] := '{}';
  accounts uuid[] := '{}';
  targets  bytea[] := '{}';
  shares   integer[] := '{}';
  of_stream text;
begin
  foreach of_stream in array array['urgent', 'transactional', 'bulk'] loop
    select p.lanes, p.accounts, p.targets, p.shares
      into lanes, accounts, targets, shares
      from private.pick_targets(mine.lane_first, mine.lane_last, of_stream, batch, busy, cursor_lane, cursor_account) p;
    exit when cardinality(lanes) > 0;
  end loop;
  if cardinality(lanes) = 0 then
    return;
  end if;

  return query
  with picked as (
    select r.*
      from unnest(lanes, accounts, targets, shares) as t(lane, account_id, destination, share)
     cross join lateral (
           select d.lane, d.account_id, d.message_id, d.n
             from deliveries d
            where d.ready and d.stream = of_stream
              and d.lane = t.lane and d.account_id = t.account_id and d.destination = t.destination
            order by d.due_at
            limit t.share
              for update skip locked) r
  ), leased as (
    update deliveries d
       set state = 'attempting', ready = false, fence = d.fence + 1,
           due_at = now() + make_interval(secs => lease_seconds)
      from picked p
     where d.lane = p.lane and d.account_id = p.account_id and d.message_id = p.message_id and d.n = p.n
    returning d.lane, d.account_id, d.message_id, d.n, d.fence, d.attempts, d.stream, d.destination
  )
  select l.lane, l.account_id, l.message_id, l.n, l.fence, l.attempts, l.stream, l.destination,
         m.created_at, m.expires_at, m.size_bytes, m.envelope_sealed,
         case when m.size_bytes <= inline_bytes_max
               and row_number() over (partition by l.message_id order by l.n) = 1
              then (select t.content_sealed from contents t
                     where t.lane = l.lane and t.account_id = l.account_id and t.message_id = l.message_id) end
    from leased l
   cross join lateral (
         -- `limit` keeps the order of the join: one probe for each row claimed.
         select w.* from messages w
          where w.lane = l.lane and w.account_id = l.account_id and w.id = l.message_id
          limit 1) m;
end
$$;

-- Which (account, destination) pairs the next claim takes from, and how many of each. At most 50 accounts and 64
-- destinations an account are looked at; a blocked account costs one probe and gives nothing.
create or replace function private.pick_targets(
  lane_first smallint, lane_last smallint, of_stream text, batch integer, busy bytea[],
  cursor_lane smallint, cursor_account uuid,
  out lanes smallint[], out accounts uuid[], out targets bytea[], out shares integer[])
language plpgsql security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_generic_plan as $$
declare
  found_lanes    smallint[] := '{}';
  found_accounts uuid[] := '{}';
  at_lane    smallint := cursor_lane;
  at_account uuid := cursor_account;
  next       record;
  wrapped    boolean := false;
  quota      integer;
  chosen     bytea[];
  probes     integer := 0;
begin
  lanes := '{}'; accounts := '{}'; targets := '{}'; shares := '{}';
  while cardinality(found_lanes) < least(50, batch) and probes < 200 loop
    probes := probes + 1;
    select * into next from private.next_ready_account(of_stream, at_lane, at_account, lane_first, lane_last);
    if next.lane is null then
      exit when wrapped;
      wrapped := true;
      at_lane := lane_first;
      at_account := '00000000-0000-0000-0000-000000000000';
      continue;
    end if;
    exit when wrapped and (next.lane, next.account_id) > (cursor_lane, cursor_account);
    at_lane := next.lane;
    at_account := next.account_id;
    if exists (select from account_states s
                where s.lane = next.lane and s.account_id = next.account_id and s.state = 'active') then
      found_lanes := found_lanes || next.lane;
      found_accounts := found_accounts || next.account_id;
    end if;
  end loop;
  if cardinality(found_lanes) = 0 then
    return;
  end if;

  quota := ceil(batch::numeric / cardinality(found_lanes));
  for i in 1 .. cardinality(found_lanes) loop
    chosen := private.ready_destinations(of_stream, found_lanes[i], found_accounts[i], busy, least(quota, 64));
    for j in 1 .. cardinality(chosen) loop
      lanes := lanes || found_lanes[i];
      accounts := accounts || found_accounts[i];
      targets := targets || chosen[j];
      shares := shares || ceil(quota::numeric / cardinality(chosen))::integer;
    end loop;
  end loop;
end
$$;

-- The next account after the given one that has ready deliveries, by one probe of the index.
create or replace function private.next_ready_account(
  of_stream text, after_lane smallint, after_account uuid, lane_first smallint, lane_last smallint,
  out lane smallint, out account_id uuid)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_generic_plan as $$
begin
  select d.lane, d.account_id into lane, account_id
    from deliveries d
   where d.ready and d.stream = of_stream
     and (d.lane, d.account_id) > (after_lane, after_account)
     and d.lane between lane_first and lane_last
   order by d.lane, d.account_id
   limit 1;
end
$$;

-- Destinations of one account with ready deliveries, at most `wanted`, starting at a random point of the ring of hashes.
create or replace function private.ready_destinations(
  of_stream text, of_lane smallint, of_account uuid, busy bytea[], wanted integer)
returns bytea[]
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_generic_plan as $$
declare
  start   bytea := substring(uuid_send(gen_random_uuid()) for 8);
  at_hash bytea := start;
  next    bytea;
  chosen  bytea[] := '{}';
  wrapped boolean := false;
  probes  integer := 0;
begin
  while cardinality(chosen) < wanted and probes < wanted + cardinality(busy) + 2 loop
    probes := probes + 1;
    select d.destination into next
      from deliveries d
     where d.ready and d.stream = of_stream and d.lane = of_lane and d.account_id = of_account
       and d.destination > at_hash
     order by d.destination
     limit 1;
    if next is null then
      exit when wrapped;
      wrapped := true;
      at_hash := ''::bytea;
      continue;
    end if;
    exit when wrapped and next > start;
    at_hash := next;
    if next <> all (busy) then
      chosen := chosen || next;
    end if;
  end loop;
  return chosen;
end
$$;

-- The content of one leased message that was too large to travel with its claim.
create or replace function postern.claimed_content(ticket bytea, of_account uuid, of_message uuid)
returns table (content_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
declare
  mine private.processes := private.process_of(ticket, 'deliver');
begin
  return query
  select t.content_sealed
    from contents t
   where t.lane = private.lane_of(of_account)
     and t.lane between mine.lane_first and mine.lane_last
     and t.account_id = of_account
     and t.message_id = of_message
     and exists (select from deliveries d
                  where d.lane = t.lane and d.account_id = t.account_id and d.message_id = t.message_id
                    and d.state = 'attempting' and d.due_at > now());
end
$$;

-- The attachments of one leased message, in their order.
create or replace function postern.claimed_attachments(ticket bytea, of_account uuid, of_message uuid)
returns table (id uuid, description_sealed bytea, content_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
declare
  mine private.processes := private.process_of(ticket, 'deliver');
begin
  return query
  select a.id, a.description_sealed, a.content_sealed
    from attachments a
   where a.lane = private.lane_of(of_account)
     and a.lane between mine.lane_first and mine.lane_last
     and a.account_id = of_account
     and a.message_id = of_message
     and a.state = 'stored'
     and exists (select from deliveries d
                  where d.lane = a.lane and d.account_id = a.account_id and d.message_id = a.message_id
                    and d.state = 'attempting' and d.due_at > now())
   order by a.position;
end
$$;

-- Records outcomes, hundreds in one statement: state, attempt, event and suppression together. A row whose fence has
-- moved on is left alone; what was recorded is answered, so running it twice is safe.
create or replace function postern.finish_deliveries(
  ticket bytea, accounts uuid[], messages uuid[], ns smallint[], fences integer[],
  outcomes text[], next_states text[], due_ats timestamptz[], started_ats timestamptz[], hosts text[],
  tls text[], selectors text[], reply_codes smallint[], enhanced_codes text[], durations_ms integer[],
  suppress boolean[], conversation_at integer[], conversation_bytes integer[], address_at integer[],
  address_bytes integer[], blob bytea)
returns table (recorded integer)
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
declare
  mine private.processes := private.process_of(ticket, 'deliver');
begin
  return query
  with outcome as materialized (
    select private.lane_of(o.account_id) as lane, o.*
      from unnest(accounts, messages, ns, fences, outcomes, next_states, due_ats, started_ats, hosts, tls, selectors,
                  reply_codes, enhanced_codes, durations_ms, suppress, conversation_at, conversation_bytes, address_at,
                  address_bytes)
           as o(account_id, message_id, n, fence, outcome, next_state, due_at, started_at, host, tls, selector,
                reply_code, enhanced_code, duration_ms, suppress, conversation_at, conversation_bytes, address_at,
                address_bytes)
     where private.lane_of(o.account_id) between mine.lane_first and mine.lane_last
  ), settled as (
    update deliveries d
       set state = o.next_state, ready = false, attempts = d.attempts + 1, due_at = o.due_at,
           holds = case when o.next_state = 'queued' then d.holds end
      from outcome o
     where d.lane = o.lane and d.account_id = o.account_id and d.message_id = o.message_id and d.n = o.n
       and d.state = 'attempting'
       and d.fence = o.fence
    returning o.*, d.attempts as number, d.recipient_index
  ), tried as (
    insert into attempts (lane, account_id, message_id, n, number, at, outcome, host, tls, selector, reply_code,
                          enhanced_code, duration_ms, conversation_sealed)
    select s.lane, s.account_id, s.message_id, s.n, s.number, s.started_at, s.outcome, s.host, s.tls, s.selector,
           s.reply_code, s.enhanced_code, s.duration_ms,
           substring(blob from s.conversation_at + 1 for s.conversation_bytes)
      from settled s
  ), told as (
    insert into events (lane, account_id, message_id, n, kind, at)
    select s.lane, s.account_id, s.message_id, s.n,
           case when s.next_state = 'queued' then 'deferred' else s.next_state end, now()
      from settled s
  ), suppressed as (
    insert into suppressions (lane, account_id, id, recipient_index, reason, message_id, address_sealed)
    select distinct on (s.lane, s.account_id, s.recipient_index)
           s.lane, s.account_id, private.new_id(), s.recipient_index, 'bounce', s.message_id,
           -- As a sealed value that says itself which session and record its key derives from.
           int4send(m.key_version) || m.session_public || uuid_send(m.id)
             || substring(blob from s.address_at + 1 for s.address_bytes)
      from settled s
     cross join lateral (
           select w.id, w.key_version, w.session_public from messages w
            where w.lane = s.lane and w.account_id = s.account_id and w.id = s.message_id
            limit 1) m
     where s.suppress
     order by s.lane, s.account_id, s.recipient_index
        on conflict do nothing
  )
  select count(*)::integer from settled;
end
$$;

-- Gives claims back without counting an attempt: they are due again at `again_at`.
create or replace function postern.release_deliveries(
  ticket bytea, accounts uuid[], messages uuid[], ns smallint[], fences integer[], again_at timestamptz)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  mine private.processes := private.process_of(ticket, 'deliver');
begin
  update deliveries d
     set state = 'queued', ready = again_at <= now() and d.holds is null, due_at = again_at
    from unnest(accounts, messages, ns, fences) as r(account_id, message_id, n, fence)
   where d.lane = private.lane_of(r.account_id)
     and private.lane_of(r.account_id) between mine.lane_first and mine.lane_last
     and d.account_id = r.account_id and d.message_id = r.message_id and d.n = r.n
     and d.state = 'attempting' and d.fence = r.fence;
end
$$;

-- Makes ready what is due: retries whose time has come and claims whose lease has run out. Says how many, and is called
-- again at once while it moves `row_limit` rows.
create or replace function postern.release_due(ticket bytea, row_limit integer) returns integer
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
declare
  mine  private.processes := private.process_of(ticket, 'deliver');
  moved integer;
begin
  with due as (
    select r.*
      from generate_series(mine.lane_first::integer, mine.lane_last::integer) as l(lane)
     cross join unnest(array['queued', 'attempting']) as waiting(state)
     cross join lateral (
           select d.lane, d.account_id, d.message_id, d.n
             from deliveries d
            where not d.ready and d.holds is null and d.state in ('queued', 'attempting')
              and d.lane = l.lane and d.state = waiting.state and d.due_at <= now()
            order by d.due_at
            limit row_limit
              for update skip locked) r
     limit row_limit
  )
  update deliveries d
     set state = 'queued', ready = true
    from due
   where d.lane = due.lane and d.account_id = due.account_id and d.message_id = due.message_id and d.n = due.n;
  get diagnostics moved = row_count;
  return moved;
end
$$;

-- A new deliver process owns its lanes alone: what its predecessor had claimed is ready again at once.
create or replace function postern.begin_delivery(ticket bytea) returns integer
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  mine  private.processes := private.process_of(ticket, 'deliver');
  moved integer;
begin
  update deliveries d
     set state = 'queued', ready = true
   where not d.ready and d.holds is null and d.state = 'attempting'
     and d.lane between mine.lane_first and mine.lane_last;
  get diagnostics moved = row_count;
  return moved;
end
$$;
