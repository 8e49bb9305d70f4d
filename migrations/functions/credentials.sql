-- What a door needs to know of the key that asks, and the keys of an account.

-- The asking API key and its account's state, as signed rows; no row for an unknown key, nor for the session of a person.
-- A canary is shown to the door, which notes its use and lets nobody in.
-- What is used of a daily quota is known where there is one. `outside`: neither key nor account lets anybody in from there.
create or replace function postern.find_sender(h1 bytea, door text, client inet)
returns table (account_id uuid, credential jsonb, state jsonb, log_bodies boolean, used_today integer, outside boolean)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select c.account_id, private.credential_row(c), private.account_state_row(s), a.log_bodies,
         case when s.daily_quota is not null
              then coalesce((select u.messages from daily_usage u
                              where u.lane = c.lane and u.account_id = c.account_id
                                and u.day = (now() at time zone 'utc')::date), 0) end,
         private.is_outside(s.options -> 'networks' -> door, client) or private.is_outside(c.options -> 'sourceCidrs', client)
    from private.shown_key_of(h1) c
    join account_states s on s.lane = c.lane and s.account_id = c.account_id
    join accounts a on a.lane = c.lane and a.id = c.account_id;
end
$$;

-- A canary was shown at a door. Several uses within a second are one line; no row when nothing is new.
create or replace function postern.note_canary(h1 bytea, door text)
returns table (noted boolean)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  canary credentials;
begin
  select * into canary from private.shown_key_of(h1) c where c.options -> 'canary' is not null;
  if canary.id is null then
    return;
  end if;
  insert into credential_uses as u (lane, account_id, credential_id, last_used_at)
  values (canary.lane, canary.account_id, canary.id, clock_timestamp())
      on conflict (lane, account_id, credential_id) do update
     set last_used_at = excluded.last_used_at, client_sealed = null
   where u.last_used_at <= clock_timestamp() - interval '1 second';
  if not found then
    return;
  end if;
  perform private.append_line(door, 'credential', canary.id::text, canary.account_id, 'credential.canary', 'credential',
                              canary.id, canary.version, 1, null);
  perform private.tell_owners(canary, 'canary_used');
  return query select true;
end
$$;

-- A notice about a key to each owner of its account, at most one of a kind a minute.
create or replace function private.tell_owners(c postern.credentials, told text) returns void
language sql volatile set search_path = postern, private, pg_temp as $$
  insert into notices (id, user_id, account_id, kind, object_id)
  select private.new_id(), m.user_id, m.account_id, told, c.id
    from members m
   where m.lane = c.lane and m.account_id = c.account_id and m.is_live and m.role = 'owner'
     and not exists (select
                       from notices n
                      where n.created_at > now() - interval '1 minute'
                        and n.account_id = c.account_id and n.kind = told and n.object_id = c.id)
$$;

-- Ends a key that was found in public: whoever shows it proves by that alone that it leaked.
create or replace function postern.store_leaked(ticket bytea, h1 bytea, signed jsonb)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  leaked credentials;
begin
  perform private.process_of(ticket, 'api');
  select * into leaked from private.shown_key_of(h1) c where c.options -> 'canary' is null;
  if leaked.id is null or signed ->> 'kind' <> 'credential'
     or (signed #>> '{columns,id}')::uuid <> leaked.id
     or (signed #>> '{columns,accountId}')::uuid <> leaked.account_id
     or signed #>> '{columns,revokedAt}' is null then
    return query select 'refused';
    return;
  end if;
  perform private.store_authority(signed);
  perform private.append_line('api', 'credential', leaked.id::text, leaked.account_id, 'credential.leak', 'credential',
                              leaked.id, (signed ->> 'version')::integer, 1, null);
  perform private.tell_owners(leaked, 'key_leaked');
  return query select 'stored';
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
             and private.is_live(k) and (after_id is null or k.id < after_id)
           order by k.id desc limit row_limit)
          union all
         (select k.* from credentials k
           where before_id is not null and k.lane = asking.lane and k.account_id = asking.account_id
             and private.is_live(k) and k.id > before_id
           order by k.id limit row_limit)) p
    left join credential_uses u
           on u.lane = p.lane and u.account_id = p.account_id and u.credential_id = p.id
   where private.may(asking, 'keys:read')
   order by p.id desc;
end
$$;

-- Of an API key: sessions of people are no keys.
create or replace function private.is_live(k postern.credentials) returns boolean
language sql stable as $$
  select k.user_id is null and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
$$;

-- One key of the asking account that was not revoked, as its signed row, with its last use, and when it ends for want of
-- any.
create or replace function postern.find_credential(h1 bytea, wanted uuid)
returns table (account_id uuid, credential jsonb, name_sealed bytea, last_used_at timestamptz, client_sealed bytea,
               retires_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select k.account_id, private.credential_row(k), k.name_sealed, u.last_used_at, u.client_sealed, private.retires_at(k)
    from private.credential_of(h1) asking
    join credentials k
      on k.lane = asking.lane and k.account_id = asking.account_id and k.id = wanted and k.revoked_at is null
     and k.user_id is null
    left join credential_uses u
           on u.lane = k.lane and u.account_id = k.account_id and u.credential_id = k.id
   where private.may(asking, 'keys:read');
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
  if asking.id is null or not private.may(asking, 'keys:write')
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
   where k.lane = of_lane and k.account_id = of_account and private.is_live(k)
$$;

-- Stores the successor of a key and the earlier end of the key itself, both or neither. The successor takes over the
-- sealed name, which says itself under which record it was sealed.
create or replace function private.roll(successor jsonb, predecessor jsonb) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  account uuid := (successor #>> '{columns,accountId}')::uuid;
begin
  if successor ->> 'kind' <> 'credential' or predecessor ->> 'kind' <> 'credential'
     or (predecessor #>> '{columns,accountId}')::uuid <> account then
    raise exception 'a key is followed by a key of the same account' using errcode = 'invalid_parameter_value';
  end if;
  perform private.store_authority(successor);
  perform private.store_authority(predecessor);
  update credentials k
     set name_sealed = (select o.name_sealed from credentials o
                         where o.lane = k.lane and o.account_id = k.account_id
                           and o.id = (predecessor #>> '{columns,id}')::uuid)
   where k.lane = private.lane_of(account) and k.account_id = account
     and k.id = (successor #>> '{columns,id}')::uuid;
end
$$;

create or replace function postern.roll_credential(h1 bytea, successor jsonb, predecessor jsonb)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'keys:write')
     or asking.account_id <> (successor #>> '{columns,accountId}')::uuid then
    return query select 'refused';
    return;
  end if;
  if private.keys_full(asking.lane, asking.account_id) then
    return query select 'limit_reached';
    return;
  end if;
  perform private.roll(successor, predecessor);
  perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'credential.create', 'credential',
                              (successor #>> '{columns,id}')::uuid, 1, 1, null);
  perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'credential.expire', 'credential',
                              (predecessor #>> '{columns,id}')::uuid, (predecessor ->> 'version')::integer, 1, null);
  return query select 'stored';
end
$$;

create or replace function postern.rename_credential(h1 bytea, wanted uuid, sealed_name bytea)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  update credentials k
     set name_sealed = sealed_name
    from private.credential_of(h1) asking
   where private.may(asking, 'keys:write')
     and k.lane = asking.lane and k.account_id = asking.account_id
     and k.id = wanted and k.revoked_at is null
     and k.user_id is null
  returning k.id;
end
$$;
