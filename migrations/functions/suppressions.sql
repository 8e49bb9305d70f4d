-- Addresses an account sends nothing to. They are found by the keyed hash of the address; the address itself is sealed.

-- A page of the asking account's suppressions, newest first: older than `after_id`, or newer than `before_id`.
create or replace function postern.list_suppressions(
  h1 bytea, of_reason text, after_id uuid, before_id uuid, row_limit integer)
returns table (
  id uuid, reason text, message_id uuid, recipient_index bytea, address_sealed bytea, created_at timestamptz,
  account_id uuid)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select p.id, p.reason, p.message_id, p.recipient_index, p.address_sealed, p.created_at, p.account_id
    from private.credential_of(h1) c
   cross join lateral (
         (select s.* from suppressions s
           where before_id is null and s.lane = c.lane and s.account_id = c.account_id
             and (of_reason is null or s.reason = of_reason)
             and (after_id is null or s.id < after_id)
           order by s.id desc
           limit row_limit)
          union all
         (select s.* from suppressions s
           where before_id is not null and s.lane = c.lane and s.account_id = c.account_id
             and (of_reason is null or s.reason = of_reason)
             and s.id > before_id
           order by s.id
           limit row_limit)) p
   where private.may(c, 'suppressions:read')
   order by p.id desc;
end
$$;

-- By its id or by the index of its address; the other one is null. Of two for one address the wider one comes first.
create or replace function postern.find_suppression(h1 bytea, wanted uuid, wanted_index bytea)
returns table (
  id uuid, reason text, message_id uuid, recipient_index bytea, address_sealed bytea, created_at timestamptz,
  account_id uuid)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select s.id, s.reason, s.message_id, s.recipient_index, s.address_sealed, s.created_at, s.account_id
    from private.credential_of(h1) c
    join suppressions s
      on s.lane = c.lane and s.account_id = c.account_id and (s.id = wanted or s.recipient_index = wanted_index)
   where private.may(c, 'suppressions:read')
   order by s.scope;
end
$$;

-- Adds what is not there yet and answers the ids of all, in the order given. Doing it again changes nothing.
create or replace function postern.add_suppressions(h1 bytea, ids uuid[], indexes bytea[], addresses_sealed bytea[])
returns table (ordinal integer, id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
  added  integer;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'suppressions:write') then
    return;
  end if;
  insert into suppressions (lane, account_id, id, recipient_index, reason, address_sealed)
  select distinct on (a.recipient_index)
         asking.lane, asking.account_id, a.id, a.recipient_index, 'manual', a.address_sealed
    from unnest(ids, indexes, addresses_sealed) with ordinality as a(id, recipient_index, address_sealed, ordinality)
   order by a.recipient_index, a.ordinality
      on conflict (lane, account_id, recipient_index, scope) do nothing;
  get diagnostics added = row_count;
  if added > 0 then
    perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'suppression.add',
                                'suppression', null, null, added, null);
  end if;
  return query
  select a.ordinality::integer, s.id
    from unnest(indexes) with ordinality as a(recipient_index, ordinality)
    join suppressions s
      on s.lane = asking.lane and s.account_id = asking.account_id and s.recipient_index = a.recipient_index
     and s.scope = 'all'
   order by a.ordinality;
end
$$;

-- Removes by ids and by indexes of addresses, the latter in both scopes; what is removed is answered, the wider one
-- first.
create or replace function postern.remove_suppressions(h1 bytea, ids uuid[], indexes bytea[])
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking  credentials;
  removed uuid[];
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'suppressions:write') then
    return;
  end if;
  with gone as (
    delete from suppressions s
     where s.lane = asking.lane and s.account_id = asking.account_id
       and (s.id = any (ids) or s.recipient_index = any (indexes))
    returning s.id, s.scope
  )
  select array_agg(g.id order by g.scope, g.id) into removed from gone g;
  if removed is not null then
    perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'suppression.remove',
                                'suppression', null, null, cardinality(removed), null);
  end if;
  return query select unnest(removed);
end
$$;
