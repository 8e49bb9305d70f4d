-- When keys were last used to sign in by SMTP. Several in one call. From where is told by the log of the messages that
-- follow; until then an earlier place would be taken for the last one.
create or replace function postern.record_uses(
  ticket bytea, accounts uuid[], credentials uuid[], ats timestamptz[])
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'smtp');
  insert into credential_uses as u (lane, account_id, credential_id, last_used_at)
  select private.lane_of(r.account_id), r.account_id, r.credential_id, max(r.at)
    from unnest(accounts, credentials, ats) as r(account_id, credential_id, at)
   group by 1, 2, 3
   order by 1, 2, 3
      on conflict (lane, account_id, credential_id) do update
     set last_used_at = excluded.last_used_at, client_sealed = null
   where u.last_used_at <= excluded.last_used_at;
end
$$;
