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

export type GetSignInOptionsAnswer = {
  sign_up: 'invitation' | 'open'
  mail: boolean
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
  purpose: 'first_owner' | 'invitation' | 'sign_up' | 'reset_password'
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

export type RenameMeBody = {
  name: string
}

export type ChangePasswordBody = {
  password: string
}

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
    source_cidrs: string[]
    hourly_max: number | null
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
