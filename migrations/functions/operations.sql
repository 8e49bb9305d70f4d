-- What the operator's command line does, each with the operator's token; changes leave a ledger line.

create or replace function postern.ops_create_account(
  token_h1 bytea, account uuid, sealed_profile bytea, sealing_public bytea, sealing_wrapped bytea,
  signed_state jsonb, signed_credential jsonb, sealed_credential_name bytea)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  on_lane smallint := private.lane_of(account);
begin
  perform private.demand_operator(token_h1);
  insert into accounts (lane, id, profile_sealed) values (on_lane, account, sealed_profile);
  insert into account_keys (lane, account_id, version, public_key, wrapped)
  values (on_lane, account, 1, sealing_public, sealing_wrapped);
  perform private.store_authority(signed_state);
  perform private.append_line('cli', 'operator', 'operator', account, 'account.create', 'account_state', account, 1, 1, null);
  if signed_credential is not null then
    perform private.store_authority(signed_credential);
    update credentials c
       set name_sealed = sealed_credential_name
     where c.lane = on_lane and c.account_id = account and c.id = (signed_credential #>> '{columns,id}')::uuid;
    perform private.append_line('cli', 'operator', 'operator', account, 'credential.create', 'credential',
                                (signed_credential #>> '{columns,id}')::uuid, 1, 1, null);
  end if;
end
$$;

create or replace function postern.ops_store_domain(
  token_h1 bytea, signed jsonb, of_region text, of_return_path text, is_checked boolean,
  selectors text[], algorithms text[], public_keys bytea[], wrapped_keys bytea[])
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  answer text;
begin
  perform private.demand_operator(token_h1);
  answer := private.insert_domain(signed, of_region, of_return_path, 'opportunistic', is_checked, selectors, algorithms,
                                  public_keys, wrapped_keys);
  if answer = 'stored' then
    perform private.append_line('cli', 'operator', 'operator', (signed #>> '{columns,accountId}')::uuid, 'domain.create',
                                'domain_state', (signed #>> '{columns,domainId}')::uuid, 1, 1, null);
  end if;
  return query select answer;
end
$$;

create or replace function postern.ops_store_authority(token_h1 bytea, signed jsonb, did text, sealed_name bytea)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  account uuid := (signed #>> '{columns,accountId}')::uuid;
begin
  perform private.demand_operator(token_h1);
  perform private.store_authority(signed);
  if sealed_name is not null and signed ->> 'kind' = 'credential' then
    update credentials c
       set name_sealed = sealed_name
     where c.lane = private.lane_of(account) and c.account_id = account and c.id = (signed #>> '{columns,id}')::uuid;
  end if;
  perform private.append_line('cli', 'operator', 'operator', account, did, signed ->> 'kind',
                              coalesce(signed #>> '{columns,domainId}', signed #>> '{columns,id}', account::text)::uuid,
                              (signed ->> 'version')::integer, 1, null);
  if did in ('account.close', 'account.reopen') then
    perform private.tell_owners_of(account, case did when 'account.close' then 'account_closing' else 'account_reopened' end);
  end if;
end
$$;

create or replace function postern.ops_list_accounts(token_h1 bytea, after_id uuid, row_limit integer)
returns table (id uuid, created_at timestamptz, state jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select a.id, a.created_at, private.account_state_row(s)
    from accounts a
    join account_states s on s.lane = a.lane and s.account_id = a.id
   where after_id is null or a.id > after_id
   order by a.id
   limit row_limit;
end
$$;

create or replace function postern.ops_find_account(token_h1 bytea, account uuid)
returns table (id uuid, created_at timestamptz, state jsonb, keys_live integer, domains integer, members integer,
               queued bigint)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select a.id, a.created_at, private.account_state_row(s),
         (select count(*)::integer from credentials c
           where c.lane = a.lane and c.account_id = a.id and private.is_live(c)),
         (select count(*)::integer from domains d where d.lane = a.lane and d.account_id = a.id),
         (select count(*)::integer from members m where m.lane = a.lane and m.account_id = a.id and m.is_live),
         (select count(*) from deliveries d
           where d.lane = a.lane and d.account_id = a.id and d.state in ('queued', 'attempting'))
    from accounts a
    join account_states s on s.lane = a.lane and s.account_id = a.id
   where a.lane = private.lane_of(account) and a.id = account;
end
$$;

create or replace function postern.ops_list_credentials(token_h1 bytea, account uuid)
returns table (
  id uuid, permission text, domain_id uuid, created_at timestamptz, expires_at timestamptz, revoked_at timestamptz,
  options jsonb, last_used_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select c.id, c.permission, c.domain_id, c.created_at, c.expires_at, c.revoked_at, c.options, u.last_used_at
    from credentials c
    left join credential_uses u on u.lane = c.lane and u.account_id = c.account_id and u.credential_id = c.id
   where c.lane = private.lane_of(account) and c.account_id = account and c.user_id is null
   order by c.id;
end
$$;

create or replace function postern.ops_roll_credential(token_h1 bytea, successor jsonb, predecessor jsonb)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  account uuid := (successor #>> '{columns,accountId}')::uuid;
begin
  perform private.demand_operator(token_h1);
  perform private.roll(successor, predecessor);
  perform private.append_line('cli', 'operator', 'operator', account, 'credential.create', 'credential',
                              (successor #>> '{columns,id}')::uuid, 1, 1, null);
  perform private.append_line('cli', 'operator', 'operator', account, 'credential.expire', 'credential',
                              (predecessor #>> '{columns,id}')::uuid, (predecessor ->> 'version')::integer, 1, null);
end
$$;

-- Which of the hashes belong to keys, and whether these still count; the others are left out.
create or replace function postern.ops_find_hashes(token_h1 bytea, hashes bytea[])
returns table (h2 bytea, id uuid, account_id uuid, live boolean)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select k.h2, k.id, k.account_id, private.is_live(k)
    from unnest(hashes) as asked(hash)
    join credentials k on k.h2 = asked.hash;
end
$$;

-- Whether the bodies of an account's requests are kept for a day.
create or replace function postern.ops_log_bodies(token_h1 bytea, account uuid, wanted boolean)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  perform private.append_line('cli', 'operator', 'operator', account,
                              case when wanted then 'account.log_bodies' else 'account.log_no_bodies' end,
                              'account', account, null, 1, null);
  return query
  update accounts a
     set log_bodies = wanted
   where a.lane = private.lane_of(account) and a.id = account
  returning a.id;
end
$$;

create or replace function postern.ops_find_credential(token_h1 bytea, wanted uuid)
returns table (account_id uuid)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select c.account_id from credentials c where c.id = wanted;
end
$$;

create or replace function postern.ops_find_domains(token_h1 bytea, wanted_name text)
returns table (domain jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select private.domain_document(d) from domains d where d.name = wanted_name order by d.account_id;
end
$$;

create or replace function postern.ops_list_domains(token_h1 bytea, account uuid, after_id uuid, row_limit integer)
returns table (domain jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select private.domain_document(d)
    from domains d
   where (account is null or (d.lane = private.lane_of(account) and d.account_id = account))
     and (after_id is null or d.id > after_id)
   order by d.id
   limit row_limit;
end
$$;

-- The sandbox is left out: it is in no DNS, and a look would end it.
create or replace function postern.ops_request_domain_check(token_h1 bytea, wanted_name text)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  update domains d
     set check_requested = true
   where d.name = wanted_name
     and d.name <> 'postern.localhost'
  returning d.id;
  perform pg_notify('domain_checks', '');
end
$$;

-- A message as an operator may see it: ids, states, times, hosts and codes.
create or replace function postern.ops_find_message(token_h1 bytea, wanted uuid)
returns table (
  id uuid, account_id uuid, created_at timestamptz, expires_at timestamptz, stream text, size_bytes integer,
  key_version integer, deliveries jsonb, events jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select m.id, m.account_id, m.created_at, m.expires_at, m.stream, m.size_bytes, m.key_version,
         private.deliveries_of(m.lane, m.account_id, m.id), private.events_of(m.lane, m.account_id, m.id)
    from accounts a
    join messages m on m.lane = a.lane and m.account_id = a.id and m.id = wanted;
end
$$;
