-- What became of messages, by the hour: added up by jobs behind the watermark `statistics` of private.watermarks.

-- The sending domain, known at the door and otherwise sealed with the envelope; null for the sandbox and for older ones.
alter table postern.messages add column domain_id uuid;

-- Finds the events of a moment. It costs their insertion next to nothing.
create index events_at_index on postern.events using brin (at) with (pages_per_range = 64, autosummarize = on);

-- `provider` is the registered domain of the mail host that decided, '' where none did, and `other` beyond the limit of
-- rows of an hour. `domain_id` is all zeros where none is known. `tried` counts recipients whose first attempt has ended,
-- `deferred` attempts, `messages` messages, all else recipients; `times` counts deliveries by how long they took, in the
-- buckets of private.delivery_edges_ms.
create table postern.statistics_hours (
  lane       smallint    not null,
  account_id uuid        not null,
  hour       timestamptz not null,
  stream     text        not null,
  domain_id  uuid        not null,
  provider   text        not null,
  messages   bigint      not null,
  recipients bigint      not null,
  tried      bigint      not null,
  delivered  bigint      not null,
  bounced    bigint      not null,
  deferred   bigint      not null,
  expired    bigint      not null,
  failed     bigint      not null,
  suppressed bigint      not null,
  cancelled  bigint      not null,
  complained bigint      not null,
  times      bigint[]    not null,
  primary key (lane, account_id, hour, stream, domain_id, provider)
);
create index statistics_hours_age_index on postern.statistics_hours (hour);

-- Which provider a mail host belongs to, as jobs has named it; asked again after a week.
create table private.mail_hosts (
  host     text        primary key,
  provider text        not null,
  named_at timestamptz not null default now()
);

do $$
declare
  target regclass;
begin
  foreach target in array array['postern.statistics_hours', 'private.mail_hosts']::regclass[] loop
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy owner on %s to postern_owner using (true) with check (true)', target);
  end loop;
end
$$;
