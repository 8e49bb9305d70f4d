-- Signed rows as their consumers check them: `columns` is exactly what the signature covers, `knownVersion` the newest
-- version on record, so that an older row put back is seen as such.

create or replace function private.epoch_ms(at timestamptz) returns bigint
language sql immutable parallel safe as $$
  select (extract(epoch from at) * 1000)::bigint
$$;

create or replace function private.from_epoch_ms(ms text) returns timestamptz
language sql immutable parallel safe as $$
  select to_timestamp(ms::numeric / 1000)
$$;

create or replace function private.known_version(of_lane smallint, of_account uuid, of_kind text, of_object uuid)
returns integer
language sql stable as $$
  select coalesce(max(h.version), 0)
    from postern.authority_history h
   where h.lane = of_lane
     and h.account_id = of_account
     and h.kind = of_kind
     and h.object_id = of_object
$$;

-- Options came later: where there are none the signature does not cover them.
create or replace function private.options_column(options jsonb) returns jsonb
language sql immutable parallel safe as $$
  select case when options is null then '{}'::jsonb else jsonb_build_object('options', options) end
$$;

create or replace function private.account_state_row(s postern.account_states) returns jsonb
language sql stable strict as $$
  select jsonb_build_object(
    'kind', 'account_state',
    'columns', jsonb_build_object(
      'accountId', s.account_id, 'state', s.state, 'reason', s.reason,
      'requestsPerSecond', s.requests_per_second, 'dailyQuota', s.daily_quota,
      'domainsMax', s.domains_max, 'keysMax', s.keys_max) || private.options_column(s.options),
    'version', s.version,
    'previous', encode(s.previous, 'hex'),
    'signature', encode(s.signature, 'hex'),
    'knownVersion', private.known_version(s.lane, s.account_id, 'account_state', s.account_id))
$$;

create or replace function private.credential_row(c postern.credentials) returns jsonb
language sql stable strict as $$
  select jsonb_build_object(
    'kind', 'credential',
    'columns', jsonb_build_object(
      'accountId', c.account_id, 'id', c.id, 'h2', encode(c.h2, 'hex'),
      'permission', c.permission, 'domainId', c.domain_id,
      'createdAt', private.epoch_ms(c.created_at), 'expiresAt', private.epoch_ms(c.expires_at),
      'revokedAt', private.epoch_ms(c.revoked_at)) || private.options_column(c.options),
    'version', c.version,
    'previous', encode(c.previous, 'hex'),
    'signature', encode(c.signature, 'hex'),
    'knownVersion', private.known_version(c.lane, c.account_id, 'credential', c.id))
$$;

create or replace function private.domain_state_row(d postern.domain_states) returns jsonb
language sql stable strict as $$
  select jsonb_build_object(
    'kind', 'domain_state',
    'columns', jsonb_build_object(
      'accountId', d.account_id, 'domainId', d.domain_id, 'name', d.name, 'status', d.status,
      'returnPathReady', d.return_path_ready,
      'activeSelector', d.active_selector, 'standbySelector', d.standby_selector) || private.options_column(d.options),
    'version', d.version,
    'previous', encode(d.previous, 'hex'),
    'signature', encode(d.signature, 'hex'),
    'knownVersion', private.known_version(d.lane, d.account_id, 'domain_state', d.domain_id))
$$;

create or replace function private.link_row(l postern.links) returns jsonb
language sql stable strict as $$
  select jsonb_build_object(
    'kind', 'link',
    'columns', jsonb_build_object(
      'accountId', l.account_id, 'id', l.id, 'h2', encode(l.h2, 'hex'), 'target', l.target,
      'messageId', l.message_id, 'attachmentId', l.attachment_id, 'credentialId', l.credential_id,
      'createdAt', private.epoch_ms(l.created_at), 'expiresAt', private.epoch_ms(l.expires_at)),
    'version', 1,
    'previous', null,
    'signature', encode(l.signature, 'hex'))
$$;

-- Stores a row that vault signed, as the new version of what it names. A version that is not the next one is refused,
-- so two changes at once cannot both win.
create or replace function private.store_authority(signed jsonb) returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  cols        jsonb := signed -> 'columns';
  new_version integer := (signed ->> 'version')::integer;
  account     uuid := (cols ->> 'accountId')::uuid;
  on_lane     smallint := private.lane_of(account);
  object      uuid := coalesce(cols ->> 'domainId', cols ->> 'id', cols ->> 'accountId')::uuid;
  prev        bytea := decode(signed ->> 'previous', 'hex');
  sig         bytea := decode(signed ->> 'signature', 'hex');
begin
  if signed ->> 'kind' = 'credential' then
    object := (cols ->> 'id')::uuid;
  end if;
  if new_version is distinct from private.known_version(on_lane, account, signed ->> 'kind', object) + 1 then
    raise exception 'another change came first' using errcode = 'serialization_failure';
  end if;
  insert into authority_history (lane, account_id, kind, object_id, version, columns, signature)
  values (on_lane, account, signed ->> 'kind', object, new_version, cols, sig);

  case signed ->> 'kind'
    when 'account_state' then
      insert into account_states as s
             (lane, account_id, version, state, reason, requests_per_second, daily_quota, domains_max, keys_max,
              options, previous, signature)
      values (on_lane, account, new_version, cols ->> 'state', cols ->> 'reason',
              (cols ->> 'requestsPerSecond')::integer, (cols ->> 'dailyQuota')::integer,
              (cols ->> 'domainsMax')::integer, (cols ->> 'keysMax')::integer, cols -> 'options', prev, sig)
      on conflict (lane, account_id) do update
         set version = excluded.version, state = excluded.state, reason = excluded.reason,
             requests_per_second = excluded.requests_per_second, daily_quota = excluded.daily_quota,
             domains_max = excluded.domains_max, keys_max = excluded.keys_max, options = excluded.options,
             previous = excluded.previous, signature = excluded.signature;
    when 'credential' then
      insert into credentials as c
             (lane, account_id, id, version, h2, permission, domain_id, user_id, created_at, expires_at, revoked_at,
              options, name_sealed, previous, signature)
      values (on_lane, account, object, new_version, decode(cols ->> 'h2', 'hex'), cols ->> 'permission',
              (cols ->> 'domainId')::uuid, (cols #>> '{options,session,userId}')::uuid,
              private.from_epoch_ms(cols ->> 'createdAt'),
              private.from_epoch_ms(cols ->> 'expiresAt'), private.from_epoch_ms(cols ->> 'revokedAt'),
              cols -> 'options', ''::bytea, prev, sig)
      on conflict (lane, account_id, id) do update
         set version = excluded.version, permission = excluded.permission, domain_id = excluded.domain_id,
             expires_at = excluded.expires_at, revoked_at = excluded.revoked_at, options = excluded.options,
             previous = excluded.previous, signature = excluded.signature;
    when 'domain_state' then
      insert into domain_states as d
             (lane, account_id, domain_id, version, name, status, return_path_ready, active_selector,
              standby_selector, options, previous, signature)
      values (on_lane, account, object, new_version, cols ->> 'name', cols ->> 'status',
              (cols ->> 'returnPathReady')::boolean, cols ->> 'activeSelector', cols ->> 'standbySelector',
              cols -> 'options', prev, sig)
      on conflict (lane, account_id, domain_id) do update
         set version = excluded.version, name = excluded.name, status = excluded.status,
             return_path_ready = excluded.return_path_ready, active_selector = excluded.active_selector,
             standby_selector = excluded.standby_selector, options = excluded.options,
             previous = excluded.previous, signature = excluded.signature;
    else
      perform private.store_person(signed, on_lane, object, prev, sig);
  end case;
end
$$;
