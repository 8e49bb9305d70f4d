-- Ways back for people: opening the dashboard to who is shut out.

-- Stores what vault signed when an allow list is to be opened: the line names the person, and every owner is told.
create or replace function postern.store_break_glass(
  ticket bytea, h1 bytea, of_account uuid, person uuid, did text, signed jsonb[], step_factors uuid[], steps bigint[])
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  stored text;
begin
  if did not in ('ask', 'open') then
    raise exception 'not a step of opening' using errcode = 'invalid_parameter_value';
  end if;
  select s.outcome into stored
    from postern.store_people(ticket, h1, signed, '{}', '{}', '{}', '{}', '{}', step_factors, steps, '{}') s;
  if stored = 'stored' then
    perform private.append_line('console', 'process', 'console', of_account, 'break_glass.' || did, 'self', person, null, 1, null);
    insert into notices (id, user_id, account_id, kind)
    select private.new_id(), m.user_id, of_account, case did when 'ask' then 'allow_list_asked' else 'allow_list_opened' end
      from members m
     where m.lane = private.lane_of(of_account) and m.account_id = of_account and m.is_live and m.role = 'owner';
  end if;
  return query select stored;
end
$$;

-- Accounts with an allow list for the dashboard that the person of that address could open with another one, and what
-- an attempt that was refused is sealed to for them.
create or replace function postern.find_shut_accounts(ticket bytea, wanted_index bytea)
returns table (account_id uuid, user_id uuid, key_version integer, public_key bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  return query
  select m.account_id, u.id, k.version, k.public_key
    from users u
    join members m on m.user_id = u.id and m.is_live and m.role in ('owner', 'admin')
    join account_states s on s.lane = m.lane and s.account_id = m.account_id
                         and jsonb_array_length(s.options #> '{networks,console}') > 0
    join lateral (select a.version, a.public_key from account_keys a
                   where a.lane = m.lane and a.account_id = m.account_id
                   order by a.version desc
                   limit 1) k on true
   where u.email_index = wanted_index
   limit 100;
end
$$;

-- Links to a new address that the person of that session has not used yet, for vault to end.
create or replace function postern.vault_address_change(ticket bytea, h1 bytea)
returns table (link jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select private.one_time_link_row(l)
    from private.session_of(h1) asking
    join one_time_links l on l.lane = private.lane_of(asking.user_id) and l.account_id = asking.user_id
   where l.purpose = 'change_address' and l.is_live;
end
$$;

-- The change of address that the asking person can still confirm.
create or replace function postern.find_address_change(h1 bytea)
returns table (id uuid, link jsonb, address_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select l.id, private.one_time_link_row(l), l.address_sealed
    from private.session_of(h1) asking
    join users u on u.lane = private.lane_of(asking.user_id) and u.id = asking.user_id
    join one_time_links l on l.lane = u.lane and l.account_id = u.id
   where l.purpose = 'change_address' and l.is_live and l.expires_at > now()
     and private.from_epoch_ms(l.columns ->> 'createdAt') >= u.not_before
   order by l.id desc
   limit 1;
end
$$;

-- One line in each account of the person, who did it to themself.
create or replace function private.append_lines_of_person(person uuid, did text) returns void
language plpgsql as $$
begin
  perform private.append_line('console', 'process', 'console', m.account_id, did, 'self', person, null, 1, null)
     from postern.members m
    where m.user_id = person and m.is_live;
end
$$;

-- Stores a step of changing an address, and tells the address that is still, or was until now, the person's.
create or replace function postern.store_address_change(
  ticket bytea, h1 bytea, did text, signed jsonb[], sealed_ids uuid[], sealed bytea[])
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
  before bytea;
begin
  perform private.process_of(ticket, 'console');
  select * into asking from private.session_of(h1);
  if asking.id is null or did not in ('ask_address', 'keep_address', 'change_address') then
    return;
  end if;
  select u.profile_sealed into before
    from users u where u.lane = private.lane_of(asking.user_id) and u.id = asking.user_id;
  perform postern.store_people(ticket, h1, signed, sealed_ids, sealed, '{}', '{}', '{}', '{}', '{}', '{}');
  perform private.append_lines_of_person(asking.user_id, 'person.' || did);
  if did <> 'keep_address' then
    insert into notices (id, user_id, kind, profile_sealed)
    values (private.new_id(), asking.user_id,
            case did when 'ask_address' then 'address_change_asked' else 'address_changed' end, before);
  end if;
  return query select 'stored';
end
$$;

-- What the person is called is sealed to them; the line tells each of their accounts that it changed.
create or replace function postern.rename_person(h1 bytea, sealed bytea)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  select * into asking from private.session_of(h1);
  if asking.id is null then
    return;
  end if;
  perform private.append_lines_of_person(asking.user_id, 'person.rename');
  return query
  update users u
     set profile_sealed = sealed
   where u.lane = private.lane_of(asking.user_id) and u.id = asking.user_id
  returning u.id;
end
$$;

-- What a row about to be stored means for a reset of factors that was asked for: carried out, called off, or nothing.
create or replace function private.end_of_reset(signed jsonb) returns text
language sql stable as $$
  select case when signed #> '{columns,factorIds}' = '[]' then 'done' else 'off' end
    from postern.users u
   where signed ->> 'kind' = 'user' and not signed -> 'columns' ? 'factorsResetAt'
     and u.lane = private.lane_of((signed #>> '{columns,id}')::uuid) and u.id = (signed #>> '{columns,id}')::uuid
     and u.factors_reset_at is not null
$$;

-- A line in each account of the person; they are told, and every other owner of these accounts.
create or replace function private.tell_reset(person uuid, did text) returns void
language plpgsql as $$
begin
  perform private.append_line(case did when 'asked' then 'cli' else 'console' end,
                              case did when 'asked' then 'operator' else 'process' end,
                              case did when 'asked' then 'operator' else 'console' end,
                              m.account_id, 'factors.reset_' || did, case did when 'off' then 'self' else 'user' end,
                              person, null, 1, null)
     from postern.members m
    where m.user_id = person and m.is_live;
  insert into postern.notices (id, user_id, kind) values (private.new_id(), person, 'factors_reset_' || did);
  insert into postern.notices (id, user_id, account_id, kind)
  select private.new_id(), o.user_id, o.account_id, 'member_reset_' || did
    from postern.members m
    join postern.members o on o.lane = m.lane and o.account_id = m.account_id and o.is_live and o.role = 'owner'
   where m.user_id = person and m.is_live and o.user_id <> person;
end
$$;

-- The operator has asked vault to end the second factors of a person.
create or replace function postern.ops_reset_factors(token_h1 bytea, signed jsonb)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  if signed ->> 'kind' <> 'user' then
    raise exception 'not a person' using errcode = 'invalid_parameter_value';
  end if;
  perform private.store_authority(signed);
  perform private.tell_reset((signed #>> '{columns,id}')::uuid, 'asked');
end
$$;

-- People whose factors end now, for console to have vault carry it out.
create or replace function postern.list_due_resets(ticket bytea, as_of timestamptz)
returns table (user_id uuid)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  return query
  select u.id from users u where u.factors_reset_at <= as_of order by u.factors_reset_at limit 50;
end
$$;

-- The notice of a reset that was just carried out: by it console may know whom to send the link for a new password.
create or replace function postern.find_reset_notice(ticket bytea, person uuid)
returns table (id uuid, profile_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  return query
  select n.id, u.profile_sealed
    from notices n
    join users u on u.lane = private.lane_of(n.user_id) and u.id = n.user_id
   where n.user_id = person and n.kind = 'factors_reset_done' and n.sent_at is null
   order by n.id desc
   limit 1;
end
$$;

-- Whom to tell of a change in the account of that session, whatever its role may see.
create or replace function postern.list_owners(h1 bytea)
returns table (user_id uuid)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select m.user_id
    from private.session_of(h1) asking
    join members m on m.lane = asking.lane and m.account_id = asking.account_id and m.is_live and m.role = 'owner';
end
$$;
