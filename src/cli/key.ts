/** `postern key …`: API keys made and revoked by the operator. */
import { createAccountKey, revokeAccountKey } from '../core/accounts/account-keys.ts'
import { findAccount, listCredentials } from '../core/operations/queries.ts'
import { systemClock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import { type Action, runNamedAction } from './action.ts'
import { asOperator } from './operator.ts'
import { facts, table, time } from './plain-text.ts'

const nameDefault = 'Made by the operator'
const permissions = ['full_access', 'sending_access'] as const

const create: Action = {
  shape: { texts: { account: true, name: false, permission: false, domain: false } },
  perform: (given) => {
    const wanted = {
      accountId: given.optionalId('account') ?? '',
      name: given.text('name') ?? nameDefault,
      permission: given.oneOf('permission', permissions) ?? 'full_access',
      domainName: given.text('domain') ?? null,
    }
    return asOperator(async ({ sql, vault, token }) => {
      const deps = { sql, vault, clock: systemClock }
      const { id, apiKey } = await createAccountKey(deps, token, wanted)
      const pairs = [
        ['Key', id],
        ['API key', apiKey],
      ] as const
      return {
        json: { id, api_key: apiKey },
        text: `${facts(pairs)}\n\nThe key is shown this once; keep it where your program reads it.`,
      }
    })
  },
}

const list: Action = {
  shape: { texts: { account: true } },
  perform: (given) => {
    const accountId = given.optionalId('account') ?? ''
    return asOperator(async ({ sql, h1 }) => {
      if (!(await findAccount(sql, h1, accountId))) {
        throw new Refusal('not_found', `There is no account ${accountId}.`)
      }
      const keys = await listCredentials(sql, h1, accountId)
      return {
        json: {
          data: keys.map((key) => ({
            id: key.id,
            permission: key.permission,
            domain_id: key.domainId,
            created_at: key.createdAt.toISOString(),
            last_used_at: key.lastUsedAt?.toISOString() ?? null,
            revoked_at: key.revokedAt?.toISOString() ?? null,
          })),
        },
        text: table(
          ['KEY', 'PERMISSION', 'DOMAIN', 'CREATED', 'LAST USED', 'REVOKED'],
          keys.map((key) => [
            key.id,
            key.permission,
            key.domainId ?? 'any',
            time(key.createdAt),
            time(key.lastUsedAt),
            time(key.revokedAt),
          ]),
        ),
      }
    })
  },
}

const revoke: Action = {
  shape: { operands: ['KEYID'] },
  perform: (given) => {
    const id = given.id('KEYID')
    return asOperator(async ({ sql, vault, token }) => {
      const { accountId } = await revokeAccountKey({ sql, vault }, token, id)
      return {
        json: { id, account_id: accountId, revoked: true },
        text: `Key ${id} is revoked. Messages it has submitted are still delivered.`,
      }
    })
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ create, list, revoke }, args)
}
