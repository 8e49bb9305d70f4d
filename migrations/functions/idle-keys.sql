-- Keys that nobody uses end, where their account says so (signed option idleKeyDays). The owners are told 14 days before.
-- A canary is there not to be used, and the keys of Postern's own account are its own business.

-- Since when a key is idle.
create or replace function private.idle_since(c postern.credentials) returns timestamptz
language sql stable set search_path = postern, private, pg_temp as $$
  select greatest(c.created_at,
                  (select u.last_used_at from credential_uses u
                    where u.lane = c.lane and u.account_id = c.account_id and u.credential_id = c.id))
$$;

-- When the owners were told of this idleness, or null: a key that was used since is told of anew.
create or replace function private.told_idle(c postern.credentials) returns timestamptz
language sql stable set search_path = postern, private, pg_temp as $$
  select i.told_at from idle_keys i
   where i.lane = c.lane and i.account_id = c.account_id and i.credential_id = c.id
     and i.told_at > private.idle_since(c)
$$;

-- What is to be done about a key now: 'tell', 'retire', or null. `idle_days` null: the account has no such option.
create or replace function private.idle_step(c postern.credentials, idle_days integer) returns text
language sql stable set search_path = postern, private, pg_temp as $$
  select case when not private.is_live(c) or c.options -> 'canary' is not null
                or c.account_id = '00000000-0000-7000-8000-000000000000' then null
              when private.told_idle(c) is null
                then case when private.idle_since(c) <= now() - make_interval(days => idle_days - 14) then 'tell' end
              when private.told_idle(c) <= now() - interval '14 days'
               and private.idle_since(c) <= now() - make_interval(days => idle_days) then 'retire'
         end
$$;

-- When the key ends for its idleness, or null: nobody was told, it was used since, or the account no longer says so.
create or replace function private.retires_at(c postern.credentials) returns timestamptz
language sql stable set search_path = postern, private, pg_temp as $$
  select greatest(private.told_idle(c) + interval '14 days',
                  private.idle_since(c) + make_interval(days => (s.options ->> 'idleKeyDays')::integer))
    from account_states s
   where s.lane = c.lane and s.account_id = c.account_id and s.options -> 'idleKeyDays' is not null
     and private.is_live(c)
     and private.told_idle(c) is not null
$$;

-- The next accounts with the option after that one, each with what is to be done about its keys; an account of which
-- nothing is to be done has one row without a key. One that is not active uses no key, so none of its is idle.
create or replace function postern.list_idle_keys(ticket bytea, after_id uuid, accounts_max integer, keys_max integer)
returns table (account_id uuid, credential_id uuid, step text)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  select a.account_id, k.id, k.step
    from (select s.lane, s.account_id, s.state, (s.options ->> 'idleKeyDays')::integer as idle_days
            from account_states s
           where s.options -> 'idleKeyDays' is not null
             and (after_id is null or s.account_id > after_id)
           order by s.account_id
           limit accounts_max) a
    left join lateral (
         select d.id, d.step
           from (select c.id, private.idle_step(c, a.idle_days) as step
                   from credentials c
                  where c.lane = a.lane and c.account_id = a.account_id and c.user_id is null and a.state = 'active') d
          where d.step is not null
          limit keys_max) k on true
   order by a.account_id;
end
$$;

-- Tells the owners, and writes down when; once, whatever is asked for.
create or replace function postern.tell_idle_key(ticket bytea, of_account uuid, of_credential uuid)
returns table (told boolean)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  idle credentials;
begin
  perform private.process_of(ticket, 'jobs');
  select c.* into idle
    from credentials c
    join account_states s on s.lane = c.lane and s.account_id = c.account_id and s.state = 'active'
   where c.lane = private.lane_of(of_account) and c.account_id = of_account and c.id = of_credential
     and private.idle_step(c, (s.options ->> 'idleKeyDays')::integer) = 'tell'
     for update of c;
  if idle.id is null then
    return query select false;
    return;
  end if;
  insert into idle_keys (lane, account_id, credential_id, told_at)
  values (idle.lane, idle.account_id, idle.id, now())
      on conflict (lane, account_id, credential_id) do update set told_at = excluded.told_at;
  perform private.tell_owners(idle, 'key_idle');
  return query select true;
end
$$;

-- What vault looks at before it signs the end of an idle key; it judges by its own clock and the signed option.
create or replace function postern.vault_idle_key(ticket bytea, of_account uuid, of_credential uuid)
returns table (last_used_at timestamptz, told_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select u.last_used_at, i.told_at
    from credentials c
    left join credential_uses u on u.lane = c.lane and u.account_id = c.account_id and u.credential_id = c.id
    left join idle_keys i on i.lane = c.lane and i.account_id = c.account_id and i.credential_id = c.id
   where c.lane = private.lane_of(of_account) and c.account_id = of_account and c.id = of_credential;
end
$$;

-- Stores the end that vault signed. A key that was used in between stays.
create or replace function postern.retire_idle_key(ticket bytea, signed jsonb)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  idle credentials;
begin
  perform private.process_of(ticket, 'jobs');
  select c.* into idle
    from credentials c
    join account_states s on s.lane = c.lane and s.account_id = c.account_id and s.state = 'active'
   where signed ->> 'kind' = 'credential'
     and c.account_id = (signed #>> '{columns,accountId}')::uuid and c.lane = private.lane_of(c.account_id)
     and c.id = (signed #>> '{columns,id}')::uuid
     and private.idle_step(c, (s.options ->> 'idleKeyDays')::integer) = 'retire'
     for update of c;
  if idle.id is null or signed #>> '{columns,expiresAt}' is null then
    return query select 'refused';
    return;
  end if;
  perform private.store_authority(signed);
  delete from idle_keys i
   where i.lane = idle.lane and i.account_id = idle.account_id and i.credential_id = idle.id;
  perform private.append_line('jobs', 'process', 'jobs', idle.account_id, 'credential.retire', 'credential', idle.id,
                              (signed ->> 'version')::integer, 1, null);
  return query select 'stored';
end
$$;
