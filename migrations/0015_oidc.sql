-- Single sign-on (OpenID Connect): ways to the provider and back, what jobs found of the provider, whose subject is whose.

-- One way to the provider and back. What stands between `code` and `issuer` is there from the return of the browser until
-- jobs takes it, and of use to nobody who has not the secret of the client.
create table postern.oidc_sign_ins (
  id           uuid        primary key,
  state_hash   bytea       not null check (octet_length(state_hash) = 32),
  browser_hash bytea       not null check (octet_length(browser_hash) = 32),
  status       text        not null default 'begun' check (status in ('begun', 'returned', 'claimed', 'proved', 'failed')),
  began_at     timestamptz not null default now(),
  browser_key  text        check (length(browser_key) <= 100),
  code         text        check (length(code) <= 4096),
  verifier     text        check (length(verifier) <= 128),
  seed         text        check (length(seed) <= 128),
  issuer       text        check (length(issuer) <= 2048),
  failure_code text        check (failure_code ~ '^[a-z][a-z_]{0,39}$')
);
create index oidc_sign_ins_age_index on postern.oidc_sign_ins (began_at);
create index oidc_sign_ins_returned_index on postern.oidc_sign_ins (began_at) where status = 'returned';

-- What jobs last found of the one provider; console leads browsers to that address of the provider's.
create table private.oidc_provider (
  issuer         text        primary key check (length(issuer) <= 2048),
  endpoint       text        check (length(endpoint) <= 2048),
  redirect_known boolean,
  failure_code   text        check (failure_code ~ '^[a-z][a-z_]{0,39}$'),
  checked_at     timestamptz not null default now()
);

-- For finding a person by the keyed hash of their subject; what counts stands in the signed row of the user.
create table postern.user_identities (
  subject bytea not null primary key check (octet_length(subject) = 32),
  user_id uuid  not null
);
create index user_identities_user_index on postern.user_identities (user_id);

do $$
declare
  target regclass;
begin
  foreach target in array array['postern.oidc_sign_ins', 'private.oidc_provider', 'postern.user_identities']::regclass[] loop
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy owner on %s to postern_owner using (true) with check (true)', target);
  end loop;
end
$$;
