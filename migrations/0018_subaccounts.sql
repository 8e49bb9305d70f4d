-- Accounts under another. The signed options of an account's state say under which (`parentId`), and nobody changes that;
-- the column is the same value, for finding only.
alter table postern.account_states
  add column parent_id uuid generated always as ((options ->> 'parentId')::uuid) stored;
create index account_states_parent_index on postern.account_states (parent_id, account_id) where parent_id is not null;

-- What the account above calls it, sealed to that one.
alter table postern.accounts add column label_sealed bytea;
