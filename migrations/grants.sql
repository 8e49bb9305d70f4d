-- The privilege table: everything a runtime role may do. Re-applied at every migration, after all was taken away; a test
-- compares what is in force with this file. No runtime role has a privilege on any table.

-- Taken away from everyone -------------------------------------------------------------------------------------------
do $$
declare
  routine regprocedure;
begin
  execute format('revoke all on database %I from public', current_database());
  for routine in
    select p.oid
      from pg_proc p
      join pg_namespace s on s.oid = p.pronamespace
     where s.nspname in ('postern', 'private')
  loop
    execute format('revoke all on function %s from public, postern_api, postern_smtp, postern_console, postern_deliver, postern_jobs, postern_vault, postern_ops', routine);
  end loop;
end
$$;
do $$
begin
  execute format('grant connect on database %I to postern_api, postern_smtp, postern_console, postern_deliver, postern_jobs, postern_vault, postern_ops', current_database());
end
$$;
-- What every login may do by default and ours need not: end one another's sessions, take advisory locks, keep large
-- objects, read how many rows tables have. Only a superuser can take it away; `postern doctor` says when it was not.
do $$
declare
  name text;
begin
  if not (select r.rolsuper from pg_roles r where r.rolname = current_user) then
    return;
  end if;
  for name in
    select p.oid::regprocedure::text
      from pg_proc p
     where p.pronamespace = 'pg_catalog'::regnamespace
       and (p.proname in ('pg_terminate_backend', 'pg_cancel_backend', 'lo_create', 'lo_creat', 'lo_from_bytea',
                          'pg_stat_get_live_tuples', 'pg_stat_get_tuples_inserted', 'pg_relation_size',
                          'pg_table_size', 'pg_total_relation_size', 'pg_database_size', 'pg_indexes_size')
            or p.proname like 'pg\_advisory%' or p.proname like 'pg\_try\_advisory%')
  loop
    execute format('revoke execute on function %s from public', name);
  end loop;
  for name in
    select format('pg_catalog.%I', c.relname)
      from pg_class c
     where c.relnamespace = 'pg_catalog'::regnamespace
       and c.relname in ('pg_stats', 'pg_stats_ext', 'pg_stat_user_tables', 'pg_stat_all_tables', 'pg_statio_user_tables',
                         'pg_stat_user_indexes', 'pg_stat_all_indexes', 'pg_stat_activity', 'pg_stat_database')
  loop
    execute format('revoke select on %s from public', name);
  end loop;
end
$$;
revoke all on schema public from public;
revoke all on all tables in schema postern, private from public, postern_api, postern_smtp, postern_console, postern_deliver, postern_jobs, postern_vault, postern_ops;
revoke all on schema postern, private from public, postern_api, postern_smtp, postern_console, postern_deliver, postern_jobs, postern_vault, postern_ops;
grant usage on schema postern to postern_api, postern_smtp, postern_console, postern_deliver, postern_jobs, postern_vault, postern_ops;

-- api: the door over HTTP, and the reads of the asking account; every function but wake_deliver demands a proof --------
grant execute on function postern.accept_messages to postern_api;
grant execute on function postern.wake_deliver to postern_api;
grant execute on function postern.find_sender to postern_api;
grant execute on function postern.find_message to postern_api;
grant execute on function postern.list_messages to postern_api;
grant execute on function postern.reschedule_message to postern_api;
grant execute on function postern.cancel_message to postern_api;
grant execute on function postern.release_message to postern_api;
grant execute on function postern.requeue_message to postern_api;
grant execute on function postern.store_links to postern_api;
grant execute on function postern.list_attachments to postern_api;
grant execute on function postern.find_content to postern_api;
grant execute on function postern.linked_attachment to postern_api;
grant execute on function postern.linked_attachment_content to postern_api;
grant execute on function postern.linked_message to postern_api;
grant execute on function postern.linked_inner_attachment to postern_api;
grant execute on function postern.linked_inner_attachment_content to postern_api;
grant execute on function postern.list_credentials to postern_api;
grant execute on function postern.store_credential to postern_api;
grant execute on function postern.find_credential to postern_api;
grant execute on function postern.rename_credential to postern_api;
grant execute on function postern.roll_credential to postern_api;
grant execute on function postern.hold_submitted to postern_api;
grant execute on function postern.note_canary to postern_api;
grant execute on function postern.store_leaked to postern_api;
grant execute on function postern.credential_usage to postern_api;
grant execute on function postern.record_requests to postern_api;
grant execute on function postern.list_requests to postern_api;
grant execute on function postern.find_request to postern_api;
grant execute on function postern.find_usage to postern_api;
grant execute on function postern.find_statistics to postern_api;
grant execute on function postern.find_delivery_times to postern_api;
grant execute on function postern.find_message_statistics to postern_api;
grant execute on function postern.list_suppressions to postern_api;
grant execute on function postern.find_suppression to postern_api;
grant execute on function postern.add_suppressions to postern_api;
grant execute on function postern.remove_suppressions to postern_api;
grant execute on function postern.find_subscription to postern_api;
grant execute on function postern.unsubscribe to postern_api;
grant execute on function postern.resubscribe to postern_api;
grant execute on function postern.find_domain_state to postern_api;
grant execute on function postern.find_domain to postern_api;
grant execute on function postern.find_domain_named to postern_api;
grant execute on function postern.list_domains to postern_api;
grant execute on function postern.store_domain to postern_api;
grant execute on function postern.request_domain_check to postern_api;
grant execute on function postern.change_domain to postern_api;
grant execute on function postern.delete_domain to postern_api;
grant execute on function postern.store_domain_claim to postern_api;
grant execute on function postern.find_domain_claim to postern_api;
grant execute on function postern.request_domain_claim_check to postern_api;
grant execute on function postern.find_challenge to postern_api;

-- smtp: the door over SMTP; it reads nothing back but the certificate issued for its own key ---------------------------
grant execute on function postern.accept_messages to postern_smtp;
grant execute on function postern.wake_deliver to postern_smtp;
grant execute on function postern.find_sender to postern_smtp;
grant execute on function postern.find_domain_state to postern_smtp;
grant execute on function postern.note_canary to postern_smtp;
grant execute on function postern.record_uses to postern_smtp;
grant execute on function postern.request_certificate to postern_smtp;
grant execute on function postern.record_submissions to postern_smtp;

-- console: the door for people; it reads and changes what the account of a shown proof owns, and sends mail of Postern's own
grant execute on function postern.accept_messages to postern_console;
grant execute on function postern.wake_deliver to postern_console;
grant execute on function postern.find_sender to postern_console;
grant execute on function postern.find_message to postern_console;
grant execute on function postern.list_messages to postern_console;
grant execute on function postern.search_messages to postern_console;
grant execute on function postern.follow_messages to postern_console;
grant execute on function postern.reschedule_message to postern_console;
grant execute on function postern.cancel_message to postern_console;
grant execute on function postern.release_message to postern_console;
grant execute on function postern.requeue_message to postern_console;
grant execute on function postern.list_attachments to postern_console;
grant execute on function postern.find_attachment to postern_console;
grant execute on function postern.list_credentials to postern_console;
grant execute on function postern.note_canary to postern_console;
grant execute on function postern.credential_usage to postern_console;
grant execute on function postern.store_credential to postern_console;
grant execute on function postern.find_credential to postern_console;
grant execute on function postern.rename_credential to postern_console;
grant execute on function postern.roll_credential to postern_console;
grant execute on function postern.hold_submitted to postern_console;
grant execute on function postern.list_requests to postern_console;
grant execute on function postern.find_request to postern_console;
grant execute on function postern.find_usage to postern_console;
grant execute on function postern.find_statistics to postern_console;
grant execute on function postern.find_delivery_times to postern_console;
grant execute on function postern.list_suppressions to postern_console;
grant execute on function postern.find_suppression to postern_console;
grant execute on function postern.add_suppressions to postern_console;
grant execute on function postern.remove_suppressions to postern_console;
grant execute on function postern.find_domain_state to postern_console;
grant execute on function postern.find_domain to postern_console;
grant execute on function postern.find_domain_named to postern_console;
grant execute on function postern.list_domains to postern_console;
grant execute on function postern.store_domain to postern_console;
grant execute on function postern.request_domain_check to postern_console;
grant execute on function postern.change_domain to postern_console;
grant execute on function postern.rotate_domain to postern_console;
grant execute on function postern.replace_standby_key to postern_console;
grant execute on function postern.delete_domain to postern_console;
grant execute on function postern.store_domain_claim to postern_console;
grant execute on function postern.find_domain_claim to postern_console;
grant execute on function postern.request_domain_claim_check to postern_console;
grant execute on function postern.store_people to postern_console;
grant execute on function postern.find_user_salt to postern_console;
grant execute on function postern.find_session to postern_console;
grant execute on function postern.list_members to postern_console;
grant execute on function postern.list_invitations to postern_console;
grant execute on function postern.list_sessions to postern_console;
grant execute on function postern.list_factors to postern_console;
grant execute on function postern.find_self to postern_console;
grant execute on function postern.record_session_uses to postern_console;
grant execute on function postern.claim_notices to postern_console;
grant execute on function postern.finish_notices to postern_console;
grant execute on function postern.record_outsiders to postern_console;
grant execute on function postern.list_outsiders to postern_console;
grant execute on function postern.list_audit to postern_console;
grant execute on function postern.audit_checkpoint to postern_console;
grant execute on function postern.audit_line to postern_console;
grant execute on function postern.ledger_hashes to postern_console;
grant execute on function postern.begin_audit_export to postern_console;
grant execute on function postern.list_audit_export to postern_console;
grant execute on function postern.member_impact to postern_console;
grant execute on function postern.find_account_profile to postern_console;
grant execute on function postern.rename_account to postern_console;
grant execute on function postern.begin_oidc_sign_in to postern_console;
grant execute on function postern.return_oidc_sign_in to postern_console;
grant execute on function postern.find_oidc_sign_in to postern_console;
grant execute on function postern.find_oidc_provider to postern_console;
grant execute on function postern.store_subaccount to postern_console;
grant execute on function postern.change_subaccount to postern_console;
grant execute on function postern.list_subaccounts to postern_console;
grant execute on function postern.list_entered to postern_console;
grant execute on function postern.count_person to postern_console;
grant execute on function postern.list_erasures to postern_console;
grant execute on function postern.store_break_glass to postern_console;
grant execute on function postern.find_shut_accounts to postern_console;
grant execute on function postern.end_export to postern_console;
grant execute on function postern.export_account to postern_console;
grant execute on function postern.export_members to postern_console;
grant execute on function postern.export_invitations to postern_console;
grant execute on function postern.export_domains to postern_console;
grant execute on function postern.export_credentials to postern_console;
grant execute on function postern.export_suppressions to postern_console;
grant execute on function postern.export_messages to postern_console;
grant execute on function postern.export_contents to postern_console;
grant execute on function postern.export_attachments to postern_console;
grant execute on function postern.export_requests to postern_console;
grant execute on function postern.export_usage to postern_console;
grant execute on function postern.export_audit to postern_console;
grant execute on function postern.export_outsiders to postern_console;
grant execute on function postern.find_address_change to postern_console;
grant execute on function postern.store_address_change to postern_console;
grant execute on function postern.rename_person to postern_console;
grant execute on function postern.list_due_resets to postern_console;
grant execute on function postern.list_owners to postern_console;
grant execute on function postern.find_reset_notice to postern_console;

-- deliver: claims and outcomes in the lanes of its ticket ----------------------------------------------------------------
grant execute on function postern.begin_delivery to postern_deliver;
grant execute on function postern.claim_deliveries to postern_deliver;
grant execute on function postern.claimed_content to postern_deliver;
grant execute on function postern.claimed_attachments to postern_deliver;
grant execute on function postern.finish_deliveries to postern_deliver;
grant execute on function postern.release_deliveries to postern_deliver;
grant execute on function postern.release_due to postern_deliver;

-- jobs: domain checks, attachments to fetch, certificates, housekeeping ------------------------------------------------
grant execute on function postern.list_due_domain_checks to postern_jobs;
grant execute on function postern.record_domain_check to postern_jobs;
grant execute on function postern.list_due_domain_claims to postern_jobs;
grant execute on function postern.find_claim_holder to postern_jobs;
grant execute on function postern.record_domain_claim to postern_jobs;
grant execute on function postern.list_idle_keys to postern_jobs;
grant execute on function postern.tell_idle_key to postern_jobs;
grant execute on function postern.retire_idle_key to postern_jobs;
grant execute on function postern.keep_house to postern_jobs;
grant execute on function postern.count_usage to postern_jobs;
grant execute on function postern.count_statistics to postern_jobs;
grant execute on function postern.name_hosts to postern_jobs;
grant execute on function postern.forget_bodies to postern_jobs;
grant execute on function postern.forget_messages to postern_jobs;
grant execute on function postern.forget_old_rows to postern_jobs;
grant execute on function postern.drop_old_partitions to postern_jobs;
grant execute on function postern.discard_contents to postern_jobs;
grant execute on function postern.list_own_retention to postern_jobs;
grant execute on function postern.forget_of_account to postern_jobs;
grant execute on function postern.claim_erasures to postern_jobs;
grant execute on function postern.erase_step to postern_jobs;
grant execute on function postern.list_closing to postern_jobs;
grant execute on function postern.forget_closed_account to postern_jobs;
grant execute on function postern.claim_attachments to postern_jobs;
grant execute on function postern.store_attachment to postern_jobs;
grant execute on function postern.postpone_attachment to postern_jobs;
grant execute on function postern.fail_attachment to postern_jobs;
grant execute on function postern.find_due_certificate to postern_jobs;
grant execute on function postern.store_challenge to postern_jobs;
grant execute on function postern.store_certificate to postern_jobs;
grant execute on function postern.postpone_certificate to postern_jobs;
grant execute on function postern.claim_oidc_sign_ins to postern_jobs;
grant execute on function postern.finish_oidc_sign_in to postern_jobs;
grant execute on function postern.store_oidc_provider to postern_jobs;

-- vault: may this be opened, what is signed, and the ledger --------------------------------------------------------------
grant execute on function postern.vault_role_of to postern_vault;
grant execute on function postern.vault_open_leased to postern_vault;
grant execute on function postern.vault_open_for to postern_vault;
grant execute on function postern.vault_open_waiting to postern_vault;
grant execute on function postern.vault_open_link to postern_vault;
grant execute on function postern.vault_account_keys to postern_vault;
grant execute on function postern.vault_destroy_account to postern_vault;
grant execute on function postern.vault_signing_states to postern_vault;
grant execute on function postern.vault_signing_key to postern_vault;
grant execute on function postern.vault_authority to postern_vault;
grant execute on function postern.vault_authority_keys to postern_vault;
grant execute on function postern.vault_store_authority_key to postern_vault;
grant execute on function postern.vault_idle_key to postern_vault;
grant execute on function postern.vault_person to postern_vault;
grant execute on function postern.vault_one_time_link to postern_vault;
grant execute on function postern.vault_person_row to postern_vault;
grant execute on function postern.vault_epoch to postern_vault;
grant execute on function postern.vault_subaccount to postern_vault;
grant execute on function postern.vault_open_people to postern_vault;
grant execute on function postern.vault_address_change to postern_vault;
grant execute on function postern.vault_open_notice to postern_vault;
grant execute on function postern.vault_note_identity to postern_vault;
grant execute on function postern.vault_begin_export to postern_vault;
grant execute on function postern.ledger_unplaced to postern_vault;
grant execute on function postern.last_checkpoint to postern_vault;
grant execute on function postern.checkpoint_at to postern_vault;
grant execute on function postern.fill_ledger_nodes to postern_vault;
grant execute on function postern.place_lines to postern_vault;

-- ops: the operator's command line, each with the operator's token -------------------------------------------------------
grant execute on function postern.ops_create_account to postern_ops;
grant execute on function postern.ops_store_domain to postern_ops;
grant execute on function postern.ops_store_authority to postern_ops;
grant execute on function postern.ops_list_accounts to postern_ops;
grant execute on function postern.ops_list_subaccounts to postern_ops;
grant execute on function postern.ops_find_account to postern_ops;
grant execute on function postern.ops_list_credentials to postern_ops;
grant execute on function postern.ops_find_credential to postern_ops;
grant execute on function postern.ops_roll_credential to postern_ops;
grant execute on function postern.ops_find_hashes to postern_ops;
grant execute on function postern.ops_log_bodies to postern_ops;
grant execute on function postern.ops_find_domains to postern_ops;
grant execute on function postern.ops_list_domains to postern_ops;
grant execute on function postern.ops_request_domain_check to postern_ops;
grant execute on function postern.ops_request_all_domain_checks to postern_ops;
grant execute on function postern.ops_find_message to postern_ops;
grant execute on function postern.ops_list_queue to postern_ops;
grant execute on function postern.ops_count_queue to postern_ops;
grant execute on function postern.ops_change_queue to postern_ops;
grant execute on function postern.ops_ledger_lines to postern_ops;
grant execute on function postern.ops_checkpoints to postern_ops;
grant execute on function postern.ops_access_inventory to postern_ops;
grant execute on function postern.ops_tell_reset to postern_ops;
grant execute on function postern.ops_list_outliving to postern_ops;
grant execute on function postern.ops_expire_keys to postern_ops;
grant execute on function postern.ops_reset_factors to postern_ops;
grant execute on function postern.ops_find_certificate to postern_ops;
grant execute on function postern.ops_find_oidc_provider to postern_ops;
