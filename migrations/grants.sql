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
    execute format('revoke all on function %s from public, postern_api, postern_deliver, postern_jobs, postern_vault, postern_ops', routine);
  end loop;
end
$$;
do $$
begin
  execute format('grant connect on database %I to postern_api, postern_deliver, postern_jobs, postern_vault, postern_ops', current_database());
end
$$;
revoke all on schema public from public;
revoke all on all tables in schema postern, private from public, postern_api, postern_deliver, postern_jobs, postern_vault, postern_ops;
revoke all on schema postern, private from public, postern_api, postern_deliver, postern_jobs, postern_vault, postern_ops;
grant usage on schema postern to postern_api, postern_deliver, postern_jobs, postern_vault, postern_ops;

-- api: the door over HTTP, and the reads of the asking account; every function but wake_deliver demands a proof --------
grant execute on function postern.accept_messages to postern_api;
grant execute on function postern.wake_deliver to postern_api;
grant execute on function postern.find_sender to postern_api;
grant execute on function postern.find_message to postern_api;
grant execute on function postern.list_messages to postern_api;
grant execute on function postern.list_credentials to postern_api;
grant execute on function postern.store_credential to postern_api;
grant execute on function postern.rename_credential to postern_api;
grant execute on function postern.record_requests to postern_api;
grant execute on function postern.find_domain_state to postern_api;
grant execute on function postern.find_domain to postern_api;
grant execute on function postern.list_domains to postern_api;
grant execute on function postern.store_domain to postern_api;
grant execute on function postern.request_domain_check to postern_api;

-- deliver: claims and outcomes in the lanes of its ticket ----------------------------------------------------------------
grant execute on function postern.begin_delivery to postern_deliver;
grant execute on function postern.claim_deliveries to postern_deliver;
grant execute on function postern.claimed_content to postern_deliver;
grant execute on function postern.finish_deliveries to postern_deliver;
grant execute on function postern.release_deliveries to postern_deliver;
grant execute on function postern.release_due to postern_deliver;

-- jobs: domain checks and housekeeping -----------------------------------------------------------------------------------
grant execute on function postern.list_due_domain_checks to postern_jobs;
grant execute on function postern.record_domain_check to postern_jobs;
grant execute on function postern.keep_house to postern_jobs;

-- vault: may this be opened, what is signed, and the ledger --------------------------------------------------------------
grant execute on function postern.vault_role_of to postern_vault;
grant execute on function postern.vault_open_leased to postern_vault;
grant execute on function postern.vault_open_for to postern_vault;
grant execute on function postern.vault_account_keys to postern_vault;
grant execute on function postern.vault_signing_states to postern_vault;
grant execute on function postern.vault_signing_key to postern_vault;
grant execute on function postern.vault_authority to postern_vault;
grant execute on function postern.vault_authority_keys to postern_vault;
grant execute on function postern.vault_store_authority_key to postern_vault;
grant execute on function postern.ledger_unplaced to postern_vault;
grant execute on function postern.last_checkpoint to postern_vault;
grant execute on function postern.place_lines to postern_vault;

-- ops: the operator's command line, each with the operator's token -------------------------------------------------------
grant execute on function postern.ops_create_account to postern_ops;
grant execute on function postern.ops_store_domain to postern_ops;
grant execute on function postern.ops_store_authority to postern_ops;
grant execute on function postern.ops_list_accounts to postern_ops;
grant execute on function postern.ops_find_account to postern_ops;
grant execute on function postern.ops_list_credentials to postern_ops;
grant execute on function postern.ops_find_credential to postern_ops;
grant execute on function postern.ops_find_domains to postern_ops;
grant execute on function postern.ops_find_message to postern_ops;
grant execute on function postern.ops_list_queue to postern_ops;
grant execute on function postern.ops_count_queue to postern_ops;
grant execute on function postern.ops_ledger_lines to postern_ops;
grant execute on function postern.ops_checkpoints to postern_ops;
