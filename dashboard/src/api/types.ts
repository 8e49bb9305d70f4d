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
  stepped_up_at: string
}

export type SwitchAccountBody = {
  account_id: string
}
