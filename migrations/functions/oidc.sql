-- Single sign-on: console begins a way to the provider and brings back what the browser returned with, jobs takes that
-- once and says how it ended, vault asks whether there is such a way before it notes who was proved.

-- `full` when as many have begun in the last ten minutes as may be open.
create or replace function postern.begin_oidc_sign_in(
  ticket bytea, sign_in uuid, wanted_state_hash bytea, wanted_browser_hash bytea, open_max integer)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  if (select count(*) from oidc_sign_ins o where o.began_at > now() - interval '10 minutes') >= open_max then
    return query select 'full';
    return;
  end if;
  insert into oidc_sign_ins (id, state_hash, browser_hash)
  values (sign_in, wanted_state_hash, wanted_browser_hash);
  return query select 'begun';
end
$$;

-- The browser is back, with a code or with why it has none. Only in the browser that has begun, only once, and within ten
-- minutes; no row otherwise.
create or replace function postern.return_oidc_sign_in(
  ticket bytea, sign_in uuid, shown_state_hash bytea, shown_browser_key text, brought jsonb)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  return query
  update oidc_sign_ins o
     set status = case when brought ->> 'code' is null then 'failed' else 'returned' end,
         browser_key = shown_browser_key, code = brought ->> 'code', verifier = brought ->> 'verifier',
         seed = brought ->> 'seed', issuer = brought ->> 'issuer', failure_code = brought ->> 'failureCode'
   where o.id = sign_in
     and o.status = 'begun'
     and o.began_at > now() - interval '10 minutes'
     and o.state_hash = shown_state_hash
     and o.browser_hash = sha256(convert_to(shown_browser_key, 'utf8'))
  returning o.id;
  if found then
    perform pg_notify('oidc_sign_ins', '');
  end if;
end
$$;

create or replace function postern.find_oidc_sign_in(ticket bytea, sign_in uuid)
returns table (status text, failure_code text)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  return query
  select o.status, o.failure_code from oidc_sign_ins o where o.id = sign_in;
end
$$;

create or replace function postern.find_oidc_provider(ticket bytea, wanted_issuer text)
returns table (endpoint text, failure_code text)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  return query
  select p.endpoint, p.failure_code from oidc_provider p where p.issuer = wanted_issuer;
end
$$;

-- Each once, and what it was is gone with the answer: a code counts once at the provider as well. What jobs does not end
-- after that, since it stopped, has to begin again.
create or replace function postern.claim_oidc_sign_ins(ticket bytea, row_limit integer)
returns table (id uuid, browser_key text, code text, verifier text, seed text, issuer text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  with due as (
    select o.* from oidc_sign_ins o
     where o.status = 'returned' and o.began_at > now() - interval '10 minutes'
     order by o.began_at
     limit row_limit
       for update skip locked
  ), taken as (
    update oidc_sign_ins o
       set status = 'claimed', code = null, verifier = null, seed = null, issuer = null
      from due d
     where o.id = d.id
    returning o.id
  )
  select d.id, d.browser_key, d.code, d.verifier, d.seed, d.issuer from due d join taken t on t.id = d.id;
end
$$;

-- Null is that the person is proved, and vault has noted it.
create or replace function postern.finish_oidc_sign_in(ticket bytea, sign_in uuid, failure text)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  update oidc_sign_ins o
     set status = case when failure is null then 'proved' else 'failed' end, failure_code = failure
   where o.id = sign_in and o.status = 'claimed';
  perform pg_notify('oidc_answers', '');
end
$$;

-- While the provider is away, the address that was found before stays.
create or replace function postern.store_oidc_provider(
  ticket bytea, of_issuer text, found_endpoint text, is_redirect_known boolean, failure text)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  delete from oidc_provider p where p.issuer <> of_issuer;
  insert into oidc_provider as p (issuer, endpoint, redirect_known, failure_code)
  values (of_issuer, found_endpoint, is_redirect_known, failure)
      on conflict (issuer) do update
     set endpoint = coalesce(excluded.endpoint, p.endpoint), failure_code = excluded.failure_code,
         redirect_known = excluded.redirect_known, checked_at = now();
end
$$;

-- Whether that jobs may say who is proved: it has taken the way, and has not ended it. One line, before vault notes it.
create or replace function postern.vault_note_identity(ticket bytea, caller_ticket bytea, sign_in uuid)
returns table (browser_hash bytea)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  hash bytea;
begin
  perform private.process_of(ticket, 'vault');
  perform private.process_of(caller_ticket, 'jobs');
  select o.browser_hash into hash from oidc_sign_ins o where o.id = sign_in and o.status = 'claimed';
  if hash is null then
    return;
  end if;
  perform private.append_line('vault', 'process', 'jobs', null, 'identity.prove', 'sign_in', sign_in, null, 1, null);
  return query select hash;
end
$$;

create or replace function postern.ops_find_oidc_provider(token_h1 bytea, wanted_issuer text)
returns table (endpoint text, redirect_known boolean, failure_code text, checked_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select p.endpoint, p.redirect_known, p.failure_code, p.checked_at
    from oidc_provider p
   where p.issuer = wanted_issuer;
end
$$;
