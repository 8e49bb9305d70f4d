-- Recipients of bulk mail may leave it by a link of their own. The database keeps the hash of the hash of the link's secret,
-- beside the delivery that it came with; null where the message brings its own way out, or is no bulk mail.
alter table postern.deliveries add column unsubscribe_h2 bytea;

-- Who left bulk mail still gets the rest. Each scope is a row of its own, so that lifting a bounce does not bring back
-- what somebody left; both stand together in the index.
alter table postern.suppressions add column scope text not null default 'all' check (scope in ('all', 'bulk'));
alter table postern.suppressions drop constraint suppressions_pkey;
alter table postern.suppressions add primary key (lane, account_id, recipient_index, scope);
alter table postern.suppressions drop constraint suppressions_reason_check;
alter table postern.suppressions add constraint suppressions_reason_check
  check (reason in ('bounce', 'complaint', 'manual', 'unsubscribe'));

alter table postern.events drop constraint events_kind_check;
alter table postern.events add constraint events_kind_check
  check (kind in ('accepted', 'scheduled', 'rescheduled', 'held', 'released', 'requeued', 'delivered', 'deferred', 'bounced',
                  'expired', 'suppressed', 'cancelled', 'complained', 'attachment_failed', 'unsubscribed', 'resubscribed'));
