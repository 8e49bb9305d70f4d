-- People and what they may do. Their rows are signed like all authority; here is how they are stored and found.

create or replace function private.known_row(of_kind text, of_lane smallint, of_account uuid, object uuid, columns jsonb,
                                             version integer, previous bytea, signature bytea) returns jsonb
language sql stable as $$
  select jsonb_build_object('kind', of_kind, 'columns', columns, 'version', version, 'previous', encode(previous, 'hex'),
                            'signature', encode(signature, 'hex'),
                            'knownVersion', private.known_version(of_lane, of_account, of_kind, object))
$$;

create or replace function private.user_row(u postern.users) returns jsonb
language sql stable strict as $$
  select private.known_row('user', u.lane, u.id, u.id, u.columns, u.version, u.previous, u.signature)
$$;

create or replace function private.factor_row(f postern.factors) returns jsonb
language sql stable strict as $$
  select private.known_row('factor', f.lane, f.user_id, f.id, f.columns_wrapped, f.version, f.previous, f.signature)
$$;

create or replace function private.member_row(m postern.members) returns jsonb
language sql stable strict as $$
  select private.known_row('member', m.lane, m.account_id, m.id, m.columns, m.version, m.previous, m.signature)
$$;

create or replace function private.one_time_link_row(l postern.one_time_links) returns jsonb
language sql stable strict as $$
  select private.known_row('one_time_link', l.lane, l.account_id, l.id, l.columns, l.version, l.previous, l.signature)
$$;

create or replace function private.epoch_row(e postern.epochs) returns jsonb
language sql stable strict as $$
  select private.known_row('epoch', e.lane, e.account_id, e.account_id, e.columns, e.version, e.previous, e.signature)
$$;

-- By which subjects of single sign-on a person is found. One that is another person's already fails the whole.
create or replace function private.store_identities(of_user uuid, identities jsonb) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  delete from user_identities i
   where i.user_id = of_user
     and not coalesce(identities, '[]') @> jsonb_build_array(jsonb_build_object('subject', encode(i.subject, 'hex')));
  insert into user_identities (subject, user_id)
  select decode(one ->> 'subject', 'hex'), of_user
    from jsonb_array_elements(coalesce(identities, '[]')) as one
   where not exists (select from user_identities i
                      where i.user_id = of_user and i.subject = decode(one ->> 'subject', 'hex'));
end
$$;

-- The part of private.store_authority for rows of people.
create or replace function private.store_person(signed jsonb, on_lane smallint, object uuid, prev bytea, sig bytea)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  cols        jsonb := signed -> 'columns';
  account     uuid := (cols ->> 'accountId')::uuid;
  new_version integer := (signed ->> 'version')::integer;
begin
  case signed ->> 'kind'
    when 'user' then
      insert into users as u (lane, id, version, email_index, not_before, factors_reset_at, columns, previous, signature)
      values (on_lane, object, new_version, decode(cols ->> 'emailIndex', 'hex'),
              private.from_epoch_ms(cols ->> 'notBefore'), private.from_epoch_ms(cols ->> 'factorsResetAt'), cols, prev, sig)
      on conflict (lane, id) do update
         set version = excluded.version, email_index = excluded.email_index, not_before = excluded.not_before,
             factors_reset_at = excluded.factors_reset_at, columns = excluded.columns, previous = excluded.previous,
             signature = excluded.signature;
      perform private.store_identities(object, cols -> 'identities');
    when 'factor' then
      insert into factors as f (lane, user_id, id, version, credential_hash, is_live, columns_wrapped, previous, signature)
      values (on_lane, account, object, new_version, decode(cols ->> 'credentialHash', 'hex'),
              cols ->> 'revokedAt' is null, cols, prev, sig)
      on conflict (lane, user_id, id) do update
         set version = excluded.version, is_live = excluded.is_live, columns_wrapped = excluded.columns_wrapped,
             previous = excluded.previous, signature = excluded.signature;
    when 'member' then
      insert into members as m
             (lane, account_id, id, version, user_id, role, is_live, not_before, columns, previous, signature)
      values (on_lane, account, object, new_version, (cols ->> 'userId')::uuid, cols ->> 'role',
              cols ->> 'removedAt' is null, private.from_epoch_ms(cols ->> 'changedAt'), cols, prev, sig)
      on conflict (lane, account_id, id) do update
         set version = excluded.version, role = excluded.role, is_live = excluded.is_live,
             not_before = excluded.not_before, columns = excluded.columns, previous = excluded.previous, signature = excluded.signature;
    when 'one_time_link' then
      insert into one_time_links as l
             (lane, account_id, id, version, h2, purpose, expires_at, is_live, columns, previous, signature)
      values (on_lane, account, object, new_version, decode(cols ->> 'h2', 'hex'), cols ->> 'purpose',
              private.from_epoch_ms(cols ->> 'expiresAt'), cols ->> 'endedAt' is null, cols, prev, sig)
      on conflict (lane, account_id, id) do update
         set version = excluded.version, is_live = excluded.is_live, columns = excluded.columns,
             previous = excluded.previous, signature = excluded.signature;
    when 'epoch' then
      insert into epochs as e (lane, account_id, version, sessions_not_before, columns, previous, signature)
      values (on_lane, account, new_version, private.from_epoch_ms(cols ->> 'sessionsNotBefore'), cols, prev, sig)
      on conflict (lane, account_id) do update
         set version = excluded.version, sessions_not_before = excluded.sessions_not_before, columns = excluded.columns,
             previous = excluded.previous, signature = excluded.signature;
  end case;
end
$$;

-- What a ledger line calls a change to a row of a person.
create or replace function private.person_action(signed jsonb) returns text
language sql immutable as $$
  select case
           when signed ->> 'kind' = 'credential' then
             case when signed #>> '{columns,revokedAt}' is not null then 'session.end'
                  when (signed ->> 'version')::integer = 1 then 'session.create'
                  else 'session.step_up' end
           when (signed #> '{columns,revokedAt}') <> 'null' or (signed #> '{columns,removedAt}') <> 'null'
             or (signed #> '{columns,endedAt}') <> 'null' then (signed ->> 'kind') || '.end'
           when (signed ->> 'version')::integer = 1 then (signed ->> 'kind') || '.create'
           else (signed ->> 'kind') || '.change'
         end
$$;

-- A change to a person's identities of single sign-on has a name of its own.
create or replace function private.told_action(signed jsonb, told jsonb[], otherwise text) returns text
language sql immutable as $$
  select case
           when signed ->> 'kind' <> 'user' or (signed ->> 'version')::integer = 1 then otherwise
           when exists (select from unnest(told) as t where t ->> 'kind' = 'identity_linked') then 'identity.link'
           when exists (select from unnest(told) as t where t ->> 'kind' = 'identity_removed') then 'identity.remove'
           else otherwise
         end
$$;

-- Stores what vault has signed for people, all or nothing, with the sealed bytes that belong to it. `h1` is the session
-- that asked, or null where nobody was signed in yet. `steps` are time steps of authenticators, each only once. Who
-- enters an account from the one above leaves a line in both.
create or replace function postern.store_people(
  ticket bytea, h1 bytea, signed jsonb[], sealed_ids uuid[], sealed bytea[], key_users uuid[], key_publics bytea[],
  key_wrapped bytea[], step_factors uuid[], steps bigint[], told jsonb[])
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking  credentials;
  one     jsonb;
  account uuid;
  object  uuid;
  did     text;
  told_of text;
  entered boolean;
begin
  perform private.process_of(ticket, 'console');
  if h1 is not null then
    select * into asking from private.session_of(h1);
  end if;
  begin
    insert into factor_steps (factor_id, step) select * from unnest(step_factors, steps);
  exception when unique_violation then
    return query select 'replayed';
    return;
  end;
  insert into account_keys (lane, account_id, version, public_key, wrapped)
  select private.lane_of(k.user_id), k.user_id, 1, k.public_key, k.wrapped
    from unnest(key_users, key_publics, key_wrapped) as k(user_id, public_key, wrapped);
  foreach one in array signed loop
    account := (one #>> '{columns,accountId}')::uuid;
    object := coalesce(one #>> '{columns,id}', account::text)::uuid;
    entered := coalesce(one ->> 'kind' = 'credential' and (one ->> 'version')::integer = 1
                        and (one #>> '{columns,options,session,via}')::uuid = asking.account_id, false);
    if one ->> 'kind' = 'account_state' and (one ->> 'version')::integer = 1 then
      insert into accounts (lane, id, profile_sealed)
      select private.lane_of(account), account, s.bytes
        from unnest(sealed_ids, sealed) as s(id, bytes) where s.id = account;
    end if;
    did := private.closing_action(one);
    told_of := private.end_of_reset(one);
    begin
      if one ->> 'kind' = 'erasure' then
        perform private.store_erasure(one);
      else
        perform private.store_authority(one);
      end if;
    exception when unique_violation then
      raise exception 'taken' using errcode = 'unique_violation', constraint = case one ->> 'kind' when 'user' then 'users_email_key' else 'people_key' end;
    end;
    perform private.append_line('console', case when asking.id is null then 'process' else 'credential' end,
                                coalesce(asking.id::text, 'console'),
                                case when one ->> 'kind' in ('user', 'factor') then coalesce(asking.account_id, account)
                                     else account end,
                                case when entered then 'subaccount.entered'
                                     else private.told_action(one, told, coalesce(did, private.person_action(one))) end,
                                case when one ->> 'kind' = 'credential' then 'session' else one ->> 'kind' end,
                                object, (one ->> 'version')::integer, 1, null);
    if told_of is not null then
      perform private.tell_reset(account, told_of);
    end if;
    if entered then
      perform private.append_line('console', 'credential', asking.id::text, asking.account_id, 'subaccount.entered',
                                  'account', account, null, 1, null);
    end if;
  end loop;
  update users u
     set profile_sealed = s.bytes
    from unnest(sealed_ids, sealed) as s(id, bytes)
   where u.lane = private.lane_of(s.id) and u.id = s.id;
  update factors f
     set name_sealed = s.bytes
    from unnest(sealed_ids, sealed) as s(id, bytes), unnest(signed) as row
   where row ->> 'kind' = 'factor' and f.lane = private.lane_of((row #>> '{columns,accountId}')::uuid)
     and f.user_id = (row #>> '{columns,accountId}')::uuid and f.id = s.id;
  update one_time_links l
     set address_sealed = s.bytes
    from unnest(sealed_ids, sealed) as s(id, bytes), unnest(signed) as row
   where row ->> 'kind' = 'one_time_link' and l.lane = private.lane_of((row #>> '{columns,accountId}')::uuid)
     and l.account_id = (row #>> '{columns,accountId}')::uuid and l.id = s.id;
  update credentials c
     set name_sealed = s.bytes
    from unnest(sealed_ids, sealed) as s(id, bytes), unnest(signed) as row
   where row ->> 'kind' = 'credential' and c.lane = private.lane_of((row #>> '{columns,accountId}')::uuid)
     and c.account_id = (row #>> '{columns,accountId}')::uuid and c.id = s.id and c.user_id is not null;
  insert into notices (id, user_id, account_id, kind)
  select private.new_id(), (t ->> 'userId')::uuid, (t ->> 'accountId')::uuid, t ->> 'kind'
    from unnest(told) as t;
  return query select 'stored';
end
$$;

-- Before anybody is known: the salt of whom the address belongs to, so that a password can be hashed.
create or replace function postern.find_user_salt(ticket bytea, wanted_index bytea)
returns table (user_id uuid, salt text)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  return query
  select u.id, u.columns #>> '{password,salt}' from users u where u.email_index = wanted_index;
end
$$;

-- Everything that vault weighs before it lets a person in: the person, their factors and memberships with the state and
-- epoch of each account, the epoch of all, and the keys of browsers they have come with in the last 90 days.
create or replace function postern.vault_person(ticket bytea, wanted uuid, wanted_index bytea, wanted_subject bytea)
returns table (person jsonb, factors jsonb, members jsonb, epoch jsonb, browser_keys jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
declare
  found_user users;
begin
  perform private.process_of(ticket, 'vault');
  select * into found_user
    from users u
   where (wanted is not null and u.lane = private.lane_of(wanted) and u.id = wanted)
      or (wanted is null and u.email_index = wanted_index)
      or (wanted is null and u.id = (select i.user_id from user_identities i where i.subject = wanted_subject)
          and u.lane = private.lane_of(u.id));
  return query
  select case when found_user.id is not null then private.user_row(found_user) end,
         (select coalesce(jsonb_agg(private.factor_row(f)), '[]')
            from postern.factors f
           where f.lane = private.lane_of(found_user.id) and f.user_id = found_user.id and f.is_live),
         (select coalesce(jsonb_agg(jsonb_build_object(
                   'member', private.member_row(m), 'state', private.account_state_row(s),
                   'epoch', private.epoch_row(e)) order by m.id), '[]')
            from postern.members m
            join account_states s on s.lane = m.lane and s.account_id = m.account_id and s.state <> 'closed'
            left join epochs e on e.lane = m.lane and e.account_id = m.account_id
           where m.user_id = found_user.id and m.is_live),
         (select private.epoch_row(e) from epochs e
           where e.lane = 0 and e.account_id = '00000000-0000-0000-0000-000000000000'),
         (select coalesce(jsonb_agg(distinct c.options #>> '{session,browserKey}'), '[]')
            from credentials c
           where c.user_id = found_user.id and c.created_at > now() - interval '90 days');
end
$$;

-- A one-time link behind the hash of its secret, for vault to check.
create or replace function postern.vault_one_time_link(ticket bytea, h1 bytea)
returns table (link jsonb, address_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select private.one_time_link_row(l), l.address_sealed
    from one_time_links l
   where l.h2 = sha256(h1) and l.is_live and l.expires_at > now();
end
$$;

-- One signed row of the asking session's account, or of the person themself, for vault to begin a change with. With it
-- the asking session, and how many live owners the account has.
create or replace function postern.vault_person_row(ticket bytea, h1 bytea, wanted_kind text, object uuid)
returns table (session jsonb, account_state jsonb, present jsonb, owners integer)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  perform private.process_of(ticket, 'vault');
  select * into asking from private.session_of(h1);
  if asking.id is null then
    return;
  end if;
  return query
  select private.credential_row(asking),
         (select private.account_state_row(s) from account_states s
           where s.lane = asking.lane and s.account_id = asking.account_id),
         case wanted_kind
           when 'member' then (select private.member_row(m) from members m
                                where m.lane = asking.lane and m.account_id = asking.account_id and m.id = object)
           when 'factor' then (select private.factor_row(f) from factors f
                                where f.lane = private.lane_of(asking.user_id) and f.user_id = asking.user_id
                                  and f.id = object)
           when 'one_time_link' then (select private.one_time_link_row(l) from one_time_links l
                                       where l.lane = asking.lane and l.account_id = asking.account_id and l.id = object)
           when 'credential' then (select private.credential_row(c) from credentials c
                                    where c.id = object and c.user_id is not null
                                      and (c.user_id = asking.user_id or c.account_id = asking.account_id)
                                      and c.revoked_at is null)
           when 'epoch' then (select private.epoch_row(e) from epochs e
                               where e.lane = asking.lane and e.account_id = asking.account_id)
         end,
         (select count(*)::integer from members m
           where m.lane = asking.lane and m.account_id = asking.account_id and m.is_live and m.role = 'owner');
end
$$;

create or replace function postern.vault_epoch(ticket bytea, of_account uuid)
returns table (epoch jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select private.epoch_row(e) from epochs e where e.lane = private.lane_of(of_account) and e.account_id = of_account;
end
$$;

-- Which of these people and accounts the asking session may know by name: the person themself, who shares the account or
-- has entered it from the one above, the account, and those the person is a member of. One line for the batch, before
-- vault derives any key.
create or replace function postern.vault_open_people(ticket bytea, h1 bytea, owners uuid[])
returns table (session jsonb, owner uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  perform private.process_of(ticket, 'vault');
  select * into asking from private.session_of(h1);
  if asking.id is null then
    return;
  end if;
  perform private.append_line('vault', 'credential', asking.id::text, asking.account_id, 'person.open', 'person', null, null,
                              cardinality(owners),
                              sha256(coalesce((select string_agg(uuid_send(i.id), ''::bytea order by i.id)
                                                 from unnest(owners) as i(id)), ''::bytea)));
  return query
  select private.credential_row(asking), null::uuid
  union all
  select null, asked.id
    from (select distinct i.id from unnest(owners) as i(id)) asked
   where asked.id in (asking.user_id, asking.account_id)
      or exists (select from members m
                  where m.user_id = asked.id and m.account_id = asking.account_id)
      or exists (select from credentials c
                  where c.user_id = asked.id and c.lane = asking.lane and c.account_id = asking.account_id
                    and c.options #>> '{session,via}' is not null)
      or exists (select from members m
                  where m.user_id = asking.user_id and m.account_id = asked.id and m.is_live);
end
$$;

-- For a mail that is due to a person: one line, then vault may give console the key of their address, or that of the name
-- of the account it is about while they are a member of it.
create or replace function postern.vault_open_notice(ticket bytea, caller_ticket bytea, notice uuid)
returns table (owner uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  found_notice notices;
begin
  perform private.process_of(ticket, 'vault');
  perform private.process_of(caller_ticket, 'console');
  select * into found_notice from notices n where n.id = notice and n.sent_at is null;
  if found_notice.id is null then
    return;
  end if;
  perform private.append_line('vault', 'process', 'console', found_notice.account_id, 'person.open', 'notice', notice, null, 1, null);
  return query
  select found_notice.user_id
  union all
  select m.account_id from members m
   where m.user_id = found_notice.user_id and m.account_id = found_notice.account_id and m.is_live;
end
$$;

-- The session behind that hash with its account's state, if it may be used from there; `networks` of the account hold here
-- as well as at the door, and those of the account above for who has entered from there, whose state is `above`.
create or replace function postern.find_session(h1 bytea, client inet)
returns table (account_id uuid, session jsonb, state jsonb, outside boolean, above jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select c.account_id, private.credential_row(c), private.account_state_row(s),
         private.is_outside(s.options -> 'networks' -> 'console', client)
         or private.is_outside(p.options -> 'networks' -> 'console', client),
         private.account_state_row(p)
    from private.session_of(h1) c
    join account_states s on s.lane = c.lane and s.account_id = c.account_id and s.state <> 'closed'
    left join account_states p on p.lane = private.lane_of((c.options #>> '{session,via}')::uuid)
                              and p.account_id = (c.options #>> '{session,via}')::uuid;
end
$$;

create or replace function postern.list_members(h1 bytea)
returns table (id uuid, user_id uuid, member jsonb, profile_sealed bytea, factors integer, last_session_at timestamptz)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select m.id, m.user_id, private.member_row(m), u.profile_sealed,
         (select count(*)::integer from factors f where f.lane = u.lane and f.user_id = u.id and f.is_live),
         (select max(s.created_at) from credentials s where s.user_id = u.id and s.account_id = m.account_id)
    from private.session_of(h1) asking
    join members m on m.lane = asking.lane and m.account_id = asking.account_id and m.is_live
    join users u on u.lane = private.lane_of(m.user_id) and u.id = m.user_id
   where private.may(asking, 'members:read')
   order by m.id
   limit 1000;
end
$$;

create or replace function postern.list_invitations(h1 bytea)
returns table (id uuid, link jsonb, address_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select l.id, private.one_time_link_row(l), l.address_sealed
    from private.session_of(h1) asking
    join one_time_links l on l.lane = asking.lane and l.account_id = asking.account_id
   where private.may(asking, 'members:read')
     and l.purpose = 'invitation' and l.is_live and l.expires_at > now()
   order by l.id desc
   limit 1000;
end
$$;

-- Sessions of the asking person, in every account.
create or replace function postern.list_sessions(h1 bytea)
returns table (id uuid, account_id uuid, session jsonb, last_used_at timestamptz, client_sealed bytea, name_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select s.id, s.account_id, private.credential_row(s), u.last_used_at, u.client_sealed, s.name_sealed
    from private.session_of(h1) asking
    join credentials s on s.user_id = asking.user_id
    left join credential_uses u on u.lane = s.lane and u.account_id = s.account_id and u.credential_id = s.id
   where s.revoked_at is null and s.expires_at > now() and s.created_at > now() - interval '2 days'
     and private.session_lives(s)
   order by s.created_at desc
   limit 100;
end
$$;

create or replace function postern.list_factors(h1 bytea)
returns table (id uuid, factor jsonb, name_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select f.id, private.factor_row(f), f.name_sealed
    from private.session_of(h1) asking
    join factors f on f.lane = private.lane_of(asking.user_id) and f.user_id = asking.user_id and f.is_live
   order by f.id;
end
$$;

-- The asking person and the accounts they are a member of.
create or replace function postern.find_self(h1 bytea)
returns table (user_id uuid, person jsonb, profile_sealed bytea, accounts jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select u.id, private.user_row(u), u.profile_sealed,
         (select coalesce(jsonb_agg(jsonb_build_object('id', m.account_id, 'role', m.role,
                                                       'profileSealed', encode(a.profile_sealed, 'hex')) order by m.id), '[]')
            from members m
            join accounts a on a.lane = m.lane and a.id = m.account_id
            join account_states s on s.lane = m.lane and s.account_id = m.account_id and s.state <> 'closed'
           where m.user_id = u.id and m.is_live)
    from private.session_of(h1) asking
    join users u on u.lane = private.lane_of(asking.user_id) and u.id = asking.user_id;
end
$$;

-- When sessions were last used and from where.
create or replace function postern.record_session_uses(
  ticket bytea, accounts uuid[], sessions uuid[], ats timestamptz[], clients_sealed bytea[])
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  insert into credential_uses as u (lane, account_id, credential_id, last_used_at, client_sealed)
  select distinct on (1, 2, 3) private.lane_of(r.account_id), r.account_id, r.session_id, r.at, r.client
    from unnest(accounts, sessions, ats, clients_sealed) as r(account_id, session_id, at, client)
   order by 1, 2, 3, 4 desc
      on conflict (lane, account_id, credential_id) do update
     set last_used_at = excluded.last_used_at, client_sealed = excluded.client_sealed
   where u.last_used_at <= excluded.last_used_at;
end
$$;

-- Mail that is due: handed to one asker at a time for a minute, and the longer it could not be sent the longer, up to an
-- hour. With it what is sealed of whom it goes to and of the account it is about.
create or replace function postern.claim_notices(ticket bytea, row_limit integer)
returns table (id uuid, user_id uuid, account_id uuid, kind text, object_id uuid, profile_sealed bytea,
               account_sealed bytea, created_at timestamptz)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  return query
  update notices n
     set due_at = now() + least(interval '1 hour', greatest(interval '1 minute', (now() - n.created_at) / 2))
    from users u
   where n.id in (select d.id from notices d
                   where d.sent_at is null and d.due_at <= now()
                   order by d.due_at
                   limit row_limit
                     for update skip locked)
     and u.lane = private.lane_of(n.user_id) and u.id = n.user_id
  returning n.id, n.user_id, n.account_id, n.kind, n.object_id, coalesce(n.profile_sealed, u.profile_sealed),
            (select a.profile_sealed from accounts a where a.lane = private.lane_of(n.account_id) and a.id = n.account_id),
            n.created_at;
end
$$;

create or replace function postern.finish_notices(ticket bytea, ids uuid[])
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  update notices n set sent_at = now(), profile_sealed = null from unnest(ids) as d(id) where n.id = d.id;
end
$$;

-- Attempts refused for where they came from, as the account may see them.
create or replace function postern.record_outsiders(
  ticket bytea, accounts uuid[], doors text[], credentials uuid[], users uuid[], clients_sealed bytea[])
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'console');
  insert into outsider_attempts (lane, account_id, id, door, credential_id, user_id, client_sealed)
  select private.lane_of(r.account_id), r.account_id, private.new_id(), r.door, r.credential_id, r.user_id, r.client
    from unnest(accounts, doors, credentials, users, clients_sealed) as r(account_id, door, credential_id, user_id, client)
   where (select count(*) from outsider_attempts o
           where o.lane = private.lane_of(r.account_id) and o.account_id = r.account_id
             and o.at > now() - interval '1 hour') < 1000;
end
$$;

create or replace function postern.list_outsiders(h1 bytea, before_id uuid, row_limit integer)
returns table (id uuid, door text, credential_id uuid, user_id uuid, at timestamptz, client_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select o.id, o.door, o.credential_id, o.user_id, o.at, o.client_sealed
    from private.session_of(h1) asking
    join outsider_attempts o on o.lane = asking.lane and o.account_id = asking.account_id
   where private.may(asking, 'audit:read') and (before_id is null or o.id < before_id)
   order by o.id desc
   limit row_limit;
end
$$;

-- The account's own lines of the ledger, newest first; `actor_user` is the person behind a session, of this account or of
-- the one above, or who did something that is their own (`self`). `wanted_actor` is a person, a key or a session.
create or replace function postern.list_audit(
  h1 bytea, before_id bigint, wanted_action text, wanted_actor uuid, changes_only boolean, from_at timestamptz,
  to_at timestamptz, row_limit integer)
returns table (id bigint, at timestamptz, process text, actor_kind text, actor_id text, actor_user uuid, action text,
               object_kind text, object_id uuid, object_version integer, object_count integer, line text, "position" bigint)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select l.id, l.at, l.process, l.actor_kind, l.actor_id,
         case when l.object_kind = 'self' then l.object_id
              else (select c.user_id from credentials c
                     where (c.lane, c.account_id) in ((asking.lane, asking.account_id),
                                                      (private.lane_of(above.parent_id), above.parent_id))
                       and c.id = case when l.action in ('session.create', 'subaccount.entered')
                                        and l.object_kind = 'session' then l.object_id
                                       when l.actor_kind = 'credential' then l.actor_id::uuid end) end,
         l.action, l.object_kind, l.object_id, l.object_version, l.object_count, private.ledger_text(l), l.position
    from private.session_of(h1) asking
    join account_states above on above.lane = asking.lane and above.account_id = asking.account_id
    join ledger l on l.account_id = asking.account_id
   where private.may(asking, 'audit:read')
     and (before_id is null or l.id < before_id)
     and (wanted_action is null or l.action = wanted_action or starts_with(l.action, wanted_action || '.'))
     and not (changes_only and l.action like '%.open')
     and (wanted_actor is null or l.actor_id = wanted_actor::text
          or l.object_kind = 'self' and l.object_id = wanted_actor
          or l.actor_kind = 'credential'
             and l.actor_id in (select c.id::text from credentials c
                                 where c.user_id = wanted_actor and c.account_id = asking.account_id))
     and (from_at is null or l.at >= from_at)
     and (to_at is null or l.at < to_at)
   order by l.id desc
   limit row_limit;
end
$$;

-- What removing a member touches: their sessions in the account, and live API keys that sessions of theirs made, as far as
-- those sessions are still on record.
create or replace function postern.member_impact(h1 bytea, wanted uuid)
returns table (sessions integer, keys jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select (select count(*)::integer from credentials s
           where s.user_id = m.user_id and s.account_id = m.account_id and s.revoked_at is null
             and s.expires_at > now() and s.created_at > now() - interval '2 days' and private.session_lives(s)),
         (select coalesce(jsonb_agg(jsonb_build_object(
                   'id', k.id, 'nameSealed', encode(k.name_sealed, 'hex'), 'createdAt', k.created_at,
                   'lastUsedAt', u.last_used_at) order by k.id), '[]')
            from (select distinct l.object_id
                    from ledger l
                    join credentials s on s.user_id = m.user_id and s.account_id = m.account_id
                                      and s.id::text = l.actor_id
                   where l.account_id = m.account_id and l.actor_kind = 'credential'
                     and l.action = 'credential.create'
                   limit 200) made
            join credentials k on k.lane = m.lane and k.account_id = m.account_id and k.id = made.object_id
                              and private.is_live(k)
            left join credential_uses u on u.lane = k.lane and u.account_id = k.account_id and u.credential_id = k.id)
    from private.session_of(h1) asking
    join members m on m.lane = asking.lane and m.account_id = asking.account_id and m.is_live and m.id = wanted
   where private.may(asking, 'members:read');
end
$$;

-- What the account is called, sealed to it.
create or replace function postern.find_account_profile(h1 bytea)
returns table (account_id uuid, profile_sealed bytea, created_at timestamptz, state jsonb)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select a.id, a.profile_sealed, a.created_at, private.account_state_row(s)
    from private.session_of(h1) asking
    join accounts a on a.lane = asking.lane and a.id = asking.account_id
    join account_states s on s.lane = a.lane and s.account_id = a.id
   where private.may(asking, 'members:read');
end
$$;

create or replace function postern.rename_account(h1 bytea, sealed bytea)
returns table (id uuid)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  select * into asking from private.session_of(h1);
  if asking.id is null or not private.may(asking, 'account:write') then
    return;
  end if;
  perform private.append_line('console', 'credential', asking.id::text, asking.account_id, 'account.rename', 'account',
                              asking.account_id, null, 1, null);
  return query
  update accounts a
     set profile_sealed = sealed
   where a.lane = asking.lane and a.id = asking.account_id
  returning a.id;
end
$$;
