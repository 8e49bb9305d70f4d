-- Recipients who left bulk mail by the link of a message. Those of before are not counted.
alter table postern.statistics_hours add column unsubscribed bigint not null default 0;
