-- The tables that stand first. Every table of an account begins its keys with `lane` (0 to 255, the last byte of the
-- account's id) and `account_id`, so that the same tables can later be distributed by lane. Hot tables carry no foreign
-- keys: one function writes each of them. What names a person or carries content is sealed (`…_sealed`), see data-map.json.
create schema postern;
create schema private;

-- Instance -----------------------------------------------------------------------------------------------------------

create table private.migrations (
  name       text        primary key,
  applied_at timestamptz not null default now()
);

create table private.authority_keys (
  version    integer     primary key,
  public_key bytea       not null,
  wrapped    bytea       not null,
  created_at timestamptz not null default now()
);

create table private.processes (
  role        text        not null,
  instance    smallint    not null,
  ticket_hash bytea       not null,
  lane_first  smallint    not null,
  lane_last   smallint    not null,
  started_at  timestamptz not null default now(),
  primary key (role, instance)
);

create table private.operators (
  token_hash bytea       primary key,
  created_at timestamptz not null default now()
);

-- Accounts and authority ---------------------------------------------------------------------------------------------

create table postern.accounts (
  lane           smallint    not null,
  id             uuid        not null,
  profile_sealed bytea       not null,
  created_at     timestamptz not null default now(),
  primary key (lane, id)
);

create table postern.account_keys (
  lane       smallint    not null,
  account_id uuid        not null,
  version    integer     not null,
  public_key bytea       not null,
  wrapped    bytea       not null,
  created_at timestamptz not null default now(),
  primary key (lane, account_id, version)
);

create table postern.account_states (
  lane                smallint not null,
  account_id          uuid     not null,
  version             integer  not null,
  state               text     not null check (state in ('active', 'blocked')),
  reason              text check (reason ~ '^[a-z][a-z0-9_]{0,39}$'),
  requests_per_second integer  not null,
  daily_quota         integer,
  domains_max         integer  not null,
  keys_max            integer  not null,
  previous            bytea,
  signature           bytea    not null,
  primary key (lane, account_id)
);

create table postern.credentials (
  lane         smallint    not null,
  account_id   uuid        not null,
  id           uuid        not null,
  version      integer     not null,
  h2           bytea       not null,
  permission   text        not null check (permission in ('full_access', 'sending_access')),
  domain_id    uuid,
  created_at   timestamptz not null,
  expires_at   timestamptz,
  revoked_at   timestamptz,
  name_sealed  bytea       not null,
  previous     bytea,
  signature    bytea       not null,
  primary key (lane, account_id, id)
);
create unique index credentials_h2_key on postern.credentials (h2);

create table postern.credential_uses (
  lane          smallint    not null,
  account_id    uuid        not null,
  credential_id uuid        not null,
  last_used_at  timestamptz not null,
  primary key (lane, account_id, credential_id)
);

create table postern.domains (
  lane             smallint    not null,
  account_id       uuid        not null,
  id               uuid        not null,
  name             text        not null,
  region           text        not null,
  return_path      text        not null,
  created_at       timestamptz not null default now(),
  check_requested  boolean     not null default false,
  checked_at       timestamptz,
  records_found    jsonb       not null default '{}',
  primary key (lane, account_id, id)
);
create unique index domains_name_key on postern.domains (lane, account_id, name);
create index domains_check_index on postern.domains (check_requested) where check_requested;

create table postern.domain_states (
  lane             smallint not null,
  account_id       uuid     not null,
  domain_id        uuid     not null,
  version          integer  not null,
  name             text     not null,
  status           text     not null check (status in ('not_started', 'pending', 'verified', 'failed')),
  return_path_ready boolean not null,
  active_selector  text     not null,
  standby_selector text     not null,
  previous         bytea,
  signature        bytea    not null,
  primary key (lane, account_id, domain_id)
);
create unique index domain_states_verified_key on postern.domain_states (name) where status = 'verified';

create table postern.signing_keys (
  lane       smallint    not null,
  account_id uuid        not null,
  domain_id  uuid        not null,
  selector   text        not null,
  public_key bytea       not null,
  wrapped    bytea       not null,
  created_at timestamptz not null default now(),
  primary key (lane, account_id, domain_id, selector)
);

-- Every version an authority row ever had, in the order in which vault signed them.
create table postern.authority_history (
  lane       smallint    not null,
  account_id uuid        not null,
  kind       text        not null check (kind in ('account_state', 'credential', 'domain_state')),
  object_id  uuid        not null,
  version    integer     not null,
  columns    jsonb       not null,
  signature  bytea       not null,
  created_at timestamptz not null default now(),
  primary key (lane, account_id, kind, object_id, version)
);

-- Messages -----------------------------------------------------------------------------------------------------------

create table postern.messages (
  lane            smallint    not null,
  account_id      uuid        not null,
  id              uuid        not null,
  credential_id   uuid        not null,
  stream          text        not null check (stream in ('transactional', 'bulk')),
  created_at      timestamptz not null default now(),
  expires_at      timestamptz not null,
  size_bytes      integer     not null,
  recipients      smallint    not null,
  key_version     integer     not null,
  session_public  bytea       not null,
  envelope_sealed bytea       not null,
  primary key (lane, account_id, id)
);
alter table postern.messages alter column envelope_sealed set storage external;

create table postern.contents (
  lane           smallint not null,
  account_id     uuid     not null,
  message_id     uuid     not null,
  content_sealed bytea    not null,
  primary key (lane, account_id, message_id)
);
alter table postern.contents alter column content_sealed set storage external;

-- One row a recipient. `ready` rows may be claimed now; a row that is queued or attempting and not ready comes back at
-- `due_at` (the next try, or the end of the lease). `fence` counts claims: an outcome with an older fence is ignored.
create table postern.deliveries (
  lane            smallint    not null,
  account_id      uuid        not null,
  message_id      uuid        not null,
  n               smallint    not null,
  destination     bytea       not null,
  recipient_index bytea       not null,
  stream          text        not null,
  state           text        not null check (state in ('queued', 'attempting', 'delivered', 'bounced', 'expired', 'suppressed', 'cancelled')),
  ready           boolean     not null,
  due_at          timestamptz not null,
  fence           integer     not null default 0,
  attempts        smallint    not null default 0,
  primary key (lane, account_id, message_id, n)
) with (fillfactor = 70);
create index deliveries_transactional_index on postern.deliveries (lane, account_id, destination, due_at)
  where ready and stream = 'transactional';
create index deliveries_bulk_index on postern.deliveries (lane, account_id, destination, due_at)
  where ready and stream = 'bulk';
create index deliveries_waiting_index on postern.deliveries (lane, state, due_at)
  where not ready and state in ('queued', 'attempting');

create table postern.attempts (
  lane                smallint    not null,
  account_id          uuid        not null,
  message_id          uuid        not null,
  n                   smallint    not null,
  number              smallint    not null,
  at                  timestamptz not null,
  outcome             text        not null check (outcome in ('delivered', 'deferred', 'bounced', 'unreachable')),
  host                text        not null,
  tls                 text,
  selector            text,
  reply_code          smallint,
  enhanced_code       text,
  duration_ms         integer     not null,
  conversation_sealed bytea,
  primary key (lane, account_id, message_id, n, number, at)
) partition by range (at);
create table postern.attempts_default partition of postern.attempts default;

create table postern.events (
  id         bigint      generated always as identity,
  lane       smallint    not null,
  account_id uuid        not null,
  message_id uuid        not null,
  n          smallint,
  kind       text        not null check (kind in ('accepted', 'delivered', 'deferred', 'bounced', 'expired', 'suppressed', 'cancelled')),
  at         timestamptz not null,
  primary key (lane, account_id, message_id, id, at)
) partition by range (at);
create table postern.events_default partition of postern.events default;

create table postern.suppressions (
  lane            smallint    not null,
  account_id      uuid        not null,
  recipient_index bytea       not null,
  reason          text        not null check (reason in ('bounce', 'complaint', 'manual')),
  message_id      uuid,
  address_sealed  bytea,
  created_at      timestamptz not null default now(),
  primary key (lane, account_id, recipient_index)
);

create table postern.idempotency_keys (
  lane         smallint    not null,
  account_id   uuid        not null,
  key_hash     bytea       not null,
  request_hash bytea       not null,
  message_ids  uuid[]      not null,
  created_at   timestamptz not null default now(),
  primary key (lane, account_id, key_hash)
);
create index idempotency_keys_age_index on postern.idempotency_keys (created_at);

create table postern.daily_usage (
  lane       smallint not null,
  account_id uuid     not null,
  day        date     not null,
  messages   integer  not null,
  primary key (lane, account_id, day)
);

create table postern.request_log (
  lane          smallint    not null,
  account_id    uuid        not null,
  id            uuid        not null,
  at            timestamptz not null,
  credential_id uuid        not null,
  method        text        not null,
  route         text        not null,
  status        smallint    not null,
  duration_ms   integer     not null,
  client_sealed bytea       not null,
  primary key (lane, account_id, id, at)
) partition by range (at);
create table postern.request_log_default partition of postern.request_log default;

-- Ledger -------------------------------------------------------------------------------------------------------------

-- Lines are only ever inserted; vault gives each its `position` in the Merkle tree within a second or so.
create table postern.ledger (
  id             bigint      generated always as identity,
  at             timestamptz not null default clock_timestamp(),
  process        text        not null,
  actor_kind     text        not null check (actor_kind in ('process', 'credential', 'operator')),
  actor_id       text        not null,
  lane           smallint,
  account_id     uuid,
  action         text        not null,
  object_kind    text        not null,
  object_id      uuid,
  object_version integer,
  object_count   integer     not null,
  objects_hash   bytea       not null,
  position       bigint,
  primary key (id, at)
) partition by range (at);
create table postern.ledger_default partition of postern.ledger default;
create index ledger_unplaced_index on postern.ledger (id) where position is null;
create index ledger_position_index on postern.ledger (position);

create table postern.checkpoints (
  tree_size bigint      primary key,
  at        timestamptz not null default now(),
  root      bytea       not null,
  frontier  bytea       not null,
  signature bytea       not null
);

-- Row security: on for everyone, the owner included; only the functions, which run as the owner, see rows.
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
  loop
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy owner on %s to postern_owner using (true) with check (true)', target);
  end loop;
end
$$;
