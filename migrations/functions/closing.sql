-- The end of an account: vault destroys its keys once its time has come, then jobs takes its rows away.

-- What a ledger line calls a change of the state of an account, where that is what changes; asked before it is stored.
create or replace function private.closing_action(signed jsonb) returns text
language sql stable set search_path = postern, private, pg_temp as $$
  select case when signed #>> '{columns,state}' = 'closing' and s.state <> 'closing' then 'account.close'
              when signed #>> '{columns,state}' <> 'closing' and s.state = 'closing' then 'account.reopen' end
    from account_states s
   where signed ->> 'kind' = 'account_state'
     and s.lane = private.lane_of((signed #>> '{columns,accountId}')::uuid)
     and s.account_id = (signed #>> '{columns,accountId}')::uuid
$$;

-- Every owner is told, also of what the operator did.
create or replace function private.tell_owners_of(of_account uuid, what text) returns void
language sql security definer set search_path = postern, private, pg_temp as $$
  insert into notices (id, user_id, account_id, kind)
  select private.new_id(), m.user_id, m.account_id, what
    from members m
   where m.lane = private.lane_of(of_account) and m.account_id = of_account and m.is_live and m.role = 'owner'
$$;

-- Accounts on their way out, by id; signatures are for the caller to check.
create or replace function postern.list_closing(ticket bytea, after_id uuid, row_limit integer)
returns table (account_id uuid, state jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  return query
  select s.account_id, private.account_state_row(s)
    from account_states s
   where s.state in ('closing', 'closed') and (after_id is null or s.account_id > after_id)
   order by s.account_id
   limit row_limit;
end
$$;

-- The signed end of an account, and with it its keys, in one transaction.
create or replace function postern.vault_destroy_account(ticket bytea, signed jsonb) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  account uuid := (signed #>> '{columns,accountId}')::uuid;
begin
  perform private.process_of(ticket, 'vault');
  if signed ->> 'kind' <> 'account_state' or signed #>> '{columns,state}' <> 'closed' then
    raise exception 'this is not the end of an account' using errcode = 'invalid_parameter_value';
  end if;
  perform private.store_authority(signed);
  delete from signing_keys k where k.lane = private.lane_of(account) and k.account_id = account;
  delete from account_keys k where k.lane = private.lane_of(account) and k.account_id = account;
  perform private.append_line('vault', 'process', 'jobs', account, 'account.destroy', 'account', account,
                              (signed ->> 'version')::integer, 1, null);
end
$$;

-- Takes away what is left of a closed account, of each table at most `row_limit` rows: every table that keeps rows of
-- accounts, found by its columns, so that none is forgotten. The ledger stays. True while there is more.
create or replace function postern.forget_closed_account(ticket bytea, of_account uuid, row_limit integer)
returns table (more boolean)
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_custom_plan as $$
declare
  on_lane smallint := private.lane_of(of_account);
  target  text;
  removed integer;
  is_full boolean := false;
  ids     uuid[];
begin
  perform private.process_of(ticket, 'jobs');
  if not exists (select from account_states s
                  where s.lane = on_lane and s.account_id = of_account and s.state = 'closed') then
    return query select false;
    return;
  end if;
  select array_agg(o.id) into ids
    from (select m.id from messages m where m.lane = on_lane and m.account_id = of_account order by m.id limit row_limit) o;
  if ids is not null then
    perform private.erase_messages(on_lane, of_account, ids);
    return query select true;
    return;
  end if;
  for target in
    select c.relname
      from pg_class c
     where c.relnamespace = 'postern'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname not in ('ledger', 'members', 'account_states')
       and (select count(*) from pg_attribute a
             where a.attrelid = c.oid and a.attname in ('lane', 'account_id') and not a.attisdropped) = 2
     order by 1
  loop
    execute format('delete from postern.%1$I t
                     using (select o.tableoid as part, o.ctid as place from postern.%1$I o
                             where o.lane = $1 and o.account_id = $2 limit $3) g
                     where t.tableoid = g.part and t.ctid = g.place', target)
      using on_lane, of_account, row_limit;
    get diagnostics removed = row_count;
    is_full := is_full or removed = row_limit;
  end loop;
  if not is_full then
    perform private.forget_people_of(on_lane, of_account);
    delete from notices n where n.account_id = of_account;
    delete from account_states s where s.lane = on_lane and s.account_id = of_account;
    delete from accounts a where a.lane = on_lane and a.id = of_account;
  end if;
  return query select is_full;
end
$$;

-- Who was a member here and is one nowhere else goes as well, with factors, sessions and keys.
create or replace function private.forget_people_of(on_lane smallint, of_account uuid) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  gone uuid[];
begin
  select array_agg(distinct m.user_id) into gone
    from members m
   where m.lane = on_lane and m.account_id = of_account
     and not exists (select from members o
                      where o.user_id = m.user_id and o.account_id <> of_account and o.is_live);
  delete from members m where m.lane = on_lane and m.account_id = of_account;
  delete from factor_steps s
   using factors f
   where f.user_id = any (gone) and f.lane = private.lane_of(f.user_id) and s.factor_id = f.id;
  delete from factors f using unnest(gone) as g(id) where f.lane = private.lane_of(g.id) and f.user_id = g.id;
  delete from one_time_links l using unnest(gone) as g(id) where l.lane = private.lane_of(g.id) and l.account_id = g.id;
  delete from notices n where n.user_id = any (gone);
  delete from credentials c where c.user_id = any (gone);
  delete from members m where m.user_id = any (gone);
  delete from account_keys k using unnest(gone) as g(id) where k.lane = private.lane_of(g.id) and k.account_id = g.id;
  delete from authority_history h using unnest(gone) as g(id) where h.lane = private.lane_of(g.id) and h.account_id = g.id;
  delete from user_identities i where i.user_id = any (gone);
  delete from users u using unnest(gone) as g(id) where u.lane = private.lane_of(g.id) and u.id = g.id;
end
$$;
