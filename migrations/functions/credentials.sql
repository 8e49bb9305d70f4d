-- What a door needs to know of the key that asks, and the keys of an account.

-- The asking credential and its account's state, as signed rows; no row for an unknown key.
create or replace function postern.find_sender(h1 bytea)
returns table (account_id uuid, credential jsonb, state jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select c.account_id, private.credential_row(c), private.account_state_row(s)
    from private.credential_of(h1) c
    join account_states s on s.lane = c.lane and s.account_id = c.account_id;
end
$$;

create or replace function postern.list_credentials(h1 bytea, after_id uuid, before_id uuid, row_limit integer)
returns table (id uuid, name_sealed bytea, created_at timestamptz, last_used_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select p.id, p.name_sealed, p.created_at, u.last_used_at
    from private.credential_of(h1) asking
   cross join lateral (
         (select k.* from credentials k
           where before_id is null and k.lane = asking.lane and k.account_id = asking.account_id
             and k.revoked_at is null and (after_id is null or k.id < after_id)
           order by k.id desc limit row_limit)
          union all
         (select k.* from credentials k
           where before_id is not null and k.lane = asking.lane and k.account_id = asking.account_id
             and k.revoked_at is null and k.id > before_id
           order by k.id limit row_limit)) p
    left join credential_uses u
           on u.lane = p.lane and u.account_id = p.account_id and u.credential_id = p.id
   where asking.permission = 'full_access'
   order by p.id desc;
end
$$;

-- Stores a credential that vault signed for the asking account; a new one under its limit only.
create or replace function postern.store_credential(h1 bytea, signed jsonb, sealed_name bytea)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or asking.permission <> 'full_access'
     or asking.account_id <> (signed #>> '{columns,accountId}')::uuid or signed ->> 'kind' <> 'credential' then
    return query select 'refused';
    return;
  end if;
  if (signed ->> 'version')::integer = 1 and private.keys_full(asking.lane, asking.account_id) then
    return query select 'limit_reached';
    return;
  end if;
  perform private.store_authority(signed);
  if sealed_name is not null then
    update credentials k
       set name_sealed = sealed_name
     where k.lane = asking.lane and k.account_id = asking.account_id
       and k.id = (signed #>> '{columns,id}')::uuid;
  end if;
  perform private.append_line('api', 'credential', asking.id::text, asking.account_id,
                              case when signed #>> '{columns,revokedAt}' is not null then 'credential.revoke'
                                   when (signed ->> 'version')::integer = 1 then 'credential.create'
                                   else 'credential.change' end,
                              'credential', (signed #>> '{columns,id}')::uuid, (signed ->> 'version')::integer, 1, null);
  return query select 'stored';
end
$$;

create or replace function private.keys_full(of_lane smallint, of_account uuid) returns boolean
language sql stable set search_path = postern, private, pg_temp as $$
  select count(*) >= (select s.keys_max from account_states s where s.lane = of_lane and s.account_id = of_account)
    from credentials k
   where k.lane = of_lane and k.account_id = of_account and k.revoked_at is null
$$;

create or replace function postern.rename_credential(h1 bytea, wanted uuid, sealed_name bytea)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  update credentials k
     set name_sealed = sealed_name
    from private.credential_of(h1) asking
   where asking.permission = 'full_access'
     and k.lane = asking.lane and k.account_id = asking.account_id
     and k.id = wanted and k.revoked_at is null
  returning k.id;
end
$$;

-- Notes requests answered by api: the log line, and when each key was last used. Several lines in one call.
create or replace function postern.record_requests(
  ticket bytea, accounts uuid[], credentials uuid[], ids uuid[], ats timestamptz[], methods text[], routes text[],
  statuses smallint[], durations_ms integer[], clients_sealed bytea[])
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'api');
  insert into request_log (lane, account_id, id, at, credential_id, method, route, status, duration_ms, client_sealed)
  select private.lane_of(r.account_id), r.account_id, r.id, r.at, r.credential_id, r.method, r.route, r.status,
         r.duration_ms, r.client_sealed
    from unnest(accounts, credentials, ids, ats, methods, routes, statuses, durations_ms, clients_sealed)
         as r(account_id, credential_id, id, at, method, route, status, duration_ms, client_sealed);
  insert into credential_uses as u (lane, account_id, credential_id, last_used_at)
  select private.lane_of(r.account_id), r.account_id, r.credential_id, max(r.at)
    from unnest(accounts, credentials, ats) as r(account_id, credential_id, at)
   group by 1, 2, 3
   order by 1, 2, 3
      on conflict (lane, account_id, credential_id) do update
     set last_used_at = greatest(u.last_used_at, excluded.last_used_at);
end
$$;
