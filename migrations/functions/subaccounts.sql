-- Accounts under another: made, limited, suspended and resumed by a session of the account above, a line in both ledgers.
-- Vault has signed what is stored here; what is asked again is who asks and that nothing came between.

-- The state of the asking session's account, if it may have accounts under it now; locked, so that a block of it and a
-- change below it come one after the other. No row for who may not.
create or replace function private.lock_parent(asking postern.credentials) returns setof postern.account_states
language sql volatile security definer rows 1 set search_path = postern, private, pg_temp as $$
  select s.*
    from account_states s
   where s.lane = asking.lane and s.account_id = asking.account_id
     and s.state = 'active' and s.parent_id is null
     and private.may(asking, 'subaccounts:write')
     for no key update
$$;

-- `full` when the account has as many as it may.
create or replace function postern.store_subaccount(
  ticket bytea, h1 bytea, signed jsonb, profile bytea, label bytea, key_public bytea, key_wrapped bytea)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking  credentials;
  above   account_states;
  account uuid := (signed #>> '{columns,accountId}')::uuid;
begin
  perform private.process_of(ticket, 'console');
  select * into asking from private.session_of(h1);
  select * into above from private.lock_parent(asking);
  if above.account_id is null or signed ->> 'kind' <> 'account_state' or (signed ->> 'version')::integer <> 1
     or (signed #>> '{columns,options,parentId}')::uuid is distinct from above.account_id then
    return query select 'refused';
    return;
  end if;
  if (select count(*) from account_states s where s.parent_id = above.account_id)
     >= coalesce((above.options ->> 'subaccountsMax')::integer, 25) then
    return query select 'full';
    return;
  end if;
  perform postern.store_people(ticket, h1, array[signed], array[account], array[profile], array[account],
                               array[key_public], array[key_wrapped], '{}', '{}', '{}');
  update accounts a set label_sealed = label where a.lane = private.lane_of(account) and a.id = account;
  perform private.append_line('console', 'credential', asking.id::text, asking.account_id, 'subaccount.create', 'account',
                              account, null, 1, null);
  return query select 'stored';
end
$$;

-- `did`: limits, suspend or resume.
create or replace function postern.change_subaccount(ticket bytea, h1 bytea, signed jsonb, did text)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking  credentials;
  above   account_states;
  account uuid := (signed #>> '{columns,accountId}')::uuid;
begin
  perform private.process_of(ticket, 'console');
  select * into asking from private.session_of(h1);
  select * into above from private.lock_parent(asking);
  if above.account_id is null or signed ->> 'kind' <> 'account_state' or did not in ('limits', 'suspend', 'resume')
     or (signed #>> '{columns,options,parentId}')::uuid is distinct from above.account_id
     or not exists (select from account_states s
                     where s.lane = private.lane_of(account) and s.account_id = account
                       and s.parent_id = above.account_id) then
    return query select 'refused';
    return;
  end if;
  perform private.store_authority(signed);
  perform private.append_line('console', 'credential', asking.id::text, account, 'account.' || did, 'account_state',
                              account, (signed ->> 'version')::integer, 1, null);
  perform private.append_line('console', 'credential', asking.id::text, asking.account_id, 'subaccount.' || did, 'account',
                              account, null, 1, null);
  return query select 'stored';
end
$$;

-- The accounts under that of the asking session: their signed states, what they are called there, and how many messages
-- they have sent today (UTC). Nothing else of them is told without entering.
create or replace function postern.list_subaccounts(h1 bytea)
returns table (id uuid, created_at timestamptz, state jsonb, label_sealed bytea, messages_today bigint)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  today  date := (now() at time zone 'utc')::date;
  behind timestamptz := coalesce((select w.at from private.watermarks w where w.name = 'usage'), '-infinity');
  newest uuid := case when behind = '-infinity' then '00000000-0000-0000-0000-000000000000'
                      else private.id_at(behind - interval '1 minute') end;
begin
  return query
  select a.id, a.created_at, private.account_state_row(s), a.label_sealed,
         (coalesce((select u.messages from usage_days u
                     where u.lane = s.lane and u.account_id = s.account_id and u.day = today), 0)
          + (select count(*) from messages m
              where m.lane = s.lane and m.account_id = s.account_id and m.id >= newest
                and m.created_at >= greatest(behind, today::timestamp at time zone 'utc')))::bigint
    from private.session_of(h1) asking
    join account_states s on s.parent_id = asking.account_id
    join accounts a on a.lane = s.lane and a.id = s.account_id
   where private.may(asking, 'subaccounts:read')
   order by a.id
   limit 1000;
end
$$;

-- For vault: the account of that id under that of the asking session, to be checked by its signature, and how many there
-- are.
create or replace function postern.vault_subaccount(ticket bytea, h1 bytea, wanted uuid)
returns table (state jsonb, made integer)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  perform private.process_of(ticket, 'vault');
  select * into asking from private.session_of(h1);
  return query
  select (select private.account_state_row(s) from account_states s
           where s.lane = private.lane_of(wanted) and s.account_id = wanted and s.parent_id = asking.account_id),
         (select count(*)::integer from account_states s where s.parent_id = asking.account_id);
end
$$;

-- People of the account above who have entered the asking account within 90 days, for their names in its audit log.
create or replace function postern.list_entered(h1 bytea)
returns table (user_id uuid, profile_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select u.id, u.profile_sealed
    from (select distinct c.user_id
            from private.session_of(h1) asking
            join credentials c on c.lane = asking.lane and c.account_id = asking.account_id
           where private.may(asking, 'audit:read') and c.options #>> '{session,via}' is not null) entered
    join users u on u.lane = private.lane_of(entered.user_id) and u.id = entered.user_id
   limit 1000;
end
$$;

create or replace function postern.ops_list_subaccounts(token_h1 bytea, account uuid)
returns table (id uuid, created_at timestamptz, state jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select a.id, a.created_at, private.account_state_row(s)
    from account_states s
    join accounts a on a.lane = s.lane and a.id = s.account_id
   where s.parent_id = account
   order by a.id;
end
$$;

-- None sends on under an account that does not: it becomes active only under an active one, and the account above is not
-- suspended or closed while one under it is active. A block by the operator comes first, then those of the ones below.
create or replace function private.demand_stopped_below() returns trigger
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  if new.state = 'active' and (new.options ->> 'parentId') is not null
     and not exists (select
                       from account_states s
                      where s.lane = private.lane_of((new.options ->> 'parentId')::uuid)
                        and s.account_id = (new.options ->> 'parentId')::uuid and s.state = 'active'
                        for share) then
    raise exception 'the account above is not active'
      using errcode = 'check_violation', constraint = 'account_states_above_check';
  end if;
  if new.state not in ('active', 'blocked')
     and exists (select from account_states s where s.parent_id = new.account_id and s.state = 'active') then
    raise exception 'an account below is active'
      using errcode = 'check_violation', constraint = 'account_states_below_check';
  end if;
  return new;
end
$$;

create or replace trigger account_states_family before insert or update of state on postern.account_states
  for each row execute function private.demand_stopped_below();
