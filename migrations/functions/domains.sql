-- Sending domains of an account, and their checks by jobs.

create or replace function private.domain_document(d postern.domains) returns jsonb
language sql stable set search_path = postern, private, pg_temp as $$
  select jsonb_build_object(
           'id', d.id, 'accountId', d.account_id, 'name', d.name, 'region', d.region, 'returnPath', d.return_path,
           'createdAt', private.epoch_ms(d.created_at), 'checkedAt', private.epoch_ms(d.checked_at),
           'checkRequested', d.check_requested, 'recordsFound', d.records_found, 'tls', d.tls,
           'state', private.domain_state_row(s),
           'selectors', (select jsonb_agg(jsonb_build_object('selector', k.selector,
                                                             'algorithm', k.algorithm,
                                                             'publicKey', encode(k.public_key, 'hex')) order by k.selector)
                           from signing_keys k
                          where k.lane = d.lane and k.account_id = d.account_id and k.domain_id = d.id))
    from domain_states s
   where s.lane = d.lane and s.account_id = d.account_id and s.domain_id = d.id
$$;

-- The signed state of the asking account's domain of that name, for the check of a From address.
create or replace function postern.find_domain_state(h1 bytea, wanted_name text)
returns table (state jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select private.domain_state_row(s)
    from private.credential_of(h1) c
    join domains d on d.lane = c.lane and d.account_id = c.account_id and d.name = wanted_name
    join domain_states s on s.lane = d.lane and s.account_id = d.account_id and s.domain_id = d.id;
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
   where c.permission = 'full_access';
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
   where c.permission = 'full_access'
   order by p.id desc;
end
$$;

-- Stores a new domain with its first signing keys and its signed state.
create or replace function postern.store_domain(
  h1 bytea, signed jsonb, of_region text, of_return_path text, selectors text[], public_keys bytea[], wrapped_keys bytea[])
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
  domain uuid := (signed #>> '{columns,domainId}')::uuid;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or asking.permission <> 'full_access' or signed ->> 'kind' <> 'domain_state'
     or asking.account_id <> (signed #>> '{columns,accountId}')::uuid then
    return query select 'refused';
    return;
  end if;
  if (select count(*) from domains d where d.lane = asking.lane and d.account_id = asking.account_id)
     >= (select s.domains_max from account_states s where s.lane = asking.lane and s.account_id = asking.account_id) then
    return query select 'limit_reached';
    return;
  end if;
  insert into domains (lane, account_id, id, name, region, return_path)
  values (asking.lane, asking.account_id, domain, signed #>> '{columns,name}', of_region, of_return_path)
  on conflict (lane, account_id, name) do nothing;
  if not found then
    return query select 'already_exists';
    return;
  end if;
  perform private.store_signing_keys(asking.lane, asking.account_id, domain, selectors, public_keys, wrapped_keys);
  perform private.store_authority(signed);
  perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'domain.create', 'domain_state',
                              domain, 1, 1, null);
  return query select 'stored';
end
$$;

create or replace function private.store_signing_keys(
  of_lane smallint, of_account uuid, of_domain uuid, selectors text[], public_keys bytea[], wrapped_keys bytea[])
returns void
language sql set search_path = postern, private, pg_temp as $$
  insert into signing_keys (lane, account_id, domain_id, selector, public_key, wrapped)
  select of_lane, of_account, of_domain, k.selector, k.public_key, k.wrapped
    from unnest(selectors, public_keys, wrapped_keys) as k(selector, public_key, wrapped)
$$;

create or replace function postern.request_domain_check(h1 bytea, wanted uuid)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  update domains d
     set check_requested = true
    from private.credential_of(h1) c
   where c.permission = 'full_access'
     and d.lane = c.lane and d.account_id = c.account_id and d.id = wanted
  returning d.id;
  perform pg_notify('domain_checks', '');
end
$$;

-- Domains whose check was asked for, for jobs.
create or replace function postern.list_due_domain_checks(ticket bytea, row_limit integer)
returns table (domain jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  select private.domain_document(d)
    from domains d
   where d.check_requested
   order by d.checked_at nulls first
   limit row_limit;
end
$$;

-- The result of a check: what was found, and the newly signed state when it changed. A name that another account holds
-- verified is answered as taken.
create or replace function postern.record_domain_check(
  ticket bytea, of_account uuid, of_domain uuid, found_records jsonb, signed jsonb)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  on_lane smallint := private.lane_of(of_account);
begin
  perform private.process_of(ticket, 'jobs');
  if signed is not null then
    if (signed #>> '{columns,domainId}')::uuid <> of_domain or (signed #>> '{columns,accountId}')::uuid <> of_account
       or signed ->> 'kind' <> 'domain_state' then
      return query select 'refused';
      return;
    end if;
    begin
      perform private.store_authority(signed);
      perform private.append_line('jobs', 'process', 'jobs', of_account, 'domain.change', 'domain_state', of_domain,
                                  (signed ->> 'version')::integer, 1, null);
    exception when unique_violation then
      update domains d
         set check_requested = false, checked_at = now(), records_found = found_records
       where d.lane = on_lane and d.account_id = of_account and d.id = of_domain;
      return query select 'taken';
      return;
    end;
  end if;
  update domains d
     set check_requested = false, checked_at = now(), records_found = found_records
   where d.lane = on_lane and d.account_id = of_account and d.id = of_domain;
  return query select 'stored';
end
$$;
