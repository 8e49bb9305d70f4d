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
    perform private.append_line('console', 'process', 'console', of_account, 'break_glass.' || did, 'user', person, null, 1, null);
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
