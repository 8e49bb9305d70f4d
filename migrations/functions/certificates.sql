-- Certificates from an ACME authority: smtp asks for one for its key, jobs orders it, api answers the authority's
-- challenge. Nothing here is secret, and a chain is of use to nobody without the key, which smtp has.

-- What smtp wants, and the chain that was issued for exactly that, if there is one. Another name, authority
-- or key begins anew.
create or replace function postern.request_certificate(
  ticket bytea, wanted_hostname text, wanted_directory text, wanted_key_hash bytea, signing_request text)
returns table (chain text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'smtp');
  delete from certificates c where c.hostname <> wanted_hostname;
  insert into certificates as c (hostname, directory, key_hash, request)
  values (wanted_hostname, wanted_directory, wanted_key_hash, signing_request)
      on conflict (hostname) do update
     set directory = excluded.directory, key_hash = excluded.key_hash, request = excluded.request,
         requested_at = now(), chain = null, valid_from = null, valid_until = null, due_at = now(), failures = 0,
         failure_code = null, failed_at = null
   where (c.directory, c.key_hash) <> (excluded.directory, excluded.key_hash);
  if found then
    perform pg_notify('certificates', '');
  end if;
  return query
  select c.chain
    from certificates c
   where c.hostname = wanted_hostname;
end
$$;

-- Only for the name jobs was told by its settings: what smtp asks for beside it is never ordered.
create or replace function postern.find_due_certificate(ticket bytea, wanted_hostname text)
returns table (key_hash bytea, request text, failures integer)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  select c.key_hash, c.request, c.failures
    from certificates c
   where c.hostname = wanted_hostname
     and c.due_at <= now();
end
$$;

create or replace function postern.store_challenge(ticket bytea, challenge_token text, authorisation text) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  delete from challenges c where c.expires_at < now();
  insert into challenges (token, key_authorisation, expires_at)
  values (challenge_token, authorisation, now() + interval '1 hour')
      on conflict (token) do update
     set key_authorisation = excluded.key_authorisation, expires_at = excluded.expires_at;
end
$$;

create or replace function postern.find_challenge(ticket bytea, challenge_token text)
returns table (key_authorisation text)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'api');
  return query
  select c.key_authorisation
    from challenges c
   where c.token = challenge_token
     and c.expires_at > now();
end
$$;

-- Does nothing when smtp has another key meanwhile. Challenges have had their time with the order.
create or replace function postern.store_certificate(
  ticket bytea, wanted_hostname text, wanted_key_hash bytea, issued_chain text, valid_times timestamptz[],
  next_due timestamptz)
returns table (hostname text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  delete from challenges;
  return query
  update certificates c
     set chain = issued_chain, valid_from = valid_times[1], valid_until = valid_times[2], due_at = next_due,
         failures = 0, failure_code = null, failed_at = null
   where c.hostname = wanted_hostname
     and c.key_hash = wanted_key_hash
  returning c.hostname;
  perform pg_notify('certificates', '');
end
$$;

-- After a failure; the chain of before stays in use.
create or replace function postern.postpone_certificate(
  ticket bytea, wanted_hostname text, wanted_key_hash bytea, code text, next_due timestamptz)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  delete from challenges;
  update certificates c
     set due_at = next_due, failures = c.failures + 1, failure_code = code, failed_at = now()
   where c.hostname = wanted_hostname
     and c.key_hash = wanted_key_hash;
end
$$;

create or replace function postern.ops_find_certificate(token_h1 bytea, wanted_hostname text)
returns table (requested_at timestamptz, valid_until timestamptz, due_at timestamptz, failures integer,
               failure_code text, failed_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select c.requested_at, c.valid_until, c.due_at, c.failures, c.failure_code, c.failed_at
    from certificates c
   where c.hostname = wanted_hostname;
end
$$;
