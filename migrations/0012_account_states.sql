-- An account may also be stopped by the account above it (suspended), or by its owner on the way out (closing).
alter table postern.account_states drop constraint account_states_state_check;
alter table postern.account_states add constraint account_states_state_check
  check (state in ('active', 'blocked', 'suspended', 'closing'));
