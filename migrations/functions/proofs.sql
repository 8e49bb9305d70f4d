-- Who is asking. The database believes proofs, not connections: a process shows its ticket, the operator a token, a
-- customer's program the hash of its API key. An unknown one leaves a line in the server's log and gets nothing.

create or replace function private.lane_of(account_id uuid) returns smallint
language sql immutable parallel safe as $$
  select get_byte(uuid_send(account_id), 15)::smallint
$$;

-- A new id of version 7 (RFC 9562 §5.7): later ones sort behind earlier ones.
create or replace function private.new_id() returns uuid
language sql volatile parallel safe as $$
  select encode(set_byte(overlay(r.random placing substring(int8send(private.epoch_ms(clock_timestamp())) from 3)
                                 from 1 for 6),
                         6, (get_byte(r.random, 6) & 15) | 112), 'hex')::uuid
    from (select uuid_send(gen_random_uuid()) as random) r
$$;

create or replace function private.process_of(ticket bytea, wanted text) returns private.processes
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
declare
  found_process private.processes;
begin
  select * into found_process
    from private.processes p
   where p.role = wanted
     and p.ticket_hash = sha256(ticket);
  if not found then
    raise log 'postern alarm: a ticket for % is unknown', wanted;
    raise exception 'the ticket is unknown' using errcode = 'insufficient_privilege';
  end if;
  return found_process;
end
$$;

create or replace function private.demand_operator(token_h1 bytea) returns void
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  if not exists (select from private.operators o where o.token_hash = sha256(token_h1)) then
    raise log 'postern alarm: an operator token is unknown';
    raise exception 'the operator token is unknown' using errcode = 'insufficient_privilege';
  end if;
end
$$;

-- The live link behind the hash of its secret, or no row. Signatures are for the caller to check.
create or replace function private.link_of(h1 bytea) returns setof postern.links
language plpgsql stable security definer rows 1 set search_path = postern, private, pg_temp as $$
begin
  return query
  select l.*
    from links l
   where l.h2 = sha256(h1)
     and l.revoked_at is null
     and l.expires_at > now();
end
$$;

-- Whether a session may still be used: its person a member of the account, or of the one above from which they have
-- entered it (`via`), nothing ended what is as old as it, and it was used within the half hour.
create or replace function private.session_lives(c postern.credentials) returns boolean
language sql stable set search_path = postern, private, pg_temp as $$
  select exists (select
                   from users u
                   join members m on m.user_id = u.id and m.is_live and m.not_before <= c.created_at
                                and m.account_id = coalesce((c.options #>> '{session,via}')::uuid, c.account_id)
                  where u.lane = private.lane_of(c.user_id) and u.id = c.user_id
                    and u.not_before <= c.created_at)
     and not exists (select
                       from epochs e
                      where e.account_id in ('00000000-0000-0000-0000-000000000000', c.account_id,
                                               (c.options #>> '{session,via}')::uuid)
                        and e.lane = private.lane_of(e.account_id)
                        and e.sessions_not_before > c.created_at)
     and coalesce((select u.last_used_at from credential_uses u
                    where u.lane = c.lane and u.account_id = c.account_id and u.credential_id = c.id),
                  c.created_at) > now() - interval '30 minutes'
$$;

-- Whether what asks may do that: everything, where no scopes are named.
create or replace function private.may(c postern.credentials, scope text) returns boolean
language sql immutable parallel safe as $$
  select c.permission = 'full_access' and (c.options -> 'scopes' is null or c.options -> 'scopes' ? scope)
$$;

-- The live credential behind a key's hash, or no row: an API key, or the session of a person. A canary is none: it can
-- do nothing. Signatures are for the caller to check.
create or replace function private.credential_of(h1 bytea) returns setof postern.credentials
language plpgsql stable security definer rows 1 set search_path = postern, private, pg_temp as $$
begin
  return query
  select c.*
    from credentials c
   where c.h2 = sha256(h1)
     and c.revoked_at is null
     and (c.expires_at is null or c.expires_at > now())
     and c.options -> 'canary' is null
     and (c.user_id is null or private.session_lives(c));
  if not found then
    raise log 'postern alarm: an API key proof is unknown or no longer valid';
  end if;
end
$$;

-- The live API key behind that hash, or no row; a canary too, so that its use is seen.
create or replace function private.shown_key_of(h1 bytea) returns setof postern.credentials
language plpgsql stable security definer rows 1 set search_path = postern, private, pg_temp as $$
begin
  return query
  select c.*
    from credentials c
   where c.h2 = sha256(h1)
     and c.user_id is null
     and c.revoked_at is null
     and (c.expires_at is null or c.expires_at > now());
  if not found then
    raise log 'postern alarm: an API key proof is unknown or no longer valid';
  end if;
end
$$;

-- The session of a person behind that hash, or no row.
create or replace function private.session_of(h1 bytea) returns setof postern.credentials
language sql stable security definer rows 1 set search_path = postern, private, pg_temp as $$
  select c.* from private.credential_of(h1) c where c.user_id is not null
$$;

-- Whether an address is in none of these networks; where none are named, nobody is outside. An address as IPv6 writes
-- one of IPv4 counts as that one.
create or replace function private.is_outside(networks jsonb, client inet) returns boolean
language sql immutable as $$
  select coalesce(jsonb_array_length(networks) > 0
                  and not exists (select
                                    from jsonb_array_elements_text(networks) as n(cidr)
                                   where private.plain_address(client) <<= n.cidr::inet), false)
$$;

create or replace function private.plain_address(client inet) returns inet
language sql immutable as $$
  select case when client <<= '::ffff:0:0/96' then ('0.0.0.0'::inet + (client - '::ffff:0.0.0.0'::inet)) else client end
$$;
