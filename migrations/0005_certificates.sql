-- Certificates from an ACME authority (RFC 8555). All of it is public: the key of a certificate never comes here.
create table private.certificates (
  hostname     text        primary key check (hostname ~ '^[a-z0-9.-]{1,253}$'),
  directory    text        not null check (length(directory) <= 2048),
  key_hash     bytea       not null check (octet_length(key_hash) = 32),
  request      text        not null check (length(request) <= 8192),
  requested_at timestamptz not null default now(),
  chain        text check (length(chain) <= 65536),
  valid_from   timestamptz,
  valid_until  timestamptz,
  due_at       timestamptz not null default now(),
  failures     integer     not null default 0,
  failure_code text check (failure_code ~ '^[a-z][a-z_]{0,39}$'),
  failed_at    timestamptz
);

-- What an authority asks for over HTTP while an order is under way (RFC 8555 §8.3).
create table private.challenges (
  token             text        primary key check (token ~ '^[A-Za-z0-9_-]{1,128}$'),
  key_authorisation text        not null check (length(key_authorisation) <= 256),
  expires_at        timestamptz not null
);

do $$
declare
  target regclass;
begin
  foreach target in array array['private.certificates', 'private.challenges']::regclass[] loop
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy owner on %s to postern_owner using (true) with check (true)', target);
  end loop;
end
$$;
