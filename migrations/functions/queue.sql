-- What waits to be delivered, as it is looked at and changed by hand: by the operator, and by an account for what a revoked
-- key has submitted.

-- Deliveries that have not ended, narrowed by whatever is not null. Each part goes by the small index of such rows, so the
-- cost is that of what waits, never of what was delivered. `of_state`: queued, attempting, or held.
create or replace function private.open_deliveries(
  of_account uuid, of_destination bytea, of_tag bytea, of_credential uuid, of_message uuid, of_state text)
returns table (
  lane smallint, account_id uuid, message_id uuid, n smallint, state text, stream text, attempts smallint,
  due_at timestamptz, holds text[])
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
  account uuid := of_account;
begin
  -- With its account a message is found by the key of the table.
  if of_message is not null and account is null then
    select m.account_id into account
      from accounts a
      join messages m on m.lane = a.lane and m.account_id = a.id and m.id = of_message;
    if account is null then
      return;
    end if;
  end if;
  return query
  select o.lane, o.account_id, o.message_id, o.n, o.state, o.stream, o.attempts, o.due_at, o.holds
    from (select d.* from deliveries d
           where d.ready and d.stream = any (array['urgent', 'transactional', 'bulk'])
             and (account is null or (d.lane = private.lane_of(account) and d.account_id = account))
             and (of_message is null or d.message_id = of_message)
          union all
          select d.* from deliveries d
           where not d.ready and d.holds is null and d.state in ('queued', 'attempting')
             and (account is null or (d.lane = private.lane_of(account) and d.account_id = account))
             and (of_message is null or d.message_id = of_message)
          union all
          select d.* from deliveries d
           where d.holds is not null and d.state in ('queued', 'attempting')
             and (account is null or (d.lane = private.lane_of(account) and d.account_id = account))
             and (of_message is null or d.message_id = of_message)) o
   where (of_destination is null or o.destination = of_destination)
     and (of_state is null
          or case when of_state = 'held' then o.holds is not null
                  when of_state = 'queued' then o.state = 'queued' and o.holds is null
                  else o.state = of_state end)
     and ((of_tag is null and of_credential is null)
          or exists (select from messages m
                      where m.lane = o.lane and m.account_id = o.account_id and m.id = o.message_id
                        and (of_credential is null or m.credential_id = of_credential)
                        and (of_tag is null or of_tag = any (m.tag_indexes))));
end
$$;

-- Does one thing to the next `row_limit` of them behind the cursor, in the order of account, message and recipient.
-- Doing it again changes nothing more.
--
-- hold     what is queued waits; what is being attempted ends its attempt, and waits then if it was deferred
-- release  what key or operator hold goes on, as far as nothing else holds it
-- retry    what waits for its next try is due now; what is scheduled, held or under way is left alone
-- cancel   what is queued ends; what is being attempted is left alone
create or replace function private.change_queue(
  action text, hold text, of_account uuid, of_destination bytea, of_tag bytea, of_credential uuid, of_message uuid,
  of_state text, after_account uuid, after_message uuid, after_n smallint, row_limit integer)
returns table (
  matched integer, changed integer, last_account uuid, last_message uuid, last_n smallint, objects_hash bytea)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  with page as materialized (
    select o.lane, o.account_id, o.message_id, o.n
      from private.open_deliveries(of_account, of_destination, of_tag, of_credential, of_message, of_state) o
     where (o.account_id, o.message_id, o.n) > (after_account, after_message, after_n)
     order by o.account_id, o.message_id, o.n
     limit row_limit
  ), locked as materialized (
    select d.lane, d.account_id, d.message_id, d.n, d.state, d.ready, d.due_at, d.attempts, d.holds, m.scheduled_at,
           nullif(array_remove(array_remove(d.holds, 'operator'), 'key'), '{}') as other_holds
      from page p
     cross join lateral (
           select w.* from deliveries w
            where w.lane = p.lane and w.account_id = p.account_id and w.message_id = p.message_id and w.n = p.n
            limit 1
              for update) d
     cross join lateral (
           select w.scheduled_at from messages w
            where w.lane = d.lane and w.account_id = d.account_id and w.id = d.message_id
            limit 1) m
  ), wanted as (
    select l.*
      from locked l
     where case action
             when 'hold' then l.state in ('queued', 'attempting') and (l.holds is null or hold <> all (l.holds))
             when 'release' then l.holds && array['operator', 'key'] and l.state in ('queued', 'attempting')
             when 'retry' then l.state = 'queued' and not l.ready and l.holds is null
                               and (l.scheduled_at is null or l.scheduled_at <= now())
             when 'cancel' then l.state = 'queued'
             else false end
  ), done as (
    update deliveries d
       set state = case when action = 'cancel' then 'cancelled' else d.state end,
           holds = case action when 'hold' then array_append(coalesce(d.holds, '{}'), hold)
                               when 'release' then w.other_holds end,
           ready = case action when 'release' then d.state = 'queued' and d.due_at <= now() and w.other_holds is null
                               else action = 'retry' end,
           due_at = case when action = 'retry' then now() else d.due_at end
      from wanted w
     where d.lane = w.lane and d.account_id = w.account_id and d.message_id = w.message_id and d.n = w.n
    returning d.lane, d.account_id, d.message_id, d.n, d.holds
  ), told as (
    insert into events (lane, account_id, message_id, n, kind, at)
    select o.lane, o.account_id, o.message_id, o.n,
           case action when 'hold' then 'held' when 'release' then 'released' when 'retry' then 'requeued'
                       else 'cancelled' end, now()
      from done o
     where action <> 'release' or o.holds is null
  ), last_of as (
    select p.account_id, p.message_id, p.n from page p order by p.account_id desc, p.message_id desc, p.n desc limit 1
  )
  select (select count(*)::integer from page), (select count(*)::integer from done),
         (select l.account_id from last_of l), (select l.message_id from last_of l), (select l.n from last_of l),
         (select sha256(coalesce(string_agg(uuid_send(o.message_id) || int2send(o.n), ''::bytea
                                            order by o.account_id, o.message_id, o.n), ''::bytea)) from done o);
  if action in ('release', 'retry') then
    perform postern.wake_deliver();
  end if;
end
$$;

-- Holds what a key of the asking account has submitted and is not delivered.
create or replace function postern.hold_submitted(
  h1 bytea, of_credential uuid, after_message uuid, after_n smallint, row_limit integer)
returns table (matched integer, changed integer, last_message uuid, last_n smallint)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
  done   record;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'keys:write') then
    return;
  end if;
  select * into done
    from private.change_queue('hold', 'key', asking.account_id, null, null, of_credential, null, null,
                              asking.account_id, after_message, after_n, row_limit);
  if done.changed > 0 then
    perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'queue.hold', 'delivery',
                                of_credential, null, done.changed, done.objects_hash);
  end if;
  return query select done.matched, done.changed, done.last_message, done.last_n;
end
$$;

create or replace function postern.ops_change_queue(
  token_h1 bytea, action text, hold text, of_account uuid, of_destination bytea, of_tag bytea, of_credential uuid,
  of_message uuid, of_state text, after_account uuid, after_message uuid, after_n smallint, row_limit integer)
returns table (matched integer, changed integer, last_account uuid, last_message uuid, last_n smallint)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  done record;
begin
  perform private.demand_operator(token_h1);
  select * into done
    from private.change_queue(action, hold, of_account, of_destination, of_tag, of_credential, of_message, of_state,
                              after_account, after_message, after_n, row_limit);
  if done.changed > 0 then
    perform private.append_line('cli', 'operator', 'operator', of_account, 'queue.' || action, 'delivery',
                                coalesce(of_message, of_credential), null, done.changed, done.objects_hash);
  end if;
  return query select done.matched, done.changed, done.last_account, done.last_message, done.last_n;
end
$$;

-- Those due first.
create or replace function postern.ops_list_queue(
  token_h1 bytea, of_account uuid, of_destination bytea, of_tag bytea, of_credential uuid, of_message uuid,
  of_state text, row_limit integer)
returns table (
  message_id uuid, account_id uuid, n smallint, state text, stream text, attempts smallint, due_at timestamptz,
  holds text[])
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select o.message_id, o.account_id, o.n, o.state, o.stream, o.attempts, o.due_at, coalesce(o.holds, '{}')
    from private.open_deliveries(of_account, of_destination, of_tag, of_credential, of_message, of_state) o
   order by o.due_at
   limit row_limit;
end
$$;

-- How many there are in each state; what is held is counted apart.
create or replace function postern.ops_count_queue(
  token_h1 bytea, of_account uuid, of_destination bytea, of_tag bytea, of_credential uuid, of_message uuid, of_state text)
returns table (state text, deliveries bigint)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select case when o.holds is not null and o.state = 'queued' then 'held' else o.state end, count(*)
    from private.open_deliveries(of_account, of_destination, of_tag, of_credential, of_message, of_state) o
   group by 1
   order by 1;
end
$$;
