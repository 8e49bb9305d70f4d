-- Keys that nobody has used for as long as their account says (signed option idleKeyDays), and when the owners were told.
-- A use after that makes the row void; the next telling writes it anew.
create table postern.idle_keys (
  lane          smallint    not null,
  account_id    uuid        not null,
  credential_id uuid        not null,
  told_at       timestamptz not null,
  primary key (lane, account_id, credential_id)
);

-- Accounts with the option: a round of jobs looks at these and at no others.
create index account_states_idle_index on postern.account_states (account_id)
  where options -> 'idleKeyDays' is not null;

do $$
begin
  alter table postern.idle_keys enable row level security;
  alter table postern.idle_keys force row level security;
  create policy owner on postern.idle_keys to postern_owner using (true) with check (true);
end
$$;
