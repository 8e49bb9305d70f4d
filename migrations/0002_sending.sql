-- What the whole of the sending side keeps: attachments, schedules, holds, links, options of keys and domains, claims of
-- domains, usage. Rows that were signed before keep their bytes: an option that is not set is not among the signed columns.

-- Keys and domains ---------------------------------------------------------------------------------------------------

-- Signed as `options` when not null: sourceCidrs, hourlyMax, holds, keepsContent.
alter table postern.credentials add column options jsonb;
alter table postern.credential_uses add column client_sealed bytea;

create table postern.credential_hours (
  lane          smallint    not null,
  account_id    uuid        not null,
  credential_id uuid        not null,
  hour          timestamptz not null,
  messages      integer     not null,
  primary key (lane, account_id, credential_id, hour)
);
create index credential_hours_age_index on postern.credential_hours (hour);

-- Signed as `options` when not null: returnPath, ed25519Selector.
alter table postern.domain_states add column options jsonb;
alter table postern.domain_states drop constraint domain_states_status_check;
alter table postern.domain_states add constraint domain_states_status_check
  check (status in ('not_started', 'pending', 'verified', 'failed', 'partially_verified', 'partially_failed', 'deleted'));
alter table postern.domains add column tls text not null default 'opportunistic' check (tls in ('opportunistic', 'enforced'));
-- When jobs looks by itself; null: only when asked.
alter table postern.domains add column next_check_at timestamptz;
create index domains_next_check_index on postern.domains (next_check_at) where next_check_at is not null;
alter table postern.signing_keys add column algorithm text not null default 'rsa' check (algorithm in ('rsa', 'ed25519'));

-- An account asks for a name that another one holds, and proves it in DNS.
create table postern.domain_claims (
  lane           smallint    not null,
  account_id     uuid        not null,
  id             uuid        not null,
  domain_id      uuid        not null,
  name           text        not null,
  record_value   text        not null,
  status         text        not null check (status in ('pending', 'verified', 'completed', 'blocked', 'expired', 'superseded', 'canceled', 'failed')),
  blocked_reason text,
  failure_reason text,
  check_requested boolean    not null default false,
  checked_at     timestamptz,
  created_at     timestamptz not null default now(),
  expires_at     timestamptz not null,
  primary key (lane, account_id, id)
);
create index domain_claims_domain_index on postern.domain_claims (lane, account_id, domain_id, created_at);
create index domain_claims_pending_index on postern.domain_claims (expires_at) where status = 'pending';

-- Messages -----------------------------------------------------------------------------------------------------------

alter table postern.messages add column scheduled_at timestamptz;
-- Keyed hashes of the tags, 8 bytes each, to find messages by a tag; null without tags.
alter table postern.messages add column tag_indexes bytea[];
alter table postern.messages drop constraint messages_stream_check;
alter table postern.messages add constraint messages_stream_check check (stream in ('urgent', 'transactional', 'bulk'));
create index messages_age_index on postern.messages using brin (created_at);

-- The key of each attachment derives from its message's key and its own id, so one can be opened without the others.
-- `waiting`: its bytes are still to be fetched from the address in its description.
create table postern.attachments (
  lane               smallint    not null,
  account_id         uuid        not null,
  message_id         uuid        not null,
  id                 uuid        not null,
  position           smallint    not null,
  state              text        not null check (state in ('stored', 'waiting', 'failed')),
  size_bytes         integer     not null,
  description_sealed bytea       not null,
  content_sealed     bytea,
  attempts           smallint    not null default 0,
  due_at             timestamptz not null default now(),
  failure            text check (failure ~ '^[a-z][a-z0-9_]{0,39}$'),
  primary key (lane, account_id, message_id, id)
);
alter table postern.attachments alter column content_sealed set storage external;
create index attachments_waiting_index on postern.attachments (due_at) where state = 'waiting';

-- Why a delivery that could go does not: `key` (its key says so, or was revoked so), `operator`, `account` (its owner),
-- `attachments` (some are still to be fetched). Null: nothing holds it.
alter table postern.deliveries add column holds text[] check (holds <@ array['key', 'operator', 'account', 'attachments']);
drop index postern.deliveries_transactional_index;
drop index postern.deliveries_bulk_index;
drop index postern.deliveries_waiting_index;
-- By stream first: what is claimed from one stream never passes the rows of another.
create index deliveries_ready_index on postern.deliveries (stream, lane, account_id, destination, due_at) where ready;
create index deliveries_waiting_index on postern.deliveries (lane, state, due_at)
  where not ready and holds is null and state in ('queued', 'attempting');
create index deliveries_held_index on postern.deliveries (lane, account_id, message_id) where holds is not null;

alter table postern.events drop constraint events_kind_check;
alter table postern.events add constraint events_kind_check
  check (kind in ('accepted', 'scheduled', 'rescheduled', 'held', 'released', 'requeued', 'delivered', 'deferred', 'bounced',
                  'expired', 'suppressed', 'cancelled', 'complained', 'attachment_failed'));

-- Messages whose content goes as soon as every delivery has ended.
create table postern.content_discards (
  lane       smallint    not null,
  account_id uuid        not null,
  message_id uuid        not null,
  due_at     timestamptz not null default now(),
  primary key (lane, account_id, message_id)
);
create index content_discards_due_index on postern.content_discards (due_at);

-- A link opens one message or one attachment for whoever holds it, until it expires. Signed by vault like authority.
create table postern.links (
  lane          smallint    not null,
  account_id    uuid        not null,
  id            uuid        not null,
  h2            bytea       not null,
  target        text        not null check (target in ('message', 'attachment')),
  message_id    uuid        not null,
  attachment_id uuid,
  credential_id uuid        not null,
  created_at    timestamptz not null,
  expires_at    timestamptz not null,
  revoked_at    timestamptz,
  signature     bytea       not null,
  primary key (lane, account_id, id)
);
create unique index links_h2_key on postern.links (h2);
create index links_age_index on postern.links (expires_at);

-- Suppressions get an id of their own, newest last, and the bytes that say whose they are: as `name_sealed` elsewhere,
-- the address stands with the session and record that its key derives from.
alter table postern.suppressions add column id uuid;
update postern.suppressions
   set id = encode(set_byte(set_byte(
              overlay(uuid_send(gen_random_uuid())
                placing substring(int8send((extract(epoch from created_at) * 1000)::bigint) from 3) from 1 for 6),
              6, (get_byte(uuid_send(gen_random_uuid()), 6) & 15) | 112),
              8, (get_byte(uuid_send(gen_random_uuid()), 8) & 63) | 128), 'hex')::uuid;
alter table postern.suppressions alter column id set not null;
create unique index suppressions_id_key on postern.suppressions (lane, account_id, id);

-- Requests and usage -------------------------------------------------------------------------------------------------

alter table postern.accounts add column log_bodies boolean not null default false;
alter table postern.request_log add column bodies_sealed bytea;

-- Accepted messages and recipients by day, added up by jobs behind the watermark `usage` of private.watermarks.
create table postern.usage_days (
  lane       smallint not null,
  account_id uuid     not null,
  day        date     not null,
  messages   bigint   not null,
  recipients bigint   not null,
  primary key (lane, account_id, day)
);
create table private.watermarks (
  name text        primary key,
  at   timestamptz not null
);

alter table postern.ledger drop constraint ledger_actor_kind_check;
alter table postern.ledger add constraint ledger_actor_kind_check
  check (actor_kind in ('process', 'credential', 'operator', 'link'));

do $$
declare
  target regclass;
begin
  for target in
    select c.oid
      from pg_class c
      join pg_namespace s on s.oid = c.relnamespace
     where s.nspname in ('postern', 'private')
       and c.relkind in ('r', 'p')
       and not c.relrowsecurity
  loop
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy owner on %s to postern_owner using (true) with check (true)', target);
  end loop;
end
$$;
