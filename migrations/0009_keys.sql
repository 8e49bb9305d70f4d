-- What a notice is about, where it is one thing: the key that leaked, or the canary that was used.
alter table postern.notices add column object_id uuid;
