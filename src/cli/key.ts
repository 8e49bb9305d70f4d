/** `postern key …`: API keys made, rolled and revoked by the operator. */
import { readFileSync } from 'node:fs'
import { keyPresetNames, scopesOfKey } from '../core/access/scopes.ts'
import {
  createAccountKey,
  revokeAccountKey,
  revokeAndHoldAccountKey,
  rollAccountKey,
} from '../core/accounts/account-keys.ts'
import type { CredentialOptions } from '../core/authority/signed-row.ts'
import { resolveAccess } from '../core/credentials/access-wish.ts'
import { type Bound, domainsOf, domainsOfKeyMax } from '../core/credentials/bound-domains.ts'
import {
  hourlyMaxMost,
  type Restrictions,
  sourceCidrsMax,
} from '../core/credentials/restrictions.ts'
import { overlapSecondsMax } from '../core/credentials/roll-credential.ts'
import { streams } from '../core/messages/stream.ts'
import { type CredentialRow, listCredentials } from '../core/operations/credential-queries.ts'
import { findAccount } from '../core/operations/queries.ts'
import { systemClock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import { publicKeyPem } from '../lib/signature-key.ts'
import { type Action, runNamedAction } from './action.ts'
import type { Arguments } from './arguments.ts'
import { UsageError } from './command-failure.ts'
import { readMoment, readSeconds } from './duration.ts'
import { asOperator } from './operator.ts'
import { count, facts, table, time } from './plain-text.ts'

const nameDefault = 'Made by the operator'
const permissions = ['full_access', 'sending_access'] as const
const shownOnce = 'The key is shown this once; keep it where your program reads it.'

const create: Action = {
  shape: {
    texts: {
      account: true,
      name: false,
      permission: false,
      preset: false,
      scopes: false,
      streams: false,
      expires: false,
      'hourly-max': false,
      'public-key': false,
    },
    lists: ['cidr', 'domain'],
    switches: ['hold', 'no-content', 'canary'],
  },
  perform: (given) => {
    const { permission, scopes } = resolveAccess({
      permission: given.oneOf('permission', permissions),
      preset: given.oneOf('preset', keyPresetNames),
      scopes: splitList(given.text('scopes')),
    })
    const wanted = {
      accountId: given.optionalId('account') ?? '',
      name: given.text('name') ?? nameDefault,
      permission,
      domainName: null,
      domainNames: readDomainNames(given),
      restrictions: { ...readRestrictions(given), ...(scopes && { scopes }) },
    }
    return asOperator(async ({ sql, vault, token }) => {
      const deps = { sql, vault, clock: systemClock }
      const { id, apiKey } = await createAccountKey(deps, token, wanted)
      const pairs = [
        ['Key', id],
        ['API key', apiKey],
      ] as const
      return { json: { id, api_key: apiKey }, text: `${facts(pairs)}\n\n${shownOnce}` }
    })
  },
}

const list: Action = {
  shape: { texts: { account: true } },
  perform: (given) => {
    const accountId = given.optionalId('account') ?? ''
    return asOperator(async ({ sql, h1 }) => {
      if (!(await findAccount(sql, h1, accountId))) {
        throw new Refusal(
          'not_found',
          `There is no account ${accountId}; \`account list\` shows them.`,
        )
      }
      const keys = await listCredentials(sql, h1, accountId)
      const heads = ['KEY', 'PERMISSION', 'DOMAIN', 'CREATED', 'LAST USED', 'ENDS', 'RESTRICTIONS']
      return { json: { data: keys.map(keyBody) }, text: table(heads, keys.map(keyRow)) }
    })
  },
}

const roll: Action = {
  shape: { operands: ['KEYID'], texts: { overlap: false, 'public-key': false } },
  perform: (given) => {
    const credentialId = given.id('KEYID')
    const overlapSeconds = readSeconds('overlap', given.text('overlap') ?? '24h')
    if (overlapSeconds > overlapSecondsMax) {
      throw new UsageError(`--overlap must be at most ${overlapSecondsMax / 86_400}d`)
    }
    const signatureKey = readPublicKeyFile(given)
    return asOperator(async ({ sql, vault, token }) => {
      const deps = { sql, vault, clock: systemClock }
      const rolling = { credentialId, overlapSeconds, ...signatureKey }
      const rolled = await rollAccountKey(deps, token, rolling)
      const { id, token: apiKey, predecessorExpiresAt } = rolled
      const pairs = [
        ['Key', id],
        ['API key', apiKey],
        ['Old key ends', time(predecessorExpiresAt)],
      ] as const
      return {
        json: { id, api_key: apiKey, predecessor_expires_at: predecessorExpiresAt.toISOString() },
        text: `${facts(pairs)}\n\n${shownOnce}`,
      }
    })
  },
}

const revoke: Action = {
  shape: { operands: ['KEYID'], switches: ['hold'] },
  perform: (given) => {
    const id = given.id('KEYID')
    const holds = given.has('hold')
    return asOperator(async ({ sql, vault, token }) => {
      const deps = { sql, vault }
      const { accountId, held } = holds
        ? await revokeAndHoldAccountKey(deps, token, id)
        : { ...(await revokeAccountKey(deps, token, id)), held: null }
      return {
        json: { id, account_id: accountId, revoked: true, ...(held !== null && { held }) },
        text: `Key ${id} is revoked. ${whatBecomes(id, held)}`,
      }
    })
  },
}

/** Of what the key has submitted; null: nothing was held. */
function whatBecomes(id: string, held: number | null): string {
  if (held === null) return 'Messages it has submitted are still delivered; --hold would hold them.'
  if (held === 0) return 'Nothing that it has submitted was waiting.'
  const deliveries = count(
    held,
    'delivery of its messages waits',
    'deliveries of its messages wait',
  )
  return `${deliveries} for a release: \`queue release --key ${id}\` lets them go, \`queue cancel --key ${id}\` ends them.`
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ create, list, roll, revoke }, args)
}

function readRestrictions(given: Arguments): Restrictions {
  const expires = given.text('expires')
  const sourceCidrs = given.list('cidr')
  const hourlyMax = given.wholeNumber('hourly-max', { min: 1, max: hourlyMaxMost })
  if (sourceCidrs.length > sourceCidrsMax) {
    throw new UsageError(`--cidr may be given at most ${sourceCidrsMax} times`)
  }
  return {
    ...(expires !== undefined && {
      expiresAt: readMoment('expires', expires, systemClock.now()),
    }),
    ...(sourceCidrs.length > 0 && { sourceCidrs }),
    ...(hourlyMax !== undefined && { hourlyMax }),
    ...(given.has('hold') && { holds: true }),
    ...(given.has('no-content') && { keepsContent: false }),
    ...readPublicKeyFile(given),
    ...(given.has('canary') && { canary: true }),
    ...readStreams(given.text('streams')),
  }
}

/** A public key is no secret, so a file of anybody will do. */
function readPublicKeyFile(given: Arguments): Pick<Restrictions, 'signatureKey'> {
  const file = given.text('public-key')
  if (file === undefined) return {}
  try {
    return { signatureKey: readFileSync(file, 'utf8') }
  } catch {
    throw new UsageError(`--public-key must name a file that can be read; ${file} cannot`)
  }
}

function readDomainNames(given: Arguments): readonly string[] {
  const names = given.list('domain')
  if (names.length <= domainsOfKeyMax) return names
  throw new UsageError(`--domain may be given at most ${domainsOfKeyMax} times`)
}

function readStreams(text: string | undefined): Pick<Restrictions, 'streams'> {
  const wanted = splitList(text)?.map((word) => {
    const stream = streams.find((one) => one === word)
    if (stream) return stream
    throw new UsageError(`--streams must be from ${streams.join(', ')}, separated by commas`)
  })
  return wanted ? { streams: wanted } : {}
}

function splitList(text: string | undefined): string[] | undefined {
  return text?.split(',').map((word) => word.trim())
}

function keyBody(key: CredentialRow) {
  const { sourceCidrs, hourlyMax, holds, keepsContent, streams: some, canary } = key.options ?? {}
  const { signatureKey } = key.options ?? {}
  return {
    id: key.id,
    permission: key.permission,
    scopes: canary ? [] : scopesOfKey({ permission: key.permission, ...optionsOf(key) }),
    streams: some ?? streams,
    canary: canary ?? false,
    signature: signatureKey === undefined ? null : { public_key: publicKeyPem(signatureKey) },
    domain_id: key.domainId,
    domain_ids: domainsOf(boundOf(key)),
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    source_cidrs: sourceCidrs ?? [],
    hourly_max: hourlyMax ?? null,
    holds: holds ?? false,
    keeps_content: keepsContent ?? true,
  }
}

function optionsOf({ options }: CredentialRow): { options?: CredentialOptions } {
  return options ? { options } : {}
}

function boundOf(key: CredentialRow): Bound {
  return { domainId: key.domainId ?? null, ...optionsOf(key) }
}

function keyRow(key: CredentialRow): string[] {
  const ends = key.expiresAt ? time(key.expiresAt) : '-'
  return [
    key.id,
    key.permission,
    domainsOf(boundOf(key)).join(' ') || 'any',
    time(key.createdAt),
    time(key.lastUsedAt),
    key.revokedAt ? `revoked ${time(key.revokedAt)}` : ends,
    describeOptions(key.options ?? {}),
  ]
}

function describeOptions(options: CredentialOptions) {
  const { sourceCidrs, hourlyMax, holds, keepsContent, scopes, streams: some, canary } = options
  const parts = [
    ...(canary ? ['canary'] : []),
    ...(options.signatureKey === undefined ? [] : ['signed requests']),
    ...(scopes ? [`may ${scopes.join(' ')}`] : []),
    ...(some ? [`streams ${some.join(' ')}`] : []),
    ...(sourceCidrs ? [`from ${sourceCidrs.join(' ')}`] : []),
    ...(hourlyMax === undefined ? [] : [`${hourlyMax} an hour`]),
    ...(holds ? ['holds'] : []),
    ...(keepsContent === false ? ['keeps no content'] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : 'none'
}
