-- Sending domains of an account, and their checks by jobs.

create or replace function private.domain_document(d postern.domains) returns jsonb
language sql stable set search_path = postern, private, pg_temp as $$
  select jsonb_build_object(
           'id', d.id, 'accountId', d.account_id, 'name', d.name, 'region', d.region, 'returnPath', d.return_path,
           'createdAt', private.epoch_ms(d.created_at), 'checkedAt', private.epoch_ms(d.checked_at),
           'checkRequested', d.check_requested, 'nextCheckAt', private.epoch_ms(d.next_check_at),
           'recordsFound', d.records_found, 'tls', d.tls,
           'state', private.domain_state_row(s),
           'selectors', (select jsonb_agg(jsonb_build_object('selector', k.selector,
                                                             'algorithm', k.algorithm,
                                                             'publicKey', encode(k.public_key, 'hex')) order by k.selector)
                           from signing_keys k
                          where k.lane = d.lane and k.account_id = d.account_id and k.domain_id = d.id))
    from domain_states s
   where s.lane = d.lane and s.account_id = d.account_id and s.domain_id = d.id
$$;

-- The signed state of the asking account's domain of that name, for the check of a From address, and how its mail must
-- travel. That it is used is noted once an hour: whoever claims the name learns that it is in use.
create or replace function postern.find_domain_state(h1 bytea, wanted_name text)
returns table (state jsonb, tls text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  select * into asking from private.credential_of(h1);
  update domains d
     set last_used_at = now()
    from domain_states s
   where d.lane = asking.lane and d.account_id = asking.account_id and d.name = wanted_name
     and (d.last_used_at is null or d.last_used_at < now() - interval '1 hour')
     and s.lane = d.lane and s.account_id = d.account_id and s.domain_id = d.id and s.status = 'verified';
  return query
  select private.domain_state_row(s), d.tls
    from domains d
    join domain_states s on s.lane = d.lane and s.account_id = d.account_id and s.domain_id = d.id
   where d.lane = asking.lane and d.account_id = asking.account_id and d.name = wanted_name;
end
$$;

create or replace function postern.find_domain(h1 bytea, wanted uuid)
returns table (domain jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select private.domain_document(d)
    from private.credential_of(h1) c
    join domains d on d.lane = c.lane and d.account_id = c.account_id and d.id = wanted
   where private.may(c, 'domains:read');
end
$$;

create or replace function postern.find_domain_named(h1 bytea, wanted_name text)
returns table (domain jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select private.domain_document(d)
    from private.credential_of(h1) c
    join domains d on d.lane = c.lane and d.account_id = c.account_id and d.name = wanted_name
   where private.may(c, 'domains:read');
end
$$;

create or replace function postern.list_domains(h1 bytea, after_id uuid, before_id uuid, row_limit integer)
returns table (domain jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select private.domain_document(p)
    from private.credential_of(h1) c
   cross join lateral (
         select d.* from domains d
          where d.lane = c.lane and d.account_id = c.account_id
            and (after_id is null or d.id < after_id)
            and (before_id is null or d.id > before_id)
          order by case when before_id is null then d.id end desc, d.id
          limit row_limit) p
   where private.may(c, 'domains:read')
   order by p.id desc;
end
$$;

-- Stores a new domain with its first signing keys and its signed state; under the account's limit, each name once.
-- The sandbox alone is not checked: it is in no DNS.
create or replace function private.insert_domain(
  signed jsonb, of_region text, of_return_path text, of_tls text, is_checked boolean,
  selectors text[], algorithms text[], public_keys bytea[], wrapped_keys bytea[])
returns text
language plpgsql set search_path = postern, private, pg_temp as $$
declare
  account uuid := (signed #>> '{columns,accountId}')::uuid;
  on_lane smallint := private.lane_of(account);
  domain  uuid := (signed #>> '{columns,domainId}')::uuid;
begin
  if signed ->> 'kind' <> 'domain_state' then
    return 'refused';
  end if;
  if (select count(*) from domains d where d.lane = on_lane and d.account_id = account)
     >= (select s.domains_max from account_states s where s.lane = on_lane and s.account_id = account) then
    return 'limit_reached';
  end if;
  insert into domains (lane, account_id, id, name, region, return_path, tls, next_check_at)
  values (on_lane, account, domain, signed #>> '{columns,name}', of_region, of_return_path, of_tls,
          case when is_checked then now() + interval '2 minutes' end)
  on conflict (lane, account_id, name) do nothing;
  if not found then
    return 'already_exists';
  end if;
  perform private.store_signing_keys(on_lane, account, domain, selectors, algorithms, public_keys, wrapped_keys);
  perform private.store_authority(signed);
  return 'stored';
end
$$;

-- A key that was switched off and on again stays what it was: its record may still stand in DNS.
create or replace function private.store_signing_keys(
  of_lane smallint, of_account uuid, of_domain uuid, selectors text[], algorithms text[], public_keys bytea[],
  wrapped_keys bytea[])
returns void
language sql set search_path = postern, private, pg_temp as $$
  insert into signing_keys (lane, account_id, domain_id, selector, algorithm, public_key, wrapped)
  select of_lane, of_account, of_domain, k.selector, k.algorithm, k.public_key, k.wrapped
    from unnest(selectors, algorithms, public_keys, wrapped_keys) as k(selector, algorithm, public_key, wrapped)
      on conflict (lane, account_id, domain_id, selector) do nothing
$$;

create or replace function postern.store_domain(
  h1 bytea, signed jsonb, of_region text, of_return_path text, of_tls text,
  selectors text[], algorithms text[], public_keys bytea[], wrapped_keys bytea[])
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
  answer text;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'domains:write')
     or asking.account_id <> (signed #>> '{columns,accountId}')::uuid then
    return query select 'refused';
    return;
  end if;
  answer := private.insert_domain(signed, of_region, of_return_path, of_tls, true, selectors, algorithms, public_keys,
                                  wrapped_keys);
  if answer = 'stored' then
    perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'domain.create', 'domain_state',
                                (signed #>> '{columns,domainId}')::uuid, 1, 1, null);
  end if;
  return query select answer;
end
$$;

-- How the asking account wants its domain to be: what is null stays as it is. `signed` comes when signing keys change.
create or replace function postern.change_domain(
  h1 bytea, of_domain uuid, new_tls text, signed jsonb,
  selectors text[], algorithms text[], public_keys bytea[], wrapped_keys bytea[])
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'domains:write') then
    return query select 'refused';
    return;
  end if;
  update domains d
     set tls = coalesce(new_tls, d.tls), next_check_at = case when signed is null then d.next_check_at else now() end
   where d.lane = asking.lane and d.account_id = asking.account_id and d.id = of_domain;
  if not found then
    return query select 'not_found';
    return;
  end if;
  if signed is not null then
    if signed ->> 'kind' <> 'domain_state' or (signed #>> '{columns,domainId}')::uuid <> of_domain
       or (signed #>> '{columns,accountId}')::uuid <> asking.account_id then
      raise exception 'the signed row is of something else' using errcode = 'insufficient_privilege';
    end if;
    perform private.store_signing_keys(asking.lane, asking.account_id, of_domain, selectors, algorithms, public_keys,
                                       wrapped_keys);
    perform private.store_authority(signed);
  end if;
  perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'domain.change',
                              case when signed is null then 'domain' else 'domain_state' end, of_domain,
                              (signed ->> 'version')::integer, 1, null);
  return query select 'stored';
end
$$;

-- Whether the asking key or session may store that state of a domain of its account.
create or replace function private.may_store_domain(asking postern.credentials, signed jsonb) returns boolean
language sql stable set search_path = postern, private, pg_temp as $$
  select coalesce(asking.id is not null and private.may(asking, 'domains:write') and signed ->> 'kind' = 'domain_state'
                  and signed #>> '{columns,status}' <> 'deleted'
                  and asking.account_id = (signed #>> '{columns,accountId}')::uuid, false)
$$;

-- The active and the standby key change places, as vault has signed it; both stay. The records are looked at again.
create or replace function postern.rotate_domain(h1 bytea, signed jsonb)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
  domain uuid := (signed #>> '{columns,domainId}')::uuid;
begin
  select * into asking from private.credential_of(h1);
  if not private.may_store_domain(asking, signed) then
    return query select 'refused';
    return;
  end if;
  update domains d
     set next_check_at = now()
   where d.lane = asking.lane and d.account_id = asking.account_id and d.id = domain;
  if not found then
    return query select 'not_found';
    return;
  end if;
  perform private.store_authority(signed);
  perform private.append_line('console', 'credential', asking.id::text, asking.account_id, 'domain.rotate',
                              'domain_state', domain, (signed ->> 'version')::integer, 1, null);
  return query select 'stored';
end
$$;

-- Another key under the standby selector; the old one is gone, and so is what was found of it in DNS.
create or replace function postern.replace_standby_key(
  h1 bytea, signed jsonb, new_algorithm text, new_public_key bytea, new_wrapped bytea)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking  credentials;
  domain  uuid := (signed #>> '{columns,domainId}')::uuid;
  standby text := signed #>> '{columns,standbySelector}';
begin
  select * into asking from private.credential_of(h1);
  if not private.may_store_domain(asking, signed) then
    return query select 'refused';
    return;
  end if;
  update domains d
     set next_check_at = now(),
         records_found = d.records_found - ('TXT ' || standby || '._domainkey.' || d.name)
   where d.lane = asking.lane and d.account_id = asking.account_id and d.id = domain;
  if not found then
    return query select 'not_found';
    return;
  end if;
  perform private.store_authority(signed);
  delete from signing_keys k
   where k.lane = asking.lane and k.account_id = asking.account_id and k.domain_id = domain and k.selector = standby;
  insert into signing_keys (lane, account_id, domain_id, selector, algorithm, public_key, wrapped)
  values (asking.lane, asking.account_id, domain, standby, new_algorithm, new_public_key, new_wrapped);
  perform private.append_line('console', 'credential', asking.id::text, asking.account_id, 'domain.replace_key',
                              'domain_state', domain, (signed ->> 'version')::integer, 1, null);
  return query select 'stored';
end
$$;

-- The row and its signing keys go; the signed end stays, and so does the history.
create or replace function postern.delete_domain(h1 bytea, signed jsonb)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
  domain uuid := (signed #>> '{columns,domainId}')::uuid;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'domains:write') or signed ->> 'kind' <> 'domain_state'
     or signed #>> '{columns,status}' <> 'deleted' or asking.account_id <> (signed #>> '{columns,accountId}')::uuid then
    return query select 'refused';
    return;
  end if;
  delete from domains d
   where d.lane = asking.lane and d.account_id = asking.account_id and d.id = domain;
  if not found then
    return query select 'not_found';
    return;
  end if;
  delete from signing_keys k
   where k.lane = asking.lane and k.account_id = asking.account_id and k.domain_id = domain;
  update domain_claims c
     set status = 'canceled', check_requested = false
   where c.lane = asking.lane and c.account_id = asking.account_id and c.domain_id = domain
     and c.status in ('pending', 'blocked');
  perform private.store_authority(signed);
  perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'domain.delete', 'domain_state',
                              domain, (signed ->> 'version')::integer, 1, null);
  return query select 'stored';
end
$$;

create or replace function postern.request_domain_check(h1 bytea, wanted uuid)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  update domains d
     set check_requested = true
    from private.credential_of(h1) c
   where private.may(c, 'domains:write')
     and d.lane = c.lane and d.account_id = c.account_id and d.id = wanted
  returning d.id;
  perform pg_notify('domain_checks', '');
end
$$;

-- For the operator: a look at the domains of all accounts. The sandbox is left out: it is in no DNS.
create or replace function postern.ops_request_all_domain_checks(token_h1 bytea)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  update domains d
     set check_requested = true
   where d.name <> 'postern.localhost'
  returning d.id;
  perform pg_notify('domain_checks', '');
end
$$;

-- Domains whose check was asked for or whose time has come, for jobs.
create or replace function postern.list_due_domain_checks(ticket bytea, row_limit integer)
returns table (domain jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  select private.domain_document(d)
    from domains d
   where d.check_requested or d.next_check_at <= now()
   order by d.check_requested desc, d.next_check_at nulls first
   limit row_limit;
end
$$;

-- The result of a check: what was found, when jobs looks again (null: when asked), and the newly signed state when it
-- changed. A name that another account holds verified, or has claimed, is answered as taken.
create or replace function postern.record_domain_check(
  ticket bytea, of_account uuid, of_domain uuid, found_records jsonb, next_at timestamptz, signed jsonb)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  on_lane smallint := private.lane_of(of_account);
  answer  text := 'stored';
begin
  perform private.process_of(ticket, 'jobs');
  if signed is not null then
    if (signed #>> '{columns,domainId}')::uuid <> of_domain or (signed #>> '{columns,accountId}')::uuid <> of_account
       or signed ->> 'kind' <> 'domain_state' then
      return query select 'refused';
      return;
    end if;
    if signed #>> '{columns,status}' = 'verified' and private.is_claimed_away(of_account, signed #>> '{columns,name}') then
      answer := 'taken';
    else
      begin
        perform private.store_authority(signed);
        perform private.append_line('jobs', 'process', 'jobs', of_account, 'domain.change', 'domain_state', of_domain,
                                    (signed ->> 'version')::integer, 1, null);
      exception when unique_violation then
        answer := 'taken';
      end;
    end if;
  end if;
  update domains d
     set check_requested = false, checked_at = now(), records_found = found_records,
         next_check_at = case when answer = 'taken' then least(next_at, now() + interval '30 minutes') else next_at end
   where d.lane = on_lane and d.account_id = of_account and d.id = of_domain;
  return query select answer;
end
$$;

-- Whether the newest claim of the name that came through is another account's, which still has the domain.
create or replace function private.is_claimed_away(of_account uuid, of_name text) returns boolean
language sql stable set search_path = postern, private, pg_temp as $$
  select coalesce(
    (select c.account_id <> of_account
       from domain_claims c
       join domains d on d.lane = c.lane and d.account_id = c.account_id and d.id = c.domain_id
      where c.name = of_name and c.status = 'completed'
      order by c.checked_at desc
      limit 1), false)
$$;
