-- People: users, their second factors, their membership of accounts, one-time links, and the epochs that end what is older.
-- Each row is signed by vault; `columns` is exactly what its signature covers, and a user's rows stand in the lane and
-- under the id of the user, as an account's do under the account. What is beside `columns` is for finding only.

-- A session is a credential of a person: `options` of a session tell whose (`session`) and what it may do (`scopes`).
alter table postern.credentials add column user_id uuid;
create index credentials_user_index on postern.credentials (user_id, created_at) where user_id is not null;
create index credentials_session_age_index on postern.credentials (expires_at) where user_id is not null;

-- Signed as `options` when not null: networks, requiresFactor.
alter table postern.account_states add column options jsonb;

alter table postern.authority_history drop constraint authority_history_kind_check;
alter table postern.authority_history add constraint authority_history_kind_check
  check (kind in ('account_state', 'credential', 'domain_state', 'user', 'factor', 'member', 'one_time_link', 'epoch'));

create table postern.users (
  lane           smallint    not null,
  id             uuid        not null,
  version        integer     not null,
  email_index    bytea       not null,
  -- Sessions from before this moment have ended.
  not_before     timestamptz not null,
  columns        jsonb       not null,
  profile_sealed bytea       not null default '',
  previous       bytea,
  signature      bytea       not null,
  primary key (lane, id)
);
create unique index users_email_key on postern.users (email_index);

create table postern.factors (
  lane            smallint    not null,
  user_id         uuid        not null,
  id              uuid        not null,
  version         integer     not null,
  credential_hash bytea,
  is_live         boolean     not null,
  -- With the secret of an authenticator, which only vault unwraps.
  columns_wrapped jsonb       not null,
  name_sealed     bytea       not null default '',
  previous        bytea,
  signature       bytea       not null,
  primary key (lane, user_id, id)
);
create unique index factors_credential_key on postern.factors (credential_hash) where is_live;

-- Each time step of an authenticator once (RFC 6238 §5.2).
create table postern.factor_steps (
  factor_id uuid        not null,
  step      bigint      not null,
  used_at   timestamptz not null default now(),
  primary key (factor_id, step)
);
create index factor_steps_age_index on postern.factor_steps (used_at);

create table postern.members (
  lane       smallint    not null,
  account_id uuid        not null,
  id         uuid        not null,
  version    integer     not null,
  user_id    uuid        not null,
  role       text        not null check (role in ('owner', 'admin', 'developer', 'marketer', 'analyst', 'billing', 'custom')),
  is_live    boolean     not null,
  -- Sessions in the account from before this moment have ended.
  not_before timestamptz not null,
  columns    jsonb       not null,
  previous   bytea,
  signature  bytea       not null,
  primary key (lane, account_id, id)
);
create unique index members_user_key on postern.members (user_id, account_id) where is_live;

-- What a mail or the first screen carries: works once and for a short time.
create table postern.one_time_links (
  lane           smallint    not null,
  account_id     uuid        not null,
  id             uuid        not null,
  version        integer     not null,
  h2             bytea       not null,
  purpose        text        not null check (purpose in ('first_owner', 'invitation', 'sign_up', 'reset_password', 'change_address')),
  expires_at     timestamptz not null,
  is_live        boolean     not null,
  columns        jsonb       not null,
  address_sealed bytea       not null default '',
  previous       bytea,
  signature      bytea       not null,
  primary key (lane, account_id, id)
);
create unique index one_time_links_h2_key on postern.one_time_links (h2);
create index one_time_links_age_index on postern.one_time_links (expires_at);

-- Of an account, or under the nil id of the whole installation: what is older than these moments counts no more.
create table postern.epochs (
  lane                smallint    not null,
  account_id          uuid        not null,
  version             integer     not null,
  sessions_not_before timestamptz not null,
  columns             jsonb       not null,
  previous            bytea,
  signature           bytea       not null,
  primary key (lane, account_id)
);

-- What its people are told about an account or about themselves, by mail.
create table postern.notices (
  id          uuid        primary key,
  user_id     uuid        not null,
  account_id  uuid,
  kind        text        not null check (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
  created_at  timestamptz not null default now(),
  due_at      timestamptz not null default now(),
  sent_at     timestamptz
);
create index notices_due_index on postern.notices (due_at) where sent_at is null;
create index notices_age_index on postern.notices (created_at);

-- Refused for the network they came from: counted per credential and hour, for the account to see.
create table postern.outsider_attempts (
  lane          smallint    not null,
  account_id    uuid        not null,
  id            uuid        not null,
  door          text        not null check (door in ('console', 'api', 'smtp')),
  credential_id uuid,
  user_id       uuid,
  at            timestamptz not null default now(),
  client_sealed bytea       not null,
  primary key (lane, account_id, id)
);
create index outsider_attempts_age_index on postern.outsider_attempts (at);

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

create index ledger_account_index on postern.ledger (account_id, id) where account_id is not null;
