-- What vault asks of the database: is this opening allowed, which keys are whose, what is the signed state. Where an
-- opening is allowed its ledger line is written in the same call, before vault derives any key.

create or replace function postern.vault_role_of(ticket bytea, caller_ticket bytea)
returns table (role text)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select p.role
    from private.processes p
   where p.ticket_hash = sha256(caller_ticket);
end
$$;

-- Which of the messages a deliver process holds under live leases, and what their keys derive from.
create or replace function postern.vault_open_leased(ticket bytea, caller_ticket bytea, accounts uuid[], ids uuid[])
returns table (message_id uuid, account_id uuid, key_version integer, session_public bytea)
language plpgsql security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  caller private.processes := private.process_of(caller_ticket, 'deliver');
begin
  perform private.process_of(ticket, 'vault');
  return query
  with leased as (
    select m.id, m.account_id, m.key_version, m.session_public
      from unnest(accounts, ids) as asked(account_id, id)
     cross join lateral (
           -- `limit` keeps the order of the join: one probe for each message asked for.
           select w.* from messages w
            where w.lane = private.lane_of(asked.account_id) and w.account_id = asked.account_id and w.id = asked.id
            limit 1) m
     where m.lane between caller.lane_first and caller.lane_last
       and exists (select from deliveries d
                    where d.lane = m.lane and d.account_id = m.account_id and d.message_id = m.id
                      and d.state = 'attempting' and d.due_at > now())
  ), noted as (
    insert into ledger (process, actor_kind, actor_id, action, object_kind, object_count, objects_hash)
    select 'vault', 'process', 'deliver', 'message.open', 'message', count(*)::integer,
           sha256(coalesce(string_agg(uuid_send(l.id), ''::bytea order by l.id), ''::bytea))
      from leased l
    having count(*) > 0
  )
  select l.id, l.account_id, l.key_version, l.session_public from leased l;
end
$$;

-- The asking credential, for vault to check, and which of the messages it may open: reads need full access. `records` are
-- further things of the account (names) whose sealed bytes the caller holds. One line for the batch.
create or replace function postern.vault_open_for(ticket bytea, h1 bytea, messages uuid[], records integer)
returns table (credential jsonb, message_id uuid, key_version integer, session_public bytea)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
#variable_conflict use_column
declare
  asking credentials;
begin
  perform private.process_of(ticket, 'vault');
  select * into asking from private.credential_of(h1);
  if asking.id is null then
    return;
  end if;
  if asking.permission = 'full_access' then
    perform private.append_line('vault', 'credential', asking.id::text, asking.account_id, 'record.open', 'record',
                                null, null, cardinality(messages) + records,
                                sha256(coalesce((select string_agg(uuid_send(i.id), ''::bytea order by i.id)
                                                   from unnest(messages) as i(id)), ''::bytea)));
  end if;
  return query
  select private.credential_row(asking), null::uuid, null::integer, null::bytea
  union all
  select null, m.id, m.key_version, m.session_public
    from unnest(messages) as asked(id)
    join postern.messages m on m.lane = asking.lane and m.account_id = asking.account_id and m.id = asked.id
   where private.may(asking, 'emails:read');
end
$$;

-- Which of the attachments are still to be fetched by the calling jobs process. One line for the batch.
create or replace function postern.vault_open_waiting(
  ticket bytea, caller_ticket bytea, accounts uuid[], messages uuid[], attachments uuid[])
returns table (attachment_id uuid, message_id uuid, account_id uuid, key_version integer, session_public bytea)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
#variable_conflict use_column
begin
  perform private.process_of(ticket, 'vault');
  perform private.process_of(caller_ticket, 'jobs');
  return query
  with waiting as (
    select a.id, m.id as message_id, m.account_id, m.key_version, m.session_public
      from unnest(accounts, messages, vault_open_waiting.attachments) as asked(account_id, message_id, id)
      join postern.attachments a
        on a.lane = private.lane_of(asked.account_id) and a.account_id = asked.account_id
       and a.message_id = asked.message_id and a.id = asked.id
      join postern.messages m on m.lane = a.lane and m.account_id = a.account_id and m.id = a.message_id
     where a.state = 'waiting'
  ), noted as (
    insert into ledger (process, actor_kind, actor_id, action, object_kind, object_count, objects_hash)
    select 'vault', 'process', 'jobs', 'attachment.open', 'attachment', count(*)::integer,
           sha256(coalesce(string_agg(uuid_send(w.id), ''::bytea order by w.id), ''::bytea))
      from waiting w
    having count(*) > 0
  )
  select w.id, w.message_id, w.account_id, w.key_version, w.session_public from waiting w;
end
$$;

-- A live link, for vault to check its signature, and what its message's key derives from. Its line comes first.
create or replace function postern.vault_open_link(ticket bytea, h1 bytea)
returns table (link jsonb, key_version integer, session_public bytea)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  found_link links;
begin
  perform private.process_of(ticket, 'vault');
  select * into found_link from private.link_of(h1);
  if found_link.id is null then
    return;
  end if;
  perform private.append_line('vault', 'link', found_link.id::text, found_link.account_id, found_link.target || '.open',
                              found_link.target,
                              case found_link.target when 'attachment' then found_link.attachment_id
                                                     else found_link.message_id end, null, 1, null);
  return query
  select private.link_row(found_link), m.key_version, m.session_public
    from messages m
   where m.lane = found_link.lane and m.account_id = found_link.account_id and m.id = found_link.message_id;
end
$$;

create or replace function postern.vault_account_keys(ticket bytea, accounts uuid[])
returns table (account_id uuid, version integer, public_key bytea, wrapped bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select k.account_id, k.version, k.public_key, k.wrapped
    from unnest(accounts) as asked(id)
    join account_keys k on k.lane = private.lane_of(asked.id) and k.account_id = asked.id
   order by k.account_id, k.version;
end
$$;

-- Signed states of accounts, and of their domains by name: asked before each batch of signatures.
create or replace function postern.vault_signing_states(ticket bytea, accounts uuid[], names text[])
returns table (account_id uuid, name text, state jsonb, domain_state jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select asked.account_id, asked.name, private.account_state_row(s), private.domain_state_row(d)
    from unnest(accounts, names) as asked(account_id, name)
    left join account_states s on s.lane = private.lane_of(asked.account_id) and s.account_id = asked.account_id
    left join domains o on o.lane = s.lane and o.account_id = s.account_id and o.name = asked.name
    left join domain_states d on d.lane = o.lane and d.account_id = o.account_id and d.domain_id = o.id;
end
$$;

create or replace function postern.vault_signing_key(ticket bytea, of_account uuid, of_domain uuid, of_selector text)
returns table (wrapped bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select k.wrapped
    from signing_keys k
   where k.lane = private.lane_of(of_account) and k.account_id = of_account
     and k.domain_id = of_domain and k.selector = of_selector;
end
$$;

-- The signed rows that a change of authority begins with: who asks, and what stands now.
create or replace function postern.vault_authority(ticket bytea, h1 bytea, wanted_kind text, of_account uuid, object uuid)
returns table (credential jsonb, account_state jsonb, present jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
declare
  asking  credentials;
  account uuid := of_account;
begin
  perform private.process_of(ticket, 'vault');
  if h1 is not null then
    select * into asking from private.credential_of(h1);
    if asking.id is null then
      return;
    end if;
    account := asking.account_id;
  end if;
  return query
  select case when asking.id is not null then private.credential_row(asking) end,
         (select private.account_state_row(s) from account_states s
           where s.lane = private.lane_of(account) and s.account_id = account),
         case wanted_kind
           when 'credential' then (select private.credential_row(c) from credentials c
                                    where c.lane = private.lane_of(account) and c.account_id = account and c.id = object)
           when 'domain_state' then (select private.domain_state_row(d) from domain_states d
                                      where d.lane = private.lane_of(account) and d.account_id = account
                                        and d.domain_id = object)
           when 'account_state' then (select private.account_state_row(s) from account_states s
                                       where s.lane = private.lane_of(account) and s.account_id = account)
         end;
end
$$;

create or replace function postern.vault_authority_keys(ticket bytea)
returns table (version integer, public_key bytea, wrapped bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select k.version, k.public_key, k.wrapped from private.authority_keys k order by k.version;
end
$$;

create or replace function postern.vault_store_authority_key(ticket bytea, new_public bytea, new_wrapped bytea)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  insert into private.authority_keys (version, public_key, wrapped)
  values (1, new_public, new_wrapped);
end
$$;
