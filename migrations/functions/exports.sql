-- Exports: everything of an account, or everything held on one address, for who may take it away. An export begins with a
-- line of the ledger that vault writes once it has seen a fresh factor; what is read for it shows the session that began it
-- and that line, and nothing younger than the line is in it.

-- Begins one: `of_what` is `account` or `person`. All owners are told before anything of an account is read.
create or replace function postern.vault_begin_export(ticket bytea, h1 bytea, of_what text)
returns table (line bigint, at timestamptz)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
  begun  ledger;
begin
  perform private.process_of(ticket, 'vault');
  select * into asking from private.session_of(h1);
  if asking.id is null or not private.may(asking, 'data:export')
     or (asking.options #>> '{session,steppedUpAt}')::bigint < extract(epoch from now() - interval '10 minutes') * 1000 then
    return;
  end if;
  insert into ledger (process, actor_kind, actor_id, lane, account_id, action, object_kind, object_id, object_count,
                      objects_hash)
  values ('vault', 'credential', asking.id::text, asking.lane, asking.account_id,
          case of_what when 'account' then 'account.export' when 'person' then 'recipient.export' end, 'account',
          asking.account_id, 1, '')
  returning * into begun;
  insert into notices (id, user_id, account_id, kind)
  select private.new_id(), m.user_id, m.account_id, 'account_exported'
    from members m
   where of_what = 'account' and m.lane = asking.lane and m.account_id = asking.account_id and m.is_live
     and m.role = 'owner';
  return query select begun.id, begun.at;
end
$$;

-- The session that has begun that export within the twelve hours that a session lives, or no row.
create or replace function private.exporting(h1 bytea, begun bigint, actions text[]) returns setof postern.credentials
language sql stable rows 1 set search_path = postern, private, pg_temp as $$
  select c.*
    from private.session_of(h1) c
   where private.may(c, 'data:export')
     and exists (select from ledger l
                  where l.id = begun and l.account_id = c.account_id and l.actor_kind = 'credential'
                    and l.actor_id = c.id::text and l.action = any (actions) and l.at > now() - interval '12 hours')
$$;

create or replace function private.exporting_account(h1 bytea, begun bigint) returns setof postern.credentials
language sql stable rows 1 as $$
  select * from private.exporting(h1, begun, array['account.export'])
$$;

create or replace function private.exporting_any(h1 bytea, begun bigint) returns setof postern.credentials
language sql stable rows 1 as $$
  select * from private.exporting(h1, begun, array['account.export', 'recipient.export'])
$$;

-- When an export began: what is younger is not in it.
create or replace function private.begun_at(begun bigint) returns timestamptz
language sql stable set search_path = postern, private, pg_temp as $$
  select l.at from ledger l where l.id = begun
$$;

-- The end of an export as it was, by the console that made it: how many rows, and the SHA-256 of its manifest; or that it
-- was cut off.
create or replace function postern.end_export(ticket bytea, begun bigint, is_whole boolean, how_many integer, manifest bytea)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  start ledger;
begin
  perform private.process_of(ticket, 'console');
  select * into start from ledger l where l.id = begun and l.action in ('account.export', 'recipient.export');
  if start.id is null then
    raise exception 'no such export was begun' using errcode = 'insufficient_privilege';
  end if;
  perform private.append_line('console', start.actor_kind, start.actor_id, start.account_id,
                              case when start.action = 'account.export' and is_whole then 'account.export_end'
                                   when start.action = 'account.export' then 'account.export_cut'
                                   when is_whole then 'recipient.export_end'
                                   else 'recipient.export_cut' end,
                              'account', start.account_id, null, how_many, manifest);
end
$$;

create or replace function postern.export_account(h1 bytea, begun bigint)
returns table (id uuid, created_at timestamptz, profile_sealed bytea, log_bodies boolean, state jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select a.id, a.created_at, a.profile_sealed, a.log_bodies, private.account_state_row(s)
    from private.exporting_account(h1, begun) c
    join accounts a on a.lane = c.lane and a.id = c.account_id
    join account_states s on s.lane = a.lane and s.account_id = a.id;
end
$$;

-- Members, those who have left among them.
create or replace function postern.export_members(h1 bytea, begun bigint, after_id uuid, row_limit integer)
returns table (id uuid, user_id uuid, member jsonb, profile_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select m.id, m.user_id, m.columns, u.profile_sealed
    from private.exporting_account(h1, begun) c
    join members m on m.lane = c.lane and m.account_id = c.account_id and (after_id is null or m.id > after_id)
    join users u on u.lane = private.lane_of(m.user_id) and u.id = m.user_id
   order by m.id
   limit row_limit;
end
$$;

create or replace function postern.export_invitations(h1 bytea, begun bigint, after_id uuid, row_limit integer)
returns table (id uuid, link jsonb, address_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select l.id, l.columns, l.address_sealed
    from private.exporting_account(h1, begun) c
    join one_time_links l on l.lane = c.lane and l.account_id = c.account_id and l.purpose = 'invitation'
                         and (after_id is null or l.id > after_id)
   order by l.id
   limit row_limit;
end
$$;

-- Of their keys the public halves alone.
create or replace function postern.export_domains(h1 bytea, begun bigint, after_id uuid, row_limit integer)
returns table (id uuid, name text, region text, tls text, created_at timestamptz, checked_at timestamptz,
               last_used_at timestamptz, state jsonb, signing_keys jsonb, claims jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select d.id, d.name, d.region, d.tls, d.created_at, d.checked_at, d.last_used_at, private.domain_state_row(s),
         (select coalesce(jsonb_agg(jsonb_build_object(
                   'selector', k.selector, 'algorithm', k.algorithm, 'public_key', encode(k.public_key, 'base64'),
                   'created_at', k.created_at) order by k.selector), '[]')
            from postern.signing_keys k
           where k.lane = d.lane and k.account_id = d.account_id and k.domain_id = d.id),
         (select coalesce(jsonb_agg(jsonb_build_object(
                   'id', w.id, 'status', w.status, 'created_at', w.created_at, 'expires_at', w.expires_at)
                   order by w.id), '[]')
            from domain_claims w
           where w.lane = d.lane and w.account_id = d.account_id and w.domain_id = d.id)
    from private.exporting_account(h1, begun) c
    join domains d on d.lane = c.lane and d.account_id = c.account_id and (after_id is null or d.id > after_id)
    join domain_states s on s.lane = d.lane and s.account_id = d.account_id and s.domain_id = d.id
   order by d.id
   limit row_limit;
end
$$;

-- API keys that there are or were, without what is made of their tokens; sessions are of people.
create or replace function postern.export_credentials(h1 bytea, begun bigint, after_id uuid, row_limit integer)
returns table (id uuid, name_sealed bytea, permission text, domain_id uuid, created_at timestamptz, expires_at timestamptz,
               revoked_at timestamptz, options jsonb, last_used_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select k.id, k.name_sealed, k.permission, k.domain_id, k.created_at, k.expires_at, k.revoked_at, k.options,
         u.last_used_at
    from private.exporting_account(h1, begun) c
    join credentials k on k.lane = c.lane and k.account_id = c.account_id and k.user_id is null
                      and (after_id is null or k.id > after_id)
    left join credential_uses u on u.lane = k.lane and u.account_id = k.account_id and u.credential_id = k.id
   order by k.id
   limit row_limit;
end
$$;

-- All, or those of one recipient.
create or replace function postern.export_suppressions(
  h1 bytea, begun bigint, recipient bytea, after_id uuid, row_limit integer)
returns table (id uuid, scope text, reason text, message_id uuid, recipient_index bytea, address_sealed bytea,
               created_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select s.id, s.scope, s.reason, s.message_id, s.recipient_index, s.address_sealed, s.created_at
    from private.exporting(h1, begun, array[case when recipient is null then 'account.export'
                                                 else 'recipient.export' end]) c
    join suppressions s on s.lane = c.lane and s.account_id = c.account_id
                       and (recipient is null or s.recipient_index = recipient)
                       and (after_id is null or s.id > after_id)
   order by s.id
   limit row_limit;
end
$$;

-- A page of messages, oldest first, without their contents: all, or those that went to one recipient. At most `walk_limit`
-- are looked at; `walked_to` is the last of them when there are more, and null at the end. Without a message that fits there
-- is one row whose id is null.
create or replace function postern.export_messages(
  h1 bytea, begun bigint, recipient bytea, after_id uuid, row_limit integer, walk_limit integer)
returns table (
  id uuid, account_id uuid, credential_id uuid, domain_id uuid, created_at timestamptz, expires_at timestamptz,
  scheduled_at timestamptz, stream text, size_bytes integer, envelope_sealed bytea, has_content boolean,
  recipient_indexes bytea[], deliveries jsonb, events jsonb, attachments jsonb, walked_to uuid)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set plan_cache_mode = force_custom_plan as $$
declare
  asking  credentials;
  walked  uuid;
  newest  timestamptz := private.begun_at(begun);
  from_id uuid := coalesce(after_id, '00000000-0000-0000-0000-000000000000');
begin
  select * into asking
    from private.exporting(h1, begun, array[case when recipient is null then 'account.export'
                                                 else 'recipient.export' end]);
  if asking.id is null then
    return;
  end if;
  select m.id into walked
    from messages m
   where m.lane = asking.lane and m.account_id = asking.account_id and m.id > from_id
   order by m.id
  offset walk_limit - 1
   limit 1;
  return query
  select m.id, m.account_id, m.credential_id, m.domain_id, m.created_at, m.expires_at, m.scheduled_at, m.stream,
         m.size_bytes, m.envelope_sealed,
         exists (select from contents t
                  where t.lane = m.lane and t.account_id = m.account_id and t.message_id = m.id),
         array(select d.recipient_index from deliveries d
                where d.lane = m.lane and d.account_id = m.account_id and d.message_id = m.id
                order by d.n),
         private.deliveries_of(m.lane, m.account_id, m.id), private.events_of(m.lane, m.account_id, m.id),
         (select coalesce(jsonb_agg(jsonb_build_object(
                   'id', a.id, 'state', a.state, 'sizeBytes', a.size_bytes, 'failure', a.failure,
                   'descriptionSealed', encode(a.description_sealed, 'base64')) order by a.position), '[]')
            from postern.attachments a
           where a.lane = m.lane and a.account_id = m.account_id and a.message_id = m.id),
         walked
    from messages m
   where m.lane = asking.lane and m.account_id = asking.account_id and m.id > from_id
     and m.id <= coalesce(walked, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     and m.created_at <= newest
     and (recipient is null
          or (select true
                from deliveries d
               where d.lane = m.lane and d.account_id = m.account_id and d.message_id = m.id
                 and d.recipient_index = recipient
               limit 1))
   order by m.id
   limit row_limit;
  if not found then
    return query
    select null::uuid, null::uuid, null::uuid, null::uuid, null::timestamptz, null::timestamptz, null::timestamptz,
           null::text, null::integer, null::bytea, null::boolean, null::bytea[], null::jsonb, null::jsonb, null::jsonb,
           walked;
  end if;
end
$$;

-- Contents of some messages, where they are still kept.
create or replace function postern.export_contents(h1 bytea, begun bigint, ids uuid[])
returns table (message_id uuid, content_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set enable_seqscan = off as $$
begin
  return query
  select t.message_id, t.content_sealed
    from private.exporting_any(h1, begun) c
    join contents t on t.lane = c.lane and t.account_id = c.account_id and t.message_id = any (ids);
end
$$;

-- The attachments that stand beside the content of one message, with their bytes, in their order.
create or replace function postern.export_attachments(h1 bytea, begun bigint, of_message uuid)
returns table (id uuid, content_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set enable_seqscan = off as $$
begin
  return query
  select a.id, a.content_sealed
    from private.exporting_any(h1, begun) c
    join attachments a on a.lane = c.lane and a.account_id = c.account_id and a.message_id = of_message
                      and a.state = 'stored'
   order by a.position;
end
$$;

create or replace function postern.export_requests(h1 bytea, begun bigint, after_id uuid, row_limit integer)
returns table (id uuid, at timestamptz, credential_id uuid, method text, route text, status smallint, duration_ms integer,
               client_sealed bytea, bodies_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select r.id, r.at, r.credential_id, r.method, r.route, r.status, r.duration_ms, r.client_sealed, r.bodies_sealed
    from private.exporting_account(h1, begun) c
    join request_log r on r.lane = c.lane and r.account_id = c.account_id and (after_id is null or r.id > after_id)
   where r.at <= private.begun_at(begun)
   order by r.id
   limit row_limit;
end
$$;

create or replace function postern.export_usage(h1 bytea, begun bigint)
returns table (day text, messages bigint, recipients bigint)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select to_char(u.day, 'YYYY-MM-DD'), u.messages, u.recipients
    from private.exporting_account(h1, begun) c
    join usage_days u on u.lane = c.lane and u.account_id = c.account_id
   order by u.day;
end
$$;

-- Lines of the ledger up to the one with which the export began.
create or replace function postern.export_audit(h1 bytea, begun bigint, after_id bigint, row_limit integer)
returns table (id bigint, "position" bigint, line text)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select l.id, l.position, private.ledger_text(l)
    from private.exporting_account(h1, begun) c
    join ledger l on l.account_id = c.account_id and l.id > after_id and l.id <= begun
   order by l.id
   limit row_limit;
end
$$;

create or replace function postern.export_outsiders(h1 bytea, begun bigint, after_id uuid, row_limit integer)
returns table (id uuid, door text, credential_id uuid, user_id uuid, at timestamptz, client_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select o.id, o.door, o.credential_id, o.user_id, o.at, o.client_sealed
    from private.exporting_account(h1, begun) c
    join outsider_attempts o on o.lane = c.lane and o.account_id = c.account_id and (after_id is null or o.id > after_id)
   order by o.id
   limit row_limit;
end
$$;
