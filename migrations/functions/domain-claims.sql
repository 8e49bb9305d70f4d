-- Claims: an account proves in DNS that a name is its own, whoever holds it. The one that asks learns nothing of another
-- before it has proved that.

create or replace function private.claim_document(c postern.domain_claims) returns jsonb
language sql stable set search_path = postern, private, pg_temp as $$
  select jsonb_build_object(
           'id', c.id, 'accountId', c.account_id, 'domainId', c.domain_id, 'name', c.name,
           'region', (select d.region from domains d
                       where d.lane = c.lane and d.account_id = c.account_id and d.id = c.domain_id),
           'recordValue', c.record_value, 'status', c.status, 'blockedReason', c.blocked_reason,
           'failureReason', c.failure_reason, 'createdAt', private.epoch_ms(c.created_at),
           'expiresAt', private.epoch_ms(c.expires_at))
$$;

-- The newest claim of one of the account's own domains.
create or replace function private.newest_claim(of_lane smallint, of_account uuid, of_domain uuid)
returns setof postern.domain_claims
language sql stable rows 1 set search_path = postern, private, pg_temp as $$
  select c.*
    from domain_claims c
   where c.lane = of_lane and c.account_id = of_account and c.domain_id = of_domain
   order by c.created_at desc
   limit 1
$$;

-- A claim on the name of the asking account's domain. One that still runs is answered again; others give way to the new.
create or replace function postern.store_domain_claim(
  h1 bytea, of_domain uuid, new_claim uuid, new_value text, lifetime_seconds integer)
returns table (outcome text, claim jsonb)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking  credentials;
  domain  domains;
  present domain_claims;
begin
  select * into asking from private.credential_of(h1);
  select d.* into domain
    from domains d
   where d.lane = asking.lane and d.account_id = asking.account_id and d.id = of_domain
     and private.may(asking, 'domains:write')
     for update;
  if domain.id is null then
    return query select 'refused', null::jsonb;
    return;
  end if;
  if exists (select from domain_states s
              where s.lane = domain.lane and s.account_id = domain.account_id and s.domain_id = domain.id
                and s.status = 'verified') then
    return query select 'verified', null::jsonb;
    return;
  end if;
  select * into present from private.newest_claim(domain.lane, domain.account_id, domain.id);
  if present.status in ('pending', 'blocked') and present.expires_at > now() then
    return query select 'present', private.claim_document(present);
    return;
  end if;
  update domain_claims c
     set status = 'superseded', check_requested = false
   where c.lane = domain.lane and c.account_id = domain.account_id and c.domain_id = domain.id
     and c.status in ('pending', 'blocked');
  insert into domain_claims (lane, account_id, id, domain_id, name, record_value, status, expires_at)
  values (domain.lane, domain.account_id, new_claim, domain.id, domain.name, new_value, 'pending',
          now() + make_interval(secs => lifetime_seconds));
  perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'claim.create', 'domain_claim',
                              new_claim, null, 1, null);
  return query
  select 'stored', private.claim_document(c)
    from private.newest_claim(domain.lane, domain.account_id, domain.id) c;
end
$$;

create or replace function postern.find_domain_claim(h1 bytea, of_domain uuid)
returns table (claim jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select private.claim_document(n)
    from private.credential_of(h1) c
   cross join lateral private.newest_claim(c.lane, c.account_id, of_domain) n
   where private.may(c, 'domains:read') and n.id is not null;
end
$$;

-- Asks for a look at the record of the newest claim; a blocked one is judged anew. One that has ended stays as it is.
create or replace function postern.request_domain_claim_check(h1 bytea, of_domain uuid)
returns table (claim jsonb)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'domains:write') then
    return;
  end if;
  update domain_claims c
     set status = 'pending', blocked_reason = null, check_requested = true
    from private.newest_claim(asking.lane, asking.account_id, of_domain) n
   where c.lane = n.lane and c.account_id = n.account_id and c.id = n.id
     and c.status in ('pending', 'blocked') and c.expires_at > now();
  perform pg_notify('domain_checks', '');
  return query
  select private.claim_document(n)
    from private.newest_claim(asking.lane, asking.account_id, of_domain) n
   where n.id is not null;
end
$$;

-- Claims to be looked at, for jobs: those asked for, those that have run out, and again some minutes after each look.
create or replace function postern.list_due_domain_claims(ticket bytea, again_seconds integer, row_limit integer)
returns table (claim jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  select private.claim_document(c)
    from domain_claims c
   where c.status = 'pending'
     and (c.check_requested or c.expires_at <= now() or c.checked_at <= now() - make_interval(secs => again_seconds))
   order by c.check_requested desc, c.expires_at
   limit row_limit;
end
$$;

-- The domain of another account that is verified under the claimed name, and what forbids to take it: verified only
-- lately, used lately, or its account has messages scheduled that may be from it (30 days at most lie before them).
create or replace function postern.find_claim_holder(
  ticket bytea, of_account uuid, of_claim uuid, grace_seconds integer, active_seconds integer)
returns table (account_id uuid, domain_id uuid, obstacle text)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  select s.account_id, s.domain_id,
         case
           when exists (select from authority_history h
                         where h.lane = s.lane and h.account_id = s.account_id and h.kind = 'domain_state'
                           and h.object_id = s.domain_id
                           and h.created_at > now() - make_interval(secs => grace_seconds)
                           and h.columns ->> 'status' = 'verified'
                           and not exists (select from authority_history o
                                            where o.lane = h.lane and o.account_id = h.account_id and o.kind = h.kind
                                              and o.object_id = h.object_id and o.version = h.version - 1
                                              and o.columns ->> 'status' = 'verified'))
             then 'grace_period'
           when d.last_used_at > now() - make_interval(secs => active_seconds)
             then 'recent_owner_activity'
           when d.last_used_at > now() - interval '30 days'
                and exists (select from deliveries w
                              join messages m on m.lane = w.lane and m.account_id = w.account_id and m.id = w.message_id
                             where w.lane = s.lane and w.account_id = s.account_id and w.state = 'queued'
                               and not w.ready and w.holds is null and w.due_at > now() and m.scheduled_at > now())
             then 'pending_scheduled_emails'
         end
    from domain_claims c
    join domain_states s on s.name = c.name and s.status = 'verified' and s.account_id <> c.account_id
    left join domains d on d.lane = s.lane and d.account_id = s.account_id and d.id = s.domain_id
   where c.lane = private.lane_of(of_account) and c.account_id = of_account and c.id = of_claim;
end
$$;

-- What became of a look at a claim. `completed` comes with the signed end of the holder's verification if there is one;
-- the holder's domain is then no longer looked at by itself, and the claimant's is at once.
create or replace function postern.record_domain_claim(
  ticket bytea, of_account uuid, of_claim uuid, new_status text, reason text, signed jsonb)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  found_claim domain_claims;
  holder uuid := (signed #>> '{columns,accountId}')::uuid;
  lost   uuid := (signed #>> '{columns,domainId}')::uuid;
begin
  perform private.process_of(ticket, 'jobs');
  select c.* into found_claim
    from domain_claims c
   where c.lane = private.lane_of(of_account) and c.account_id = of_account and c.id = of_claim and c.status = 'pending'
     for update;
  if found_claim.id is null or new_status not in ('pending', 'blocked', 'expired', 'completed') then
    return query select 'refused';
    return;
  end if;
  if signed is not null then
    if new_status <> 'completed' or signed ->> 'kind' <> 'domain_state' or holder = of_account
       or signed #>> '{columns,status}' <> 'failed' or signed #>> '{columns,name}' <> found_claim.name then
      return query select 'refused';
      return;
    end if;
    perform private.store_authority(signed);
    perform private.append_line('jobs', 'process', 'jobs', holder, 'domain.change', 'domain_state', lost,
                                (signed ->> 'version')::integer, 1, null);
    update domains d
       set check_requested = false, next_check_at = null
     where d.lane = private.lane_of(holder) and d.account_id = holder and d.id = lost;
  end if;
  update domain_claims c
     set status = new_status, blocked_reason = reason, check_requested = false, checked_at = now()
   where c.lane = found_claim.lane and c.account_id = found_claim.account_id and c.id = found_claim.id;
  if new_status = 'completed' then
    update domains d
       set check_requested = true
     where d.lane = found_claim.lane and d.account_id = found_claim.account_id and d.id = found_claim.domain_id;
  end if;
  if new_status <> 'pending' then
    perform private.append_line('jobs', 'process', 'jobs', of_account, 'claim.' || new_status, 'domain_claim', of_claim,
                                null, 1, null);
  end if;
  return query select 'stored';
end
$$;
