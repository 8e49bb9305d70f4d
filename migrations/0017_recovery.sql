-- The profile as it was, for a notice about an address that is no longer the person's; gone once the notice is sent.
alter table postern.notices add column profile_sealed bytea;

-- When the second factors of a person end, as the operator has asked: signed in `columns`, here for finding only.
alter table postern.users add column factors_reset_at timestamptz;
create index users_reset_index on postern.users (factors_reset_at) where factors_reset_at is not null;
