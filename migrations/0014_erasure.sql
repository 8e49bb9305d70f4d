-- How long an account keeps things, what is erased of a person, and the end of an account.

-- Signed options name `retention` where an account keeps something for less long than the installation does.
create index account_states_retention_index on postern.account_states (account_id) where options ? 'retention';

create index links_message_index on postern.links (lane, account_id, message_id);

-- A person to be erased, by the account's keyed hash of their address. Signed by vault; once it is done `columns` names
-- the hash no more. `walk_from` is the first message that the walk has not passed, `again_from` the first that it had to
-- leave for the next walk.
create table postern.erasures (
  lane        smallint    not null,
  account_id  uuid        not null,
  id          uuid        not null,
  columns     jsonb       not null,
  signature   bytea       not null,
  state       text        not null check (state in ('running', 'done')),
  walk_from   uuid        not null default '00000000-0000-0000-0000-000000000000',
  again_from  uuid,
  messages    integer     not null default 0,
  cancelled   integer     not null default 0,
  created_at  timestamptz not null default now(),
  due_at      timestamptz not null default now(),
  finished_at timestamptz,
  primary key (lane, account_id, id)
);
create index erasures_due_index on postern.erasures (due_at) where state = 'running';
create index erasures_age_index on postern.erasures (finished_at) where state = 'done';

do $$
begin
  alter table postern.erasures enable row level security;
  alter table postern.erasures force row level security;
  create policy owner on postern.erasures to postern_owner using (true) with check (true);
end
$$;
