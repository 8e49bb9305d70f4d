-- Attachments whose bytes are to be fetched from an address: jobs takes them in turn, stores what came, or gives up. A
-- claim counts as an attempt, and its number is the fence under which its end counts.

-- Takes what is due, at most `per_account` of an account and none of the `busy` ones. What its message needs no longer is
-- left alone. `room` is what the other attachments of the message leave of `bytes_max`.
create or replace function postern.claim_attachments(
  ticket bytea, row_limit integer, per_account integer, busy uuid[], lease_seconds integer, bytes_max integer)
returns table (account_id uuid, message_id uuid, id uuid, attempts smallint, description_sealed bytea, room integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
#variable_conflict use_column
begin
  perform private.process_of(ticket, 'jobs');
  return query
  with due as (
    select a.lane, a.account_id, a.message_id, a.id
      from attachments a
     where a.state = 'waiting' and a.due_at <= now() and a.account_id <> all (busy)
     order by a.due_at
     limit row_limit * 4
       for update skip locked
  ), ranked as (
    select d.*, row_number() over (partition by d.account_id order by d.id) as place
      from due d
  ), taken as (
    update attachments a
       set attempts = a.attempts + 1, due_at = now() + make_interval(secs => lease_seconds)
      from (select * from ranked where place <= per_account limit row_limit) r
     where a.lane = r.lane and a.account_id = r.account_id and a.message_id = r.message_id and a.id = r.id
    returning a.lane, a.account_id, a.message_id, a.id, a.attempts, a.description_sealed
  )
  select t.account_id, t.message_id, t.id, t.attempts, t.description_sealed,
         bytes_max - (select coalesce(sum(o.size_bytes), 0)::integer from attachments o
                       where o.lane = t.lane and o.account_id = t.account_id and o.message_id = t.message_id
                         and o.state = 'stored')
    from taken t;
end
$$;

-- The attachment under its fence, its message locked first so that two of one message follow one another; or no row.
create or replace function private.claimed_attachment(of_account uuid, of_message uuid, wanted uuid, fence smallint)
returns setof postern.attachments
language plpgsql volatile security definer rows 1 set search_path = postern, private, pg_temp as $$
begin
  perform from messages m
    where m.lane = private.lane_of(of_account) and m.account_id = of_account and m.id = of_message
      for update;
  return query
  select a.*
    from attachments a
   where a.lane = private.lane_of(of_account) and a.account_id = of_account and a.message_id = of_message
     and a.id = wanted and a.state = 'waiting' and a.attempts = fence
     for update;
end
$$;

-- Keeps what was fetched; with the last one the message is free to go. Outcomes: stored, too_large, lost.
create or replace function postern.store_attachment(
  ticket bytea, of_account uuid, of_message uuid, wanted uuid, fence smallint, bytes_max integer, new_size integer,
  new_description bytea, new_content bytea)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  found_attachment attachments;
begin
  perform private.process_of(ticket, 'jobs');
  select * into found_attachment from private.claimed_attachment(of_account, of_message, wanted, fence);
  if found_attachment.id is null then
    return query select 'lost';
    return;
  end if;
  if new_size + (select coalesce(sum(o.size_bytes), 0) from attachments o
                  where o.lane = found_attachment.lane and o.account_id = of_account and o.message_id = of_message
                    and o.state = 'stored') > bytes_max then
    return query select 'too_large';
    return;
  end if;
  update attachments a
     set state = 'stored', size_bytes = new_size, description_sealed = new_description, content_sealed = new_content
   where a.lane = found_attachment.lane and a.account_id = of_account and a.message_id = of_message and a.id = wanted;
  update messages m
     set size_bytes = m.size_bytes + new_size
   where m.lane = found_attachment.lane and m.account_id = of_account and m.id = of_message;
  if not exists (select from attachments o
                  where o.lane = found_attachment.lane and o.account_id = of_account and o.message_id = of_message
                    and o.state = 'waiting') then
    perform private.release_attached(found_attachment.lane, of_account, of_message);
  end if;
  return query select 'stored';
end
$$;

-- Takes away the hold of a message whose attachments are all here.
create or replace function private.release_attached(of_lane smallint, of_account uuid, of_message uuid) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  with freed as (
    update deliveries d
       set holds = private.holds_without(d.holds, array['attachments']),
           ready = private.holds_without(d.holds, array['attachments']) is null
               and d.state = 'queued' and d.due_at <= now()
     where d.lane = of_lane and d.account_id = of_account and d.message_id = of_message
       and 'attachments' = any (d.holds)
    returning d.holds
  )
  insert into events (lane, account_id, message_id, n, kind, at)
  select of_lane, of_account, of_message, null, 'released', now()
    from freed f
   where f.holds is null
   limit 1;
  perform pg_notify('deliveries', '');
end
$$;

-- Tries again later.
create or replace function postern.postpone_attachment(
  ticket bytea, of_account uuid, of_message uuid, wanted uuid, fence smallint, again_at timestamptz)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'jobs');
  update attachments a
     set due_at = again_at
   where a.lane = private.lane_of(of_account) and a.account_id = of_account and a.message_id = of_message
     and a.id = wanted and a.state = 'waiting' and a.attempts = fence;
end
$$;

-- Gives up: the message is not sent without it, so what waits of it ends.
create or replace function postern.fail_attachment(
  ticket bytea, of_account uuid, of_message uuid, wanted uuid, fence smallint, why text)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  found_attachment attachments;
begin
  perform private.process_of(ticket, 'jobs');
  select * into found_attachment from private.claimed_attachment(of_account, of_message, wanted, fence);
  if found_attachment.id is null then
    return;
  end if;
  update attachments a
     set state = 'failed', failure = why
   where a.lane = found_attachment.lane and a.account_id = of_account and a.message_id = of_message and a.id = wanted;
  perform private.forget_waiting(found_attachment.lane, of_account, of_message);
  update deliveries d
     set state = 'cancelled', ready = false, holds = null
   where d.lane = found_attachment.lane and d.account_id = of_account and d.message_id = of_message
     and d.state = 'queued';
  insert into events (lane, account_id, message_id, n, kind, at)
  values (found_attachment.lane, of_account, of_message, null, 'attachment_failed', now());
end
$$;

-- Nobody needs the attachments any more that are still to be fetched, until the message is sent again.
create or replace function private.forget_waiting(of_lane smallint, of_account uuid, of_message uuid) returns void
language sql security definer set search_path = postern, private, pg_temp as $$
  update attachments a
     set state = 'failed', failure = 'not_needed'
   where a.lane = of_lane and a.account_id = of_account and a.message_id = of_message and a.state = 'waiting'
$$;
