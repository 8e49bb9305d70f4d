-- Leaving bulk mail by the link in a message. Its proof is the hash of the link's secret: it holds for one delivery, which
-- the link names, and for nothing else. An unknown one gets no row.
--
-- What is answered is how things stand for that recipient: subscribed, undoable (left by this very link, which can take
-- it back), or unsubscribed.

create or replace function private.delivery_of_link(h1 bytea, of_account uuid, of_message uuid, of_n smallint)
returns setof postern.deliveries
language sql stable security definer rows 1 set search_path = postern, private, pg_temp as $$
  select d.*
    from deliveries d
   where d.lane = private.lane_of(of_account) and d.account_id = of_account and d.message_id = of_message and d.n = of_n
     and d.unsubscribe_h2 = sha256(h1)
$$;

create or replace function private.subscription_of(delivery postern.deliveries) returns text
language sql stable security definer set search_path = postern, private, pg_temp as $$
  select coalesce((select case when s.message_id = delivery.message_id then 'undoable' else 'unsubscribed' end
                     from suppressions s
                    where s.lane = delivery.lane and s.account_id = delivery.account_id
                      and s.recipient_index = delivery.recipient_index and s.scope = 'bulk'), 'subscribed')
$$;

-- Changes of mind without end leave no events without end.
create or replace function private.note_subscription(delivery postern.deliveries, of_kind text) returns void
language sql security definer set search_path = postern, private, pg_temp as $$
  insert into events (lane, account_id, message_id, n, kind, at)
  select delivery.lane, delivery.account_id, delivery.message_id, delivery.n, of_kind, now()
   where (select count(*) from events e
           where e.lane = delivery.lane and e.account_id = delivery.account_id and e.message_id = delivery.message_id
             and e.n = delivery.n and e.kind in ('unsubscribed', 'resubscribed')) < 20
$$;

create or replace function postern.find_subscription(h1 bytea, of_account uuid, of_message uuid, of_n smallint)
returns table (standing text)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select private.subscription_of(d)
    from private.delivery_of_link(h1, of_account, of_message, of_n) d;
end
$$;

-- `sealed` is the address under the message's key, as the link brings it. Whoever reads it checks that it belongs to the
-- row's index. Doing it again changes nothing.
create or replace function postern.unsubscribe(
  h1 bytea, of_account uuid, of_message uuid, of_n smallint, sealed bytea)
returns table (standing text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  delivery postern.deliveries;
  added    integer;
begin
  select * into delivery from private.delivery_of_link(h1, of_account, of_message, of_n);
  if delivery.n is null then
    return;
  end if;
  insert into suppressions (lane, account_id, id, recipient_index, scope, reason, message_id, address_sealed)
  select m.lane, m.account_id, private.new_id(), delivery.recipient_index, 'bulk', 'unsubscribe', m.id,
         -- As a sealed value that says itself which session and record its key derives from.
         case when length(sealed) between 28 and 348
              then int4send(m.key_version) || m.session_public || uuid_send(m.id) || sealed end
    from messages m
   where m.lane = delivery.lane and m.account_id = delivery.account_id and m.id = delivery.message_id
      on conflict (lane, account_id, recipient_index, scope) do nothing;
  get diagnostics added = row_count;
  if added > 0 then
    perform private.note_subscription(delivery, 'unsubscribed');
  end if;
  return query select private.subscription_of(delivery);
end
$$;

-- Takes back what this link did, and nothing that another one did.
create or replace function postern.resubscribe(h1 bytea, of_account uuid, of_message uuid, of_n smallint)
returns table (standing text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  delivery postern.deliveries;
  removed  integer;
begin
  select * into delivery from private.delivery_of_link(h1, of_account, of_message, of_n);
  if delivery.n is null then
    return;
  end if;
  delete from suppressions s
   where s.lane = delivery.lane and s.account_id = delivery.account_id
     and s.recipient_index = delivery.recipient_index and s.scope = 'bulk' and s.message_id = delivery.message_id;
  get diagnostics removed = row_count;
  if removed > 0 then
    perform private.note_subscription(delivery, 'resubscribed');
  end if;
  return query select private.subscription_of(delivery);
end
$$;
