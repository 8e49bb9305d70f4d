-- Contents that are not to be kept, by jobs.

-- Forgets the content and the attachments of messages whose key keeps none, as soon as every delivery has ended. One that
-- still waits is looked at again after a minute, or when its time has come. Answers how many it looked at.
create or replace function postern.discard_contents(ticket bytea, row_limit integer)
returns table (looked integer, discarded integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  one    record;
  looked integer := 0;
  gone   integer := 0;
begin
  perform private.process_of(ticket, 'jobs');
  for one in
    select c.lane, c.account_id, c.message_id
      from content_discards c
     where c.due_at <= now()
     order by c.due_at
     limit row_limit
       for update skip locked
  loop
    looked := looked + 1;
    -- Whoever sends it again locks it as well, so either that comes first or the content is gone.
    perform from messages m
      where m.lane = one.lane and m.account_id = one.account_id and m.id = one.message_id
        for update;
    if exists (select from deliveries d
                where d.lane = one.lane and d.account_id = one.account_id and d.message_id = one.message_id
                  and d.state in ('queued', 'attempting')) then
      update content_discards c
         set due_at = greatest(now() + interval '1 minute',
                               (select m.scheduled_at from messages m
                                 where m.lane = one.lane and m.account_id = one.account_id and m.id = one.message_id))
       where c.lane = one.lane and c.account_id = one.account_id and c.message_id = one.message_id;
    else
      delete from contents t
       where t.lane = one.lane and t.account_id = one.account_id and t.message_id = one.message_id;
      delete from attachments a
       where a.lane = one.lane and a.account_id = one.account_id and a.message_id = one.message_id;
      delete from content_discards c
       where c.lane = one.lane and c.account_id = one.account_id and c.message_id = one.message_id;
      gone := gone + 1;
    end if;
  end loop;
  return query select looked, gone;
end
$$;
