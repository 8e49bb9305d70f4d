/**
 * Written by `npm run console:types` from docs/openapi/console.json; change the console's schemas instead. `…Body` is
 * what an operation is given, `…Query` what stands behind the question mark, `…Answer` what it says when all is well.
 */

export type Error = {
  error: {
    code: string
    message: string
    field?: string
    request_id: string
  }
}

export type MakePasskeyChallengeAnswer = {
  challenge: string
  rp_id: string
}

export type SignInBody = {
  email?: string
  user_handle?: string
  password?: string
  single_sign_on?: string
  factor?:
    | {
        type: 'totp'
        code: string
      }
    | {
        type: 'recovery'
        code: string
      }
    | {
        type: 'passkey'
        credential_id: string
        challenge: string
        authenticator_data: string
        client_data_json: string
        signature: string
      }
  account_id?: string
  browser_key: string
}

export type SignInAnswer = {
  outcome: 'done' | 'factor_needed' | 'nobody_known'
  enrolling: boolean
  types: ('totp' | 'passkey' | 'recovery')[]
  passkeys: string[]
  kept_factors: boolean
}

export type GetSessionAnswer = {
  id: string
  user: {
    id: string
    name: string
    email: string
    has_password: boolean
  }
  account_id: string
  accounts: {
    id: string
    name: string
    role: string
  }[]
  entered: {
    name: string
    from_id: string
  } | null
  scopes: string[]
  enrolling: boolean
  factors: {
    types: ('totp' | 'passkey' | 'recovery')[]
    passkeys: string[]
  }
  stepped_up_at: string
}

export type StepUpBody = {
  factor:
    | {
        type: 'totp'
        code: string
      }
    | {
        type: 'recovery'
        code: string
      }
    | {
        type: 'passkey'
        credential_id: string
        challenge: string
        authenticator_data: string
        client_data_json: string
        signature: string
      }
    | {
        type: 'password'
        password: string
      }
}

export type StepUpAnswer = {
  id: string
  user: {
    id: string
    name: string
    email: string
    has_password: boolean
  }
  account_id: string
  accounts: {
    id: string
    name: string
    role: string
  }[]
  entered: {
    name: string
    from_id: string
  } | null
  scopes: string[]
  enrolling: boolean
  factors: {
    types: ('totp' | 'passkey' | 'recovery')[]
    passkeys: string[]
  }
  stepped_up_at: string
}

export type SwitchAccountBody = {
  account_id: string
}

export type GetSignInOptionsAnswer = {
  sign_up: 'invitation' | 'open'
  mail: boolean
  single_sign_on: {
    name: string
    required: boolean
  } | null
}

export type RequestPasswordResetBody = {
  email: string
}

export type RequestPasswordResetAnswer = null

export type RequestSignUpBody = {
  email: string
}

export type RequestSignUpAnswer = null

export type GetLinkAnswer = {
  purpose: 'first_owner' | 'invitation' | 'sign_up' | 'reset_password' | 'change_address'
  role: string | null
  is_bound: boolean
}

export type BecomePersonBody = {
  name: string
  email: string
  password: string
  account_name?: string
}

export type BecomePersonAnswer = {
  account_id: string
}

export type ResetPasswordBody = {
  email: string
  password: string
}

export type AcceptInvitationAnswer = {
  account_id: string
}

export type BeginSingleSignOnBody = {
  browser_key: string
  again?: boolean
}

export type BeginSingleSignOnAnswer = {
  location: string
}

export type ReturnFromSingleSignOnBody = {
  browser_key: string
  state: string
  code?: string
  iss?: string
  error?: string
}

export type ReturnFromSingleSignOnAnswer = {
  single_sign_on: string
}

export type BecomePersonBySingleSignOnBody = {
  single_sign_on: string
  browser_key: string
}

export type BecomePersonBySingleSignOnAnswer = {
  account_id: string
}

export type SignUpBySingleSignOnBody = {
  single_sign_on: string
  browser_key: string
}

export type SignUpBySingleSignOnAnswer = {
  account_id: string
}

export type RenameMeBody = {
  name: string
}

export type ChangePasswordBody = {
  password: string
}

export type GetAddressChangeAnswer = {
  change: {
    email: string
    created_at: string
    expires_at: string
  } | null
}

export type AskAddressBody = {
  email: string
}

export type AskAddressAnswer = null

export type ListMyFactorsAnswer = {
  data: {
    id: string
    type: 'totp' | 'passkey' | 'recovery'
    name: string
    created_at: string
    codes_left: number | null
  }[]
}

export type BeginTotpAnswer = {
  secret: string
  uri: string
}

export type AddTotpBody = {
  name: string
  code: string
}

export type AddTotpAnswer = {
  id: string
}

export type MakeRecoveryCodesAnswer = {
  codes: string[]
}

export type MakePasskeyOptionsAnswer = {
  rp: {
    id: string
    name: string
  }
  user: {
    id: string
    name: string
    display_name: string
  }
  challenge: string
  algorithms: number[]
  existing: string[]
  timeout_ms: number
}

export type AddPasskeyBody = {
  name: string
  challenge: string
  credential_id: string
  client_data_json: string
  attestation_object: string
}

export type AddPasskeyAnswer = {
  id: string
}

export type ListMyIdentitiesAnswer = {
  data: {
    id: string
    is_current: boolean
    linked_at: string
  }[]
}

export type ListMySessionsAnswer = {
  data: {
    id: string
    account_id: string
    created_at: string
    expires_at: string
    last_used_at: string | null
    address: string | null
    user_agent: string | null
    is_present: boolean
  }[]
}

export type GetProgramsAnswer = {
  api_url: string
  smtp: {
    host: string
    port: number
  }
  inbox_url: string | null
  test_domain: string | null
}

export type ListKeysQuery = {
  limit?: number
  after?: string
}

export type ListKeysAnswer = {
  data: {
    id: string
    name: string
    permission: 'full_access' | 'sending_access'
    scopes: string[]
    domain_id: string | null
    domain_ids: string[]
    source_cidrs: string[]
    hourly_max: number | null
    streams: ('urgent' | 'transactional' | 'bulk')[] | null
    signature: {
      algorithm: 'ed25519' | 'ecdsa-p256-sha256'
      public_key: string
    } | null
    canary: boolean
    holds: boolean
    keeps_content: boolean
    created_at: string
    expires_at: string | null
    retires_at: string | null
    last_used_at: string | null
    last_used_from: string | null
    last_user_agent: string | null
  }[]
  has_more: boolean
}

export type CreateKeyBody = {
  name: string
  scopes: (
    | 'emails:send'
    | 'emails:read'
    | 'emails:write'
    | 'domains:read'
    | 'domains:write'
    | 'keys:read'
    | 'keys:write'
    | 'suppressions:read'
    | 'suppressions:write'
    | 'logs:read'
    | 'usage:read'
  )[]
  domain_id?: string
  domain_ids?: string[]
  source_cidrs?: string[]
  hourly_max?: number
  expires_at?: string
  streams?: ('urgent' | 'transactional' | 'bulk')[]
  signature?: {
    public_key: string
  }
  canary?: boolean
  holds?: boolean
  keeps_content?: boolean
}

export type CreateKeyAnswer = {
  id: string
  token: string
}

export type GetKeyAnswer = {
  id: string
  name: string
  permission: 'full_access' | 'sending_access'
  scopes: string[]
  domain_id: string | null
  domain_ids: string[]
  source_cidrs: string[]
  hourly_max: number | null
  streams: ('urgent' | 'transactional' | 'bulk')[] | null
  signature: {
    algorithm: 'ed25519' | 'ecdsa-p256-sha256'
    public_key: string
  } | null
  canary: boolean
  holds: boolean
  keeps_content: boolean
  created_at: string
  expires_at: string | null
  retires_at: string | null
  last_used_at: string | null
  last_used_from: string | null
  last_user_agent: string | null
}

export type RenameKeyBody = {
  name: string
}

export type RevokeKeyQuery = {
  hold?: boolean
}

export type RevokeKeyAnswer = {
  held: number | null
}

export type GetKeyUsageAnswer = {
  last_used_at: string | null
  requests_since: string
  requests: {
    day: string
    method: string
    route: string
    requests: number
  }[]
  messages_since: string
  messages: {
    day: string
    domain: string | null
    stream: string
    messages: number
    recipients: number
  }[]
}

export type RollKeyBody = {
  overlap_seconds: number
  signature?: {
    public_key: string
  }
}

export type RollKeyAnswer = {
  id: string
  token: string
  predecessor: {
    id: string
    expires_at: string
  }
}

export type ListDomainsQuery = {
  limit?: number
  after?: string
}

export type ListDomainsAnswer = {
  data: {
    id: string
    name: string
    unicode_name: string | null
    status:
      | 'not_started'
      | 'pending'
      | 'verified'
      | 'failed'
      | 'partially_verified'
      | 'partially_failed'
      | 'deleted'
    created_at: string
    checked_at: string | null
  }[]
  has_more: boolean
}

export type AddDomainBody = {
  name: string
  custom_return_path?: string
  tls?: 'opportunistic' | 'enforced'
  ed25519?: boolean
}

export type AddDomainAnswer = {
  id: string
  name: string
  unicode_name: string | null
  status:
    | 'not_started'
    | 'pending'
    | 'verified'
    | 'failed'
    | 'partially_verified'
    | 'partially_failed'
    | 'deleted'
  created_at: string
  checked_at: string | null
  is_checking: boolean
  next_check_at: string | null
  obstacle: 'held' | 'unanswered' | null
  zone: string
  return_path: string
  return_path_ready: boolean
  tls: 'opportunistic' | 'enforced'
  ed25519: boolean
  active_selector: string
  standby_selector: string
  rotated_at: string | null
  standby_replaceable_at: string | null
  records: {
    purpose: 'dkim' | 'dkim_standby' | 'return_path' | 'dmarc'
    type: 'TXT' | 'MX' | 'CNAME'
    name: string
    name_in_zone: string
    value: string
    priority: number | null
    status: 'not_started' | 'pending' | 'verified' | 'temporary_failure' | 'failed'
    found: string[] | null
    answered_by: string | null
    checked_at: string | null
    hint: string | null
    lookups: number | null
  }[]
  dmarc_advice: string
  own_spf: {
    name: string
    found: string[]
    is_error: boolean
    lookups: number | null
    void_lookups: number | null
    hint: string | null
    answered_by: string
    checked_at: string
  } | null
}

export type GetDomainQuery = {
  dkim?: 'txt' | 'cname'
}

export type GetDomainAnswer = {
  id: string
  name: string
  unicode_name: string | null
  status:
    | 'not_started'
    | 'pending'
    | 'verified'
    | 'failed'
    | 'partially_verified'
    | 'partially_failed'
    | 'deleted'
  created_at: string
  checked_at: string | null
  is_checking: boolean
  next_check_at: string | null
  obstacle: 'held' | 'unanswered' | null
  zone: string
  return_path: string
  return_path_ready: boolean
  tls: 'opportunistic' | 'enforced'
  ed25519: boolean
  active_selector: string
  standby_selector: string
  rotated_at: string | null
  standby_replaceable_at: string | null
  records: {
    purpose: 'dkim' | 'dkim_standby' | 'return_path' | 'dmarc'
    type: 'TXT' | 'MX' | 'CNAME'
    name: string
    name_in_zone: string
    value: string
    priority: number | null
    status: 'not_started' | 'pending' | 'verified' | 'temporary_failure' | 'failed'
    found: string[] | null
    answered_by: string | null
    checked_at: string | null
    hint: string | null
    lookups: number | null
  }[]
  dmarc_advice: string
  own_spf: {
    name: string
    found: string[]
    is_error: boolean
    lookups: number | null
    void_lookups: number | null
    hint: string | null
    answered_by: string
    checked_at: string
  } | null
}

export type ChangeDomainBody = {
  tls?: 'opportunistic' | 'enforced'
  ed25519?: boolean
}

export type GetDomainClaimAnswer = {
  id: string
  status:
    | 'pending'
    | 'verified'
    | 'completed'
    | 'blocked'
    | 'failed'
    | 'expired'
    | 'superseded'
    | 'canceled'
  blocked_reason: 'grace_period' | 'recent_owner_activity' | 'pending_scheduled_emails' | null
  failure_reason: string | null
  record: {
    type: 'TXT'
    name: string
    name_in_zone: string
    value: string
  }
  created_at: string
  expires_at: string
}

export type ClaimDomainAnswer = {
  id: string
  status:
    | 'pending'
    | 'verified'
    | 'completed'
    | 'blocked'
    | 'failed'
    | 'expired'
    | 'superseded'
    | 'canceled'
  blocked_reason: 'grace_period' | 'recent_owner_activity' | 'pending_scheduled_emails' | null
  failure_reason: string | null
  record: {
    type: 'TXT'
    name: string
    name_in_zone: string
    value: string
  }
  created_at: string
  expires_at: string
}

export type VerifyDomainClaimAnswer = {
  id: string
  status:
    | 'pending'
    | 'verified'
    | 'completed'
    | 'blocked'
    | 'failed'
    | 'expired'
    | 'superseded'
    | 'canceled'
  blocked_reason: 'grace_period' | 'recent_owner_activity' | 'pending_scheduled_emails' | null
  failure_reason: string | null
  record: {
    type: 'TXT'
    name: string
    name_in_zone: string
    value: string
  }
  created_at: string
  expires_at: string
}

export type GetOverviewQuery = {
  range?: '24h' | '7d' | '30d' | '90d'
  domain_id?: string
  zone?: string
}

export type GetOverviewAnswer = {
  range: string
  from: string
  till: string
  granularity: string
  has_sent: boolean
  totals: {
    messages: number
    recipients: number
    tried: number
    delivered: number
    bounced: number
    deferred: number
    expired: number
    failed: number
    suppressed: number
    cancelled: number
    complained: number
    unsubscribed: number
  }
  times: {
    deliveries: number
    p50_ms: number | null
    p90_ms: number | null
    p99_ms: number | null
  }
  periods: {
    start: string
    label: string
    counts: {
      messages: number
      recipients: number
      tried: number
      delivered: number
      bounced: number
      deferred: number
      expired: number
      failed: number
      suppressed: number
      cancelled: number
      complained: number
      unsubscribed: number
    }
    times: {
      deliveries: number
      p50_ms: number | null
      p90_ms: number | null
      p99_ms: number | null
    }
  }[]
  providers: {
    provider: string
    counts: {
      messages: number
      recipients: number
      tried: number
      delivered: number
      bounced: number
      deferred: number
      expired: number
      failed: number
      suppressed: number
      cancelled: number
      complained: number
      unsubscribed: number
    }
    times: {
      deliveries: number
      p50_ms: number | null
      p90_ms: number | null
      p99_ms: number | null
    }
  }[]
}

export type GetUsageAnswer = {
  today: {
    messages: number
    recipients: number
    limit: number | null
    resets_at: string
  }
  month: {
    messages: number
    recipients: number
    limit: number | null
    resets_at: string
  }
  domains: {
    used: number
    limit: number
  }
  keys_max: number
  requests_per_second: number
  days: {
    date: string
    messages: number
    recipients: number
  }[]
}

export type ListEmailsQuery = {
  recipient?: string
  message_id?: string
  tag?: string
  state?:
    | 'queued'
    | 'scheduled'
    | 'held'
    | 'deferred'
    | 'delivered'
    | 'bounced'
    | 'expired'
    | 'suppressed'
    | 'cancelled'
  stream?: 'urgent' | 'transactional' | 'bulk'
  from?: string
  to?: string
  limit?: number
  after?: string
}

export type ListEmailsAnswer = {
  data: {
    id: string
    from: string
    subject: string
    created_at: string
    scheduled_at: string | null
    stream: 'urgent' | 'transactional' | 'bulk'
    state:
      | 'queued'
      | 'scheduled'
      | 'held'
      | 'deferred'
      | 'delivered'
      | 'bounced'
      | 'expired'
      | 'failed'
      | 'suppressed'
      | 'cancelled'
    revision: number
    recipients: string[]
    tags: {
      name: string
      value: string
    }[]
  }[]
  next: string | null
  searched_to: string | null
}

export type ListEmailChangesQuery = {
  recipient?: string
  message_id?: string
  tag?: string
  state?:
    | 'queued'
    | 'scheduled'
    | 'held'
    | 'deferred'
    | 'delivered'
    | 'bounced'
    | 'expired'
    | 'suppressed'
    | 'cancelled'
  stream?: 'urgent' | 'transactional' | 'bulk'
  from?: string
  to?: string
  newest?: string
  ids?: string
}

export type ListEmailChangesAnswer = {
  new_count: number
  data: {
    id: string
    state:
      | 'queued'
      | 'scheduled'
      | 'held'
      | 'deferred'
      | 'delivered'
      | 'bounced'
      | 'expired'
      | 'failed'
      | 'suppressed'
      | 'cancelled'
    revision: number
  }[]
}

export type GetEmailAnswer = {
  id: string
  from: string
  subject: string
  created_at: string
  scheduled_at: string | null
  stream: 'urgent' | 'transactional' | 'bulk'
  state:
    | 'queued'
    | 'scheduled'
    | 'held'
    | 'deferred'
    | 'delivered'
    | 'bounced'
    | 'expired'
    | 'failed'
    | 'suppressed'
    | 'cancelled'
  revision: number
  message_id: string
  to: string[]
  cc: string[]
  bcc: string[]
  reply_to: string[]
  tags: {
    name: string
    value: string
  }[]
  expires_at: string
  size_bytes: number
  is_content_kept: boolean
  has_html: boolean
  text: string | null
  headers: string | null
  source: string | null
  is_cut: boolean
  source_lacks_attachments: boolean
  attachments: {
    id: string
    filename: string
    content_type: string
    size_bytes: number
    state: 'stored' | 'waiting' | 'failed'
    is_inline: boolean
  }[]
  deliveries: {
    recipient: string
    state: string
    attempts: number
    holds: string[]
    next_try_at: string | null
    tries: {
      at: string
      outcome: string
      host: string
      tls: string | null
      selector: string | null
      reply_code: number | null
      enhanced_code: string | null
      reply: string[]
      conversation: string[]
      duration_ms: number
    }[]
  }[]
  timeline: {
    at: string
    event: string
    text: string
  }[]
  possible: ('cancel' | 'release' | 'reschedule' | 'resend')[]
}

export type RescheduleEmailBody = {
  scheduled_at: string
}

export type PreviewEmailBody = {
  images: boolean
  theme: 'light' | 'dark'
}

export type PreviewEmailAnswer = {
  url: string
}

export type DownloadEmailAnswer = {
  url: string
}

export type DownloadAttachmentAnswer = {
  url: string
}

export type ListSuppressionsQuery = {
  limit?: number
  after?: string
  reason?: 'bounce' | 'complaint' | 'manual' | 'unsubscribe'
  address?: string
}

export type ListSuppressionsAnswer = {
  data: {
    id: string
    address: string
    reason: 'bounce' | 'complaint' | 'manual' | 'unsubscribe'
    scope: 'all' | 'bulk'
    message_id: string | null
    created_at: string
  }[]
  has_more: boolean
}

export type AddSuppressionsBody = {
  addresses: string[]
}

export type ListLogsQuery = {
  limit?: number
  after?: string
}

export type ListLogsAnswer = {
  data: {
    id: string
    at: string
    method: string
    route: string
    status: number
    user_agent: string | null
  }[]
  has_more: boolean
}

export type GetLogAnswer = {
  id: string
  at: string
  method: string
  route: string
  status: number
  user_agent: string | null
  key_id: string
  client_address: string | null
  duration_ms: number
  request_body: string | null
  response_body: string | null
}

export type ExplainBody = {
  text: string
}

export type ExplainAnswer = {
  kind: 'bounce' | 'reply' | 'header' | 'unknown'
  findings: {
    about: string | null
    codes: string
    words: string | null
    meaning: string
    advice: string
    tone: 'good' | 'warn' | 'bad'
  }[]
  path: {
    from: string | null
    by: string | null
    protocol: string | null
    at: string | null
    delay_ms: number | null
  }[]
  verdicts: {
    method: string
    result: string
    about: string | null
    meaning: string
    tone: 'good' | 'bad' | 'plain'
  }[]
}

export type ListRolesAnswer = {
  roles: {
    role: 'owner' | 'admin' | 'developer' | 'marketer' | 'analyst' | 'billing' | 'custom'
    summary: string
    scopes: (
      | 'emails:send'
      | 'emails:read'
      | 'emails:write'
      | 'domains:read'
      | 'domains:write'
      | 'keys:read'
      | 'keys:write'
      | 'suppressions:read'
      | 'suppressions:write'
      | 'logs:read'
      | 'usage:read'
      | 'members:read'
      | 'members:write'
      | 'audit:read'
      | 'account:write'
      | 'subaccounts:read'
      | 'subaccounts:write'
      | 'data:erase'
      | 'data:export'
    )[]
  }[]
  scopes: {
    scope:
      | 'emails:send'
      | 'emails:read'
      | 'emails:write'
      | 'domains:read'
      | 'domains:write'
      | 'keys:read'
      | 'keys:write'
      | 'suppressions:read'
      | 'suppressions:write'
      | 'logs:read'
      | 'usage:read'
      | 'members:read'
      | 'members:write'
      | 'audit:read'
      | 'account:write'
      | 'subaccounts:read'
      | 'subaccounts:write'
      | 'data:erase'
      | 'data:export'
    summary: string
  }[]
}

export type ListMembersAnswer = {
  data: {
    id: string
    user_id: string
    name: string
    email: string
    role: 'owner' | 'admin' | 'developer' | 'marketer' | 'analyst' | 'billing' | 'custom'
    scopes:
      | (
          | 'emails:send'
          | 'emails:read'
          | 'emails:write'
          | 'domains:read'
          | 'domains:write'
          | 'keys:read'
          | 'keys:write'
          | 'suppressions:read'
          | 'suppressions:write'
          | 'logs:read'
          | 'usage:read'
          | 'members:read'
          | 'members:write'
          | 'audit:read'
          | 'account:write'
          | 'subaccounts:read'
          | 'subaccounts:write'
          | 'data:erase'
          | 'data:export'
        )[]
      | null
    factors: number
    joined_at: string
    last_sign_in_at: string | null
    is_self: boolean
  }[]
}

export type GetMemberImpactAnswer = {
  sessions: number
  keys: {
    id: string
    name: string
    created_at: string
    last_used_at: string | null
  }[]
}

export type ChangeMemberBody = {
  role: 'owner' | 'admin' | 'developer' | 'marketer' | 'analyst' | 'billing' | 'custom'
  scopes?: (
    | 'emails:send'
    | 'emails:read'
    | 'emails:write'
    | 'domains:read'
    | 'domains:write'
    | 'keys:read'
    | 'keys:write'
    | 'suppressions:read'
    | 'suppressions:write'
    | 'logs:read'
    | 'usage:read'
    | 'members:read'
    | 'members:write'
    | 'audit:read'
    | 'account:write'
    | 'subaccounts:read'
    | 'subaccounts:write'
    | 'data:erase'
    | 'data:export'
  )[]
}

export type ListInvitationsAnswer = {
  data: {
    id: string
    email: string
    role: 'owner' | 'admin' | 'developer' | 'marketer' | 'analyst' | 'billing' | 'custom'
    scopes:
      | (
          | 'emails:send'
          | 'emails:read'
          | 'emails:write'
          | 'domains:read'
          | 'domains:write'
          | 'keys:read'
          | 'keys:write'
          | 'suppressions:read'
          | 'suppressions:write'
          | 'logs:read'
          | 'usage:read'
          | 'members:read'
          | 'members:write'
          | 'audit:read'
          | 'account:write'
          | 'subaccounts:read'
          | 'subaccounts:write'
          | 'data:erase'
          | 'data:export'
        )[]
      | null
    created_at: string
    expires_at: string
  }[]
}

export type InviteBody = {
  email: string
  role: 'owner' | 'admin' | 'developer' | 'marketer' | 'analyst' | 'billing' | 'custom'
  scopes?: (
    | 'emails:send'
    | 'emails:read'
    | 'emails:write'
    | 'domains:read'
    | 'domains:write'
    | 'keys:read'
    | 'keys:write'
    | 'suppressions:read'
    | 'suppressions:write'
    | 'logs:read'
    | 'usage:read'
    | 'members:read'
    | 'members:write'
    | 'audit:read'
    | 'account:write'
    | 'subaccounts:read'
    | 'subaccounts:write'
    | 'data:erase'
    | 'data:export'
  )[]
}

export type InviteAnswer = {
  id: string
}

export type ResendInvitationAnswer = {
  id: string
}

export type GetAccountAnswer = {
  id: string
  name: string
  created_at: string
  state: 'active' | 'blocked' | 'suspended' | 'closing' | 'closed'
  closes_at: string | null
  blocked_for: string | null
  parent_id: string | null
  requires_factor: boolean
  networks: {
    console: string[]
    api: string[]
    smtp: string[]
  }
  idle_key_days: number | null
  your_address: string
  retention_days: number
}

export type RenameAccountBody = {
  name: string
}

export type SetPolicyBody = {
  requires_factor: boolean
  networks: {
    console: string[]
    api: string[]
    smtp: string[]
  }
  idle_key_days?: number | null
  confirm?: boolean
}

export type ListSubaccountsAnswer = {
  data: {
    id: string
    name: string
    created_at: string
    state: 'active' | 'blocked' | 'suspended' | 'closing' | 'closed'
    blocked_for: string | null
    limits: {
      requests_per_second: number
      daily_quota: number | null
      domains: number
      keys: number
    }
    messages_today: number
  }[]
  most: number
  limits: {
    requests_per_second: number
    daily_quota: number | null
    domains: number
    keys: number
  }
}

export type MakeSubaccountBody = {
  name: string
  limits?: {
    requests_per_second?: number
    daily_quota?: number | null
    domains?: number
    keys?: number
  }
}

export type MakeSubaccountAnswer = {
  id: string
}

export type LimitSubaccountBody = {
  requests_per_second?: number
  daily_quota?: number | null
  domains?: number
  keys?: number
}

export type GetRetentionAnswer = {
  operator_days: number
  content_days: number | null
  messages_days: number | null
  logs_days: number | null
  kept: {
    content_days: number
    messages_days: number
    logs_days: number
  }
}

export type SetRetentionBody = {
  content_days: number | null
  messages_days: number | null
  logs_days: number | null
}

export type ListErasuresAnswer = {
  data: {
    id: string
    state: 'running' | 'done'
    messages: number
    cancelled: number
    lifts_suppression: boolean
    created_at: string
    finished_at: string | null
  }[]
}

export type ErasePersonBody = {
  address: string
  lift_suppression: boolean
}

export type ErasePersonAnswer = {
  id: string
}

export type PreviewErasureBody = {
  address: string
}

export type PreviewErasureAnswer = {
  messages: number
  waiting: number
  is_whole: boolean
  is_suppressed: boolean
}

export type AskBreakGlassBody = {
  email: string
  password: string
  recovery_code: string
  account_id?: string
  browser_key: string
}

export type AskBreakGlassAnswer = {
  code: string
  expires_at: string
}

export type ApproveBreakGlassBody = {
  email: string
  password: string
  factor:
    | {
        type: 'totp'
        code: string
      }
    | {
        type: 'recovery'
        code: string
      }
    | {
        type: 'passkey'
        credential_id: string
        challenge: string
        authenticator_data: string
        client_data_json: string
        signature: string
      }
  code: string
  browser_key: string
}

export type ApproveBreakGlassHereBody = {
  code: string
}

export type CloseAccountBody = {
  account_name: string
}

export type ListAuditQuery = {
  limit?: number
  after?: string
  action?: string
  actor?: string
  changes_only?: boolean
  from?: string
  to?: string
}

export type ListAuditAnswer = {
  data: {
    id: string
    at: string
    action: string
    words: string
    actor: {
      kind: 'person' | 'key' | 'link' | 'operator' | 'postern'
      id: string | null
      name: string | null
    }
    process: string
    object: {
      kind: string
      id: string | null
      count: number
    }
    position: number | null
  }[]
  has_more: boolean
}

export type GetAuditProofAnswer = {
  line: string
  position: number
  proof: string[]
  checkpoint: {
    tree_size: number
    root: string
    signature: string
    signed_at: string
  }
}

export type ListAuditActionsAnswer = {
  data: {
    action: string
    words: string
  }[]
}

export type ListRefusedAttemptsQuery = {
  limit?: number
  after?: string
}

export type ListRefusedAttemptsAnswer = {
  data: {
    id: string
    at: string
    door: 'console' | 'api' | 'smtp'
    credential_id: string | null
    user_id: string | null
    name: string | null
    address: string | null
    user_agent: string | null
  }[]
  has_more: boolean
}

export type ExportAuditQuery = {
  from?: string
  to?: string
}

export type ExportAuditAnswer = string

export type StartExportBody = {
  public_key: string
  address?: string
}

export type StartExportAnswer = {
  id: string
  url: string
}

export type GetExportAnswer = {
  id: string
  kind: 'account' | 'person' | null
  state: 'waiting' | 'running' | 'done' | 'cut'
  messages: number
  bytes: number
}
