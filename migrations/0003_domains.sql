-- What a check found of a record is kept with its values and times from now on, so all domains are looked at anew. When a
-- domain was last sent from is asked before its name may go to an account that claims it.
alter table postern.domains add column last_used_at timestamptz;
update postern.domains
   set records_found = '{}',
       next_check_at = now()
 where account_id <> '00000000-0000-7000-8000-000000000000';
-- Whose a claimed name is, asked when a domain becomes verified.
create index domain_claims_completed_index on postern.domain_claims (name) where status = 'completed';
