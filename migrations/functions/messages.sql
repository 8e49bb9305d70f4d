-- The one door of the database, and the reads of an account's own messages.

-- Accepts many messages of many accounts in one commit. A request (one API call) succeeds or fails as a whole and never
-- harms another. Bytes come as one blob, cut by offsets (0-based); recipient indexes are 16 bytes each, destinations 8.
--
-- proofs           the distinct key hashes (h1)
-- request_proof    per request: which proof (1-based)
-- request_key      per request: keyed hash of its idempotency key, or null
-- request_hash     per request: hash of its body, null without a key
-- message_request  per message: which request (1-based); messages of a request stand together
-- message_scheduled per message: when it is to be sent, null for now
-- message_waits    per message: whether an attachment is still to be fetched
-- message_tags     per message: its tag indexes, 8 bytes each and joined; null without tags
-- message_domain   per message: the sending domain, null for the sandbox; for the statistics, nothing is allowed by it
-- delivery_message per delivery: which message (1-based), recipients of a message in the order of n
-- unsubscribe_at   per delivery: where in unsubscribe_hashes the 32 bytes of its link begin, null without one; null for all
-- attachment_message per attachment: which message (1-based), in their order; without content bytes it is to be fetched
--
-- Answers per request: accepted or replayed (with message ids), or unknown_proof, blocked, stream_refused, over_quota,
-- key_over_quota, key_conflict.
create or replace function postern.accept_messages(
  proofs bytea[],
  request_proof integer[], request_key bytea[], request_hash bytea[],
  message_request integer[], message_id uuid[], message_stream text[], message_expires timestamptz[],
  message_size integer[], message_key_version integer[], message_session bytea[],
  envelope_at integer[], envelope_bytes integer[], content_at integer[], content_bytes integer[],
  message_recipients smallint[], message_scheduled timestamptz[], message_waits boolean[], message_tags bytea[],
  message_domain uuid[],
  attachment_message integer[], attachment_id uuid[], attachment_size integer[],
  description_at integer[], description_bytes integer[], attachment_at integer[], attachment_bytes integer[],
  delivery_message integer[], delivery_n smallint[], recipient_indexes bytea, destinations bytea,
  unsubscribe_at integer[], unsubscribe_hashes bytea,
  blob bytea)
returns table (request integer, outcome text, message_ids uuid[])
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  proof_lane       smallint[];
  proof_account    uuid[];
  proof_credential uuid[];
  proof_outcome    text[];
  proof_options    jsonb[];
  request_outcome  text[];
  earlier_ids      jsonb := '{}';
  one              record;
begin
  select array_agg(c.lane order by p.ordinality), array_agg(c.account_id order by p.ordinality),
         array_agg(c.id order by p.ordinality),
         array_agg(case when c.id is null then 'unknown_proof'
                        when s.state is distinct from 'active' then 'blocked'
                        else 'accepted' end order by p.ordinality),
         array_agg(c.options order by p.ordinality)
    into proof_lane, proof_account, proof_credential, proof_outcome, proof_options
    from unnest(proofs) with ordinality as p(h1, ordinality)
    left join credentials c
           on c.h2 = sha256(p.h1)
          and c.revoked_at is null
          and (c.expires_at is null or c.expires_at > now())
          and (c.options -> 'scopes' is null or c.options -> 'scopes' ? 'emails:send')
          and c.options -> 'canary' is null
          and (c.user_id is null or private.session_lives(c))
    left join account_states s
           on s.lane = c.lane
          and s.account_id = c.account_id;

  select array_agg(proof_outcome[r.proof] order by r.ordinality)
    into request_outcome
    from unnest(request_proof) with ordinality as r(proof, ordinality);

  -- Keys for some streams only: a request with a message for another is refused.
  if exists (select from unnest(proof_options) as o(options) where o.options ? 'streams') then
    for one in
      select distinct m.request
        from unnest(message_request, message_stream) as m(request, stream)
       where request_outcome[m.request] = 'accepted'
         and not coalesce(proof_options[request_proof[m.request]] -> 'streams' ? m.stream, true)
    loop
      request_outcome[one.request] := 'stream_refused';
    end loop;
  end if;

  if array_position(proof_outcome, 'unknown_proof') is not null then
    raise log 'postern alarm: an API key proof is unknown or no longer valid';
  end if;

  -- Idempotency: a key either is ours now, or was used before by the same request, or by another.
  if cardinality(array_remove(request_key, null)) > 0 then
    with wanted as (
      select r.ordinality::integer as request, proof_lane[r.proof] as lane, proof_account[r.proof] as account_id,
             r.key_hash, r.body_hash,
             (select array_agg(m.id order by m.ordinality)
                from unnest(message_request, message_id) with ordinality as m(request, id, ordinality)
               where m.request = r.ordinality) as ids
        from unnest(request_proof, request_key, request_hash) with ordinality as r(proof, key_hash, body_hash, ordinality)
       where r.key_hash is not null
         and request_outcome[r.ordinality::integer] = 'accepted'
    ), distinct_wanted as (
      select distinct on (w.lane, w.account_id, w.key_hash) w.*
        from wanted w
       order by w.lane, w.account_id, w.key_hash, w.request
    ), inserted as (
      insert into idempotency_keys as k (lane, account_id, key_hash, request_hash, message_ids)
      select w.lane, w.account_id, w.key_hash, w.body_hash, w.ids
        from distinct_wanted w
       order by w.lane, w.account_id, w.key_hash
          on conflict on constraint idempotency_keys_pkey do update
         set request_hash = excluded.request_hash, message_ids = excluded.message_ids, created_at = now()
       where k.created_at < now() - interval '24 hours'
      returning k.message_ids
    )
    select array_agg(case when w.request is null or i.message_ids is not null then o.outcome else 'seen' end
                     order by o.ordinality)
      into request_outcome
      from unnest(request_outcome) with ordinality as o(outcome, ordinality)
      left join wanted w on w.request = o.ordinality
      left join inserted i on i.message_ids[1] = w.ids[1];

    for one in
      select o.ordinality::integer as request, k.message_ids as ids,
             case when k.request_hash = accept_messages.request_hash[o.ordinality::integer] then 'replayed' else 'key_conflict' end as outcome
        from unnest(request_outcome) with ordinality as o(outcome, ordinality)
        join idempotency_keys k
          on k.lane = proof_lane[request_proof[o.ordinality::integer]]
         and k.account_id = proof_account[request_proof[o.ordinality::integer]]
         and k.key_hash = request_key[o.ordinality::integer]
       where o.outcome = 'seen'
    loop
      request_outcome[one.request] := one.outcome;
      if one.outcome = 'replayed' then
        earlier_ids := earlier_ids || jsonb_build_object(one.request, to_jsonb(one.ids));
      end if;
    end loop;
  end if;

  -- Accounts with a daily quota are counted here, under the lock of their own row; the others cost nothing.
  for one in
    select proof_lane[p.ordinality::integer] as lane, proof_account[p.ordinality::integer] as account_id, s.daily_quota
      from unnest(proof_outcome) with ordinality as p(outcome, ordinality)
      join account_states s
        on s.lane = proof_lane[p.ordinality::integer]
       and s.account_id = proof_account[p.ordinality::integer]
     where p.outcome = 'accepted'
       and s.daily_quota is not null
     group by 1, 2, 3
     order by 1, 2
  loop
    request_outcome := private.apply_quota(one.lane, one.account_id, one.daily_quota, request_outcome,
                                           request_proof, proof_account, message_request, message_recipients,
                                           request_key);
  end loop;
  -- And keys with a ceiling of the hour.
  for proof in 1 .. cardinality(proofs) loop
    if proof_outcome[proof] = 'accepted' and proof_options[proof] ? 'hourlyMax' then
      request_outcome := private.apply_hourly_max(
        proof_lane[proof], proof_account[proof], proof_credential[proof],
        (proof_options[proof] ->> 'hourlyMax')::integer, proof, request_outcome, request_proof, message_request,
        message_recipients, request_key);
    end if;
  end loop;

  insert into messages (lane, account_id, id, credential_id, stream, expires_at, scheduled_at, size_bytes, recipients,
                        key_version, session_public, tag_indexes, domain_id, envelope_sealed)
  select proof_lane[request_proof[m.request]], proof_account[request_proof[m.request]], m.id,
         proof_credential[request_proof[m.request]], m.stream, m.expires_at, m.scheduled_at, m.size_bytes, m.recipients,
         m.key_version, m.session, private.cut(m.tags, 8), m.domain, substring(blob from m.envelope_from + 1 for m.envelope_len)
    from unnest(message_request, message_id, message_stream, message_expires, message_scheduled, message_size,
                message_recipients, message_key_version, message_session, message_tags, message_domain, envelope_at,
                envelope_bytes)
         as m(request, id, stream, expires_at, scheduled_at, size_bytes, recipients, key_version, session, tags, domain,
              envelope_from, envelope_len)
   where request_outcome[m.request] = 'accepted';

  insert into contents (lane, account_id, message_id, content_sealed)
  select proof_lane[request_proof[m.request]], proof_account[request_proof[m.request]], m.id,
         substring(blob from m.content_from + 1 for m.content_len)
    from unnest(message_request, message_id, content_at, content_bytes) as m(request, id, content_from, content_len)
   where request_outcome[m.request] = 'accepted';

  if cardinality(attachment_id) > 0 then
    insert into attachments (lane, account_id, message_id, id, position, state, size_bytes, description_sealed,
                             content_sealed)
    select proof_lane[request_proof[message_request[a.message]]], proof_account[request_proof[message_request[a.message]]],
           message_id[a.message], a.id, row_number() over (partition by a.message order by a.ordinality),
           case when a.content_len is null then 'waiting' else 'stored' end, a.size_bytes,
           substring(blob from a.description_from + 1 for a.description_len),
           substring(blob from a.content_from + 1 for a.content_len)
      from unnest(attachment_message, attachment_id, attachment_size, description_at, description_bytes, attachment_at,
                  attachment_bytes) with ordinality
           as a(message, id, size_bytes, description_from, description_len, content_from, content_len, ordinality)
     where request_outcome[message_request[a.message]] = 'accepted';
  end if;

  -- Keys that keep no content: what they sent is forgotten when its deliveries have ended.
  if exists (select from unnest(proof_options) as o(options) where (o.options ->> 'keepsContent')::boolean = false) then
    insert into content_discards (lane, account_id, message_id)
    select proof_lane[request_proof[m.request]], proof_account[request_proof[m.request]], m.id
      from unnest(message_request, message_id) as m(request, id)
     where request_outcome[m.request] = 'accepted'
       and (proof_options[request_proof[m.request]] ->> 'keepsContent')::boolean = false;
  end if;

  with placed as (
    select proof_lane[request_proof[message_request[d.message]]] as lane,
           proof_account[request_proof[message_request[d.message]]] as account_id,
           message_id[d.message] as message_id, d.n,
           substring(destinations from ((d.ordinality - 1) * 8 + 1)::integer for 8) as destination,
           substring(recipient_indexes from ((d.ordinality - 1) * 16 + 1)::integer for 16) as recipient_index,
           substring(unsubscribe_hashes from d.unsubscribe_at + 1 for 32) as unsubscribe_h2,
           message_stream[d.message] as stream, message_scheduled[d.message] as scheduled_at,
           private.holds_of((proof_options[request_proof[message_request[d.message]]] ->> 'holds')::boolean,
                            message_waits[d.message]) as holds
      from unnest(delivery_message, delivery_n, unsubscribe_at) with ordinality as d(message, n, unsubscribe_at, ordinality)
     where request_outcome[message_request[d.message]] = 'accepted'
  ), stored as (
    insert into deliveries (lane, account_id, message_id, n, destination, recipient_index, stream, state, ready, due_at,
                            holds, unsubscribe_h2)
    select p.lane, p.account_id, p.message_id, p.n, p.destination, p.recipient_index, p.stream,
           case when s.hit is null then 'queued' else 'suppressed' end,
           s.hit is null and p.scheduled_at is null and p.holds is null, coalesce(p.scheduled_at, now()),
           case when s.hit is null then p.holds end, p.unsubscribe_h2
      from placed p
      left join lateral (
           -- Both scopes stand together: one probe. `limit` keeps it from being asked once for each column.
           select true as hit
             from suppressions w
            where w.lane = p.lane and w.account_id = p.account_id and w.recipient_index = p.recipient_index
              and (w.scope = 'all' or p.stream = 'bulk')
            limit 1) s on true
    returning deliveries.lane, deliveries.account_id, deliveries.message_id, deliveries.n, deliveries.state
  )
  insert into events (lane, account_id, message_id, n, kind, at)
  select proof_lane[request_proof[m.request]], proof_account[request_proof[m.request]], m.id, null, k.kind, now()
    from unnest(message_request, message_id, message_scheduled) as m(request, id, scheduled_at)
   cross join lateral (
         select 'accepted' as kind
         union all
         select 'scheduled' where m.scheduled_at is not null
         union all
         select 'held' where (proof_options[request_proof[m.request]] ->> 'holds')::boolean) k
   where request_outcome[m.request] = 'accepted'
  union all
  select s.lane, s.account_id, s.message_id, s.n, 'suppressed', now()
    from stored s
   where s.state = 'suppressed';

  return query
  select o.ordinality::integer, o.outcome,
         case when o.outcome = 'replayed'
              then array(select jsonb_array_elements_text(earlier_ids -> o.ordinality::text)::uuid) end
    from unnest(request_outcome) with ordinality as o(outcome, ordinality);
end
$$;

-- Counts recipients against the account's quota of the day, request by request; one over it is refused and gives back
-- its idempotency key, so that the same call may be made again tomorrow.
create or replace function private.apply_quota(
  of_lane smallint, of_account uuid, quota integer, outcomes text[], request_proof integer[], proof_account uuid[],
  message_request integer[], message_recipients smallint[], request_key bytea[])
returns text[]
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  used    integer;
  wanted  integer;
  request integer;
begin
  insert into daily_usage as u (lane, account_id, day, messages)
  values (of_lane, of_account, (now() at time zone 'utc')::date, 0)
  on conflict (lane, account_id, day) do update set messages = u.messages
  returning u.messages into used;
  for request in 1 .. cardinality(outcomes) loop
    continue when outcomes[request] <> 'accepted' or proof_account[request_proof[request]] <> of_account;
    select coalesce(sum(m.recipients), 0) into wanted
      from unnest(message_request, message_recipients) as m(of_request, recipients)
     where m.of_request = request;
    if used + wanted > quota then
      outcomes[request] := 'over_quota';
      delete from idempotency_keys k
       where k.lane = of_lane and k.account_id = of_account and k.key_hash = request_key[request];
    else
      used := used + wanted;
    end if;
  end loop;
  update daily_usage u
     set messages = used
   where u.lane = of_lane and u.account_id = of_account and u.day = (now() at time zone 'utc')::date;
  return outcomes;
end
$$;

-- Counts recipients against a key's ceiling of the hour, as `apply_quota` does against an account's day.
create or replace function private.apply_hourly_max(
  of_lane smallint, of_account uuid, of_credential uuid, hourly_max integer, proof integer, outcomes text[],
  request_proof integer[], message_request integer[], message_recipients smallint[], request_key bytea[])
returns text[]
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  this_hour timestamptz := date_trunc('hour', now());
  used      integer;
  wanted    integer;
begin
  insert into credential_hours as u (lane, account_id, credential_id, hour, messages)
  values (of_lane, of_account, of_credential, this_hour, 0)
  on conflict (lane, account_id, credential_id, hour) do update set messages = u.messages
  returning u.messages into used;
  for request in 1 .. cardinality(outcomes) loop
    continue when outcomes[request] <> 'accepted' or request_proof[request] <> proof;
    select coalesce(sum(m.recipients), 0) into wanted
      from unnest(message_request, message_recipients) as m(of_request, recipients)
     where m.of_request = request;
    if used + wanted > hourly_max then
      outcomes[request] := 'key_over_quota';
      delete from idempotency_keys k
       where k.lane = of_lane and k.account_id = of_account and k.key_hash = request_key[request];
    else
      used := used + wanted;
    end if;
  end loop;
  update credential_hours u
     set messages = used
   where u.lane = of_lane and u.account_id = of_account and u.credential_id = of_credential and u.hour = this_hour;
  return outcomes;
end
$$;

-- Bytes cut into pieces of one length; null for null.
create or replace function private.cut(bytes bytea, piece integer) returns bytea[]
language sql immutable strict parallel safe as $$
  select array_agg(substring(bytes from at + 1 for piece) order by at)
    from generate_series(0, length(bytes) - 1, piece) as at
$$;

-- What holds a new delivery, or null.
create or replace function private.holds_of(key_holds boolean, waits boolean) returns text[]
language sql immutable parallel safe as $$
  select case when key_holds and waits then array['key', 'attachments']
              when key_holds then array['key']
              when waits then array['attachments'] end
$$;

-- Wakes deliver. Apart from accept, since a notifying commit holds a lock that all others wait for.
create or replace function postern.wake_deliver() returns void
language sql security definer set search_path = postern, private, pg_temp as $$
  select pg_notify('deliveries', '')
$$;

-- One message of the asking account: its sealed bytes, the state of each delivery, attempts and events as json.
create or replace function postern.find_message(h1 bytea, wanted uuid)
returns table (
  id uuid, created_at timestamptz, expires_at timestamptz, scheduled_at timestamptz, stream text, size_bytes integer,
  key_version integer, session_public bytea, envelope_sealed bytea, content_sealed bytea, account_id uuid,
  permission text, attachment_failure text, deliveries jsonb, events jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select m.id, m.created_at, m.expires_at, m.scheduled_at, m.stream, m.size_bytes, m.key_version, m.session_public,
         m.envelope_sealed, t.content_sealed, m.account_id, c.permission,
         (select a.failure from attachments a
           where a.lane = m.lane and a.account_id = m.account_id and a.message_id = m.id and a.state = 'failed'
             and a.failure <> 'not_needed'
           order by a.position limit 1),
         private.deliveries_of(m.lane, m.account_id, m.id), private.events_of(m.lane, m.account_id, m.id)
    from private.credential_of(h1) c
    join messages m on m.lane = c.lane and m.account_id = c.account_id and m.id = wanted
    left join contents t on t.lane = m.lane and t.account_id = m.account_id and t.message_id = m.id
   where c.options -> 'scopes' is null or c.options -> 'scopes' ? 'emails:read';
end
$$;

create or replace function private.deliveries_of(of_lane smallint, of_account uuid, of_message uuid) returns jsonb
language sql stable set search_path = postern, private, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'n', d.n, 'state', d.state, 'attempts', d.attempts, 'dueAt', private.epoch_ms(d.due_at),
           'holds', coalesce(to_jsonb(d.holds), '[]'),
           'tries', (select coalesce(jsonb_agg(jsonb_build_object(
                              'number', a.number, 'at', private.epoch_ms(a.at), 'outcome', a.outcome, 'host', a.host,
                              'tls', a.tls, 'selector', a.selector, 'replyCode', a.reply_code,
                              'enhancedCode', a.enhanced_code, 'durationMs', a.duration_ms,
                              'conversationSealed', encode(a.conversation_sealed, 'base64')) order by a.number), '[]')
                       from attempts a
                      where a.lane = d.lane and a.account_id = d.account_id
                        and a.message_id = d.message_id and a.n = d.n)) order by d.n), '[]')
    from deliveries d
   where d.lane = of_lane and d.account_id = of_account and d.message_id = of_message
$$;

create or replace function private.events_of(of_lane smallint, of_account uuid, of_message uuid) returns jsonb
language sql stable set search_path = postern, private, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object('kind', e.kind, 'n', e.n, 'at', private.epoch_ms(e.at)) order by e.id), '[]')
    from events e
   where e.lane = of_lane and e.account_id = of_account and e.message_id = of_message
$$;

-- A page of the asking account's messages, newest first: older than `after_id`, or newer than `before_id`.
create or replace function postern.list_messages(h1 bytea, after_id uuid, before_id uuid, row_limit integer)
returns table (
  id uuid, created_at timestamptz, scheduled_at timestamptz, key_version integer, session_public bytea,
  envelope_sealed bytea, account_id uuid, states text[], deferred boolean, lacks_attachment boolean)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select p.id, p.created_at, p.scheduled_at, p.key_version, p.session_public, p.envelope_sealed, p.account_id,
         array(select d.state from deliveries d
                where d.lane = p.lane and d.account_id = p.account_id and d.message_id = p.id),
         exists (select from deliveries d
                  where d.lane = p.lane and d.account_id = p.account_id and d.message_id = p.id
                    and d.attempts > 0 and d.state in ('queued', 'attempting')),
         exists (select from attachments a
                  where a.lane = p.lane and a.account_id = p.account_id and a.message_id = p.id
                    and a.state = 'failed' and a.failure <> 'not_needed')
    from private.credential_of(h1) c
   cross join lateral (
         (select m.* from messages m
           where before_id is null and m.lane = c.lane and m.account_id = c.account_id
             and (after_id is null or m.id < after_id)
           order by m.id desc
           limit row_limit)
          union all
         (select m.* from messages m
           where before_id is not null and m.lane = c.lane and m.account_id = c.account_id
             and m.id > before_id
           order by m.id
           limit row_limit)) p
   where c.options -> 'scopes' is null or c.options -> 'scopes' ? 'emails:read'
   order by p.id desc;
end
$$;
