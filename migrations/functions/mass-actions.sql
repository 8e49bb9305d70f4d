-- What the operator does to all ways in at once, of everybody or of one account, and the inventory of them.

-- Whether the person's password lets them in: it is younger than every epoch that they are under.
create or replace function private.password_counts(u postern.users) returns boolean
language sql stable set search_path = postern, private, pg_temp as $$
  select (u.columns #>> '{password,setAt}')::bigint
         >= coalesce((select max((e.columns ->> 'passwordsNotBefore')::bigint)
                        from epochs e
                       where e.account_id = '00000000-0000-0000-0000-000000000000'
                          or e.account_id in (select m.account_id from members m where m.user_id = u.id and m.is_live)), 0)
$$;

-- Whether the operator means this person: everybody, or who is a member of the account.
create or replace function private.is_meant(of_user uuid, of_account uuid) returns boolean
language sql stable set search_path = postern, private, pg_temp as $$
  select of_account is null
      or exists (select from members m where m.user_id = of_user and m.account_id = of_account and m.is_live)
$$;

-- Every way in that counts now, by class. Submission by SMTP takes API keys.
create or replace function postern.ops_access_inventory(token_h1 bytea, of_account uuid)
returns table (class text, live bigint)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select 'passwords', count(*) from users u
   where u.columns -> 'password' <> 'null' and private.password_counts(u) and private.is_meant(u.id, of_account)
  union all
  select 'sessions', count(*) from credentials c
   where c.user_id is not null and (of_account is null or c.account_id = of_account)
     and c.revoked_at is null and c.expires_at > now() and private.session_lives(c)
  union all
  select 'api_keys', count(*) from credentials c
   where c.user_id is null and (of_account is null or c.account_id = of_account)
     and c.revoked_at is null and (c.expires_at is null or c.expires_at > now())
     and c.account_id <> '00000000-0000-7000-8000-000000000000'
  union all
  select 'one_time_links', count(*) from one_time_links l
   where l.is_live and l.expires_at > now()
     and (of_account is null or l.account_id = of_account or private.is_meant(l.account_id, of_account))
  union all
  select 'message_links', count(*) from links l
   where l.expires_at > now() and l.revoked_at is null and (of_account is null or l.account_id = of_account)
  union all
  select names.class, count(f.id) from (values ('passkey', 'passkeys'), ('totp', 'authenticators'),
                                               ('recovery', 'recovery_codes')) as names(type, class)
    left join factors f on f.is_live and f.columns_wrapped ->> 'type' = names.type
                       and private.is_meant(f.user_id, of_account)
   group by names.class;
end
$$;

-- Tells those whose password counts no more, each once as long as they have not chosen another, at most 50 a second.
-- Answers how many were told now; call it again until that is 0.
create or replace function postern.ops_tell_reset(token_h1 bytea, of_account uuid, row_limit integer)
returns table (told integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  begin_at timestamptz;
  amount   integer;
begin
  perform private.demand_operator(token_h1);
  -- One command at a time, so that nobody is told twice.
  perform from private.operators o for update;
  select greatest(now(), max(n.due_at)) into begin_at
    from notices n
   where n.kind = 'password_reset_needed' and n.sent_at is null and n.created_at > now() - interval '1 hour';
  insert into notices (id, user_id, account_id, kind, due_at)
  select private.new_id(), p.id, of_account, 'password_reset_needed',
         coalesce(begin_at, now()) + (p.place - 1) * interval '20 milliseconds'
    from (select u.id, row_number() over (order by u.id) as place
            from users u
           where u.columns -> 'password' <> 'null' and not private.password_counts(u)
             and private.is_meant(u.id, of_account)
             and not exists (select from notices n
                              where n.user_id = u.id and n.kind = 'password_reset_needed'
                                and n.created_at >= private.from_epoch_ms(u.columns #>> '{password,setAt}'))
           order by u.id
           limit row_limit) p;
  get diagnostics amount = row_count;
  if amount > 0 then
    perform private.append_line('cli', 'operator', 'operator', of_account, 'passwords.tell', 'notice', null, null, amount, null);
  end if;
  return query select amount;
end
$$;

-- API keys that would outlive that moment, the installation's own left out.
create or replace function postern.ops_list_outliving(
  token_h1 bytea, of_account uuid, moment timestamptz, after_account uuid, after_id uuid, row_limit integer)
returns table (account_id uuid, id uuid)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select c.account_id, c.id
    from credentials c
   where c.user_id is null and c.revoked_at is null and (c.expires_at is null or c.expires_at > moment)
     and (of_account is null or c.account_id = of_account)
     and c.account_id <> '00000000-0000-7000-8000-000000000000'
     and (after_id is null or (c.account_id, c.id) > (after_account, after_id))
   order by c.account_id, c.id
   limit row_limit;
end
$$;

-- The earlier ends of many keys, all or none, a line for each.
create or replace function postern.ops_expire_keys(token_h1 bytea, signed jsonb[])
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  one jsonb;
begin
  perform private.demand_operator(token_h1);
  foreach one in array signed loop
    perform private.store_authority(one);
    perform private.append_line('cli', 'operator', 'operator', (one #>> '{columns,accountId}')::uuid, 'credential.expire',
                                'credential', (one #>> '{columns,id}')::uuid, (one ->> 'version')::integer, 1, null);
  end loop;
end
$$;
