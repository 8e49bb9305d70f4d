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
  outcome: 'done' | 'factor_needed'
  enrolling: boolean
  types: ('totp' | 'passkey' | 'recovery')[]
  passkeys: string[]
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
    source_cidrs: string[]
    hourly_max: number | null
    streams: ('urgent' | 'transactional' | 'bulk')[] | null
    canary: boolean
    holds: boolean
    keeps_content: boolean
    created_at: string
    expires_at: string | null
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
  source_cidrs?: string[]
  hourly_max?: number
  expires_at?: string
  streams?: ('urgent' | 'transactional' | 'bulk')[]
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
  source_cidrs: string[]
  hourly_max: number | null
  streams: ('urgent' | 'transactional' | 'bulk')[] | null
  canary: boolean
  holds: boolean
  keeps_content: boolean
  created_at: string
  expires_at: string | null
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
