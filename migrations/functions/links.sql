-- Links: what opens one message or one attachment for whoever holds it, until it expires, is revoked, or the key that
-- made it ends. Vault signs them; the database keeps the hash of the hash of their secret.

-- Stores links that vault signed for the asking account, each for something of its own. Live links of an account are
-- limited. Outcomes: stored, refused, limit_reached.
create or replace function postern.store_links(h1 bytea, signed jsonb, live_max integer)
returns table (outcome text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
  live   integer;
begin
  select * into asking from private.credential_of(h1);
  if asking.id is null or not private.may(asking, 'emails:read')
     or exists (select from jsonb_array_elements(signed) as s(link)
                 where s.link ->> 'kind' <> 'link'
                    or (s.link #>> '{columns,accountId}')::uuid <> asking.account_id
                    or not private.link_has_target(asking.lane, asking.account_id, s.link -> 'columns')) then
    return query select 'refused';
    return;
  end if;
  select count(*) into live
    from (select from links l
           where l.lane = asking.lane and l.account_id = asking.account_id and l.expires_at > now()
           limit live_max) l;
  if live + jsonb_array_length(signed) > live_max then
    return query select 'limit_reached';
    return;
  end if;
  insert into links (lane, account_id, id, h2, target, message_id, attachment_id, credential_id, created_at, expires_at,
                     signature)
  select asking.lane, asking.account_id, (c.cols ->> 'id')::uuid, decode(c.cols ->> 'h2', 'hex'), c.cols ->> 'target',
         (c.cols ->> 'messageId')::uuid, (c.cols ->> 'attachmentId')::uuid, (c.cols ->> 'credentialId')::uuid,
         private.from_epoch_ms(c.cols ->> 'createdAt'), private.from_epoch_ms(c.cols ->> 'expiresAt'), c.signature
    from (select s.link -> 'columns' as cols, decode(s.link ->> 'signature', 'hex') as signature
            from jsonb_array_elements(signed) as s(link)) c;
  perform private.append_line('api', 'credential', asking.id::text, asking.account_id, 'link.create', 'link', null, null,
                              jsonb_array_length(signed),
                              sha256(coalesce((select string_agg(uuid_send((s.link #>> '{columns,id}')::uuid), ''::bytea
                                                                 order by s.link #>> '{columns,id}')
                                                 from jsonb_array_elements(signed) as s(link)), ''::bytea)));
  return query select 'stored';
end
$$;

-- Whether what a link names is there.
create or replace function private.link_has_target(of_lane smallint, of_account uuid, cols jsonb) returns boolean
language sql stable security definer set search_path = postern, private, pg_temp as $$
  select case cols ->> 'target'
           when 'message' then
             exists (select from messages m
                      where m.lane = of_lane and m.account_id = of_account and m.id = (cols ->> 'messageId')::uuid)
           else
             exists (select from attachments a
                      where a.lane = of_lane and a.account_id = of_account
                        and a.message_id = (cols ->> 'messageId')::uuid and a.id = (cols ->> 'attachmentId')::uuid)
         end
$$;

-- The live link, while the key that made it is valid and the account may act; or no row.
create or replace function private.usable_link(h1 bytea) returns setof postern.links
language sql stable security definer rows 1 set search_path = postern, private, pg_temp as $$
  select l.*
    from private.link_of(h1) l
    join credentials c on c.lane = l.lane and c.account_id = l.account_id and c.id = l.credential_id
    join account_states s on s.lane = l.lane and s.account_id = l.account_id
   where c.revoked_at is null
     and (c.expires_at is null or c.expires_at > now())
     and s.state = 'active'
$$;

-- The attachments of one message of the asking account, in their order; one row without them when it has none, with what
-- says whether some stand within the message itself.
create or replace function postern.list_attachments(h1 bytea, wanted uuid)
returns table (account_id uuid, id uuid, state text, size_bytes integer, description_sealed bytea,
               message_bytes integer, envelope_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select m.account_id, a.id, a.state, a.size_bytes, a.description_sealed,
         case when a.id is null then m.size_bytes end, case when a.id is null then m.envelope_sealed end
    from private.credential_of(h1) c
    join messages m on m.lane = c.lane and m.account_id = c.account_id and m.id = wanted
    left join attachments a on a.lane = m.lane and a.account_id = m.account_id and a.message_id = m.id
   where private.may(c, 'emails:read')
   order by a.position;
end
$$;

create or replace function postern.find_content(h1 bytea, wanted uuid)
returns table (content_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select t.content_sealed
    from private.credential_of(h1) c
    join contents t on t.lane = c.lane and t.account_id = c.account_id and t.message_id = wanted
   where c.permission = 'full_access';
end
$$;

-- What a link to an attachment leads to, without its bytes: how large it is decides when they are fetched.
create or replace function postern.linked_attachment(h1 bytea)
returns table (account_id uuid, id uuid, size_bytes integer, description_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select a.account_id, a.id, a.size_bytes, a.description_sealed
    from private.usable_link(h1) l
    join attachments a on a.lane = l.lane and a.account_id = l.account_id
                      and a.message_id = l.message_id and a.id = l.attachment_id
   where l.target = 'attachment' and a.state = 'stored';
end
$$;

create or replace function postern.linked_attachment_content(h1 bytea)
returns table (content_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select a.content_sealed
    from private.usable_link(h1) l
    join attachments a on a.lane = l.lane and a.account_id = l.account_id
                      and a.message_id = l.message_id and a.id = l.attachment_id
   where l.target = 'attachment' and a.state = 'stored';
end
$$;

-- A link to a message that names an attachment as well opens that attachment only, which stands within the message.
create or replace function postern.linked_message(h1 bytea)
returns table (account_id uuid, id uuid, created_at timestamptz, size_bytes integer, envelope_sealed bytea,
               content_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select m.account_id, m.id, m.created_at, m.size_bytes, m.envelope_sealed, t.content_sealed
    from private.usable_link(h1) l
    join messages m on m.lane = l.lane and m.account_id = l.account_id and m.id = l.message_id
    left join contents t on t.lane = m.lane and t.account_id = m.account_id and t.message_id = m.id
   where l.target = 'message' and l.attachment_id is null;
end
$$;

-- `size_bytes` is the whole message's: it is read to find the attachment.
create or replace function postern.linked_inner_attachment(h1 bytea)
returns table (account_id uuid, id uuid, message_id uuid, size_bytes integer)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select m.account_id, l.attachment_id, m.id, m.size_bytes
    from private.usable_link(h1) l
    join messages m on m.lane = l.lane and m.account_id = l.account_id and m.id = l.message_id
   where l.target = 'message' and l.attachment_id is not null;
end
$$;

create or replace function postern.linked_inner_attachment_content(h1 bytea)
returns table (content_sealed bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select t.content_sealed
    from private.usable_link(h1) l
    join contents t on t.lane = l.lane and t.account_id = l.account_id and t.message_id = l.message_id
   where l.target = 'message' and l.attachment_id is not null;
end
$$;
