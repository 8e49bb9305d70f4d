/** API keys that the operator makes, rolls and revokes for an account; the account's own are made in core/credentials. */
import { Refusal } from '../../lib/refusal.ts'
import { beginSession } from '../../lib/seal.ts'
import { makeToken, storedHash, tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { Authorised } from '../../vault/client.ts'
import type { CredentialColumns } from '../authority/signed-row.ts'
import { bind } from '../credentials/bound-domains.ts'
import { confirmCredential } from '../credentials/confirm-credential.ts'
import { sealCredentialName } from '../credentials/create-credential.ts'
import { checkRestrictions, type Restrictions } from '../credentials/restrictions.ts'
import {
  endOf,
  type RolledKey,
  type Rolling,
  successorOf,
  withSignatureKey,
} from '../credentials/roll-credential.ts'
import {
  type CredentialRow,
  findCredentialAccount,
  listCredentials,
  rollCredential,
} from '../operations/credential-queries.ts'
import { listDomainsNamed } from '../operations/domain-queries.ts'
import { findAccount, insertAuthority } from '../operations/queries.ts'
import { changeDeliveries, everything } from '../queue/change-deliveries.ts'
import { untilSettled } from '../queue/hold-submitted.ts'
import type { AccountDeps } from './create-account.ts'

export interface OperatorKey {
  accountId: string
  /** Shown in the account's own list of keys. */
  name: string
  permission: 'full_access' | 'sending_access'
  /** The only domain it may send from; for sending keys. Null: all of the account, or several. */
  domainName: string | null
  /** In place of one. */
  domainNames?: readonly string[]
  restrictions?: Restrictions
}

const nameLengthMax = 50

export async function createAccountKey(
  { sql, vault, clock }: AccountDeps,
  operatorToken: string,
  { accountId, name, permission, domainName, domainNames, restrictions = {} }: OperatorKey,
): Promise<{ id: string; apiKey: string }> {
  checkName(name)
  const { expiresAt, options } = checkRestrictions(restrictions, { permission, nowMs: clock.now() })
  const h1 = tokenProof(operatorToken)
  await demandRoom({ sql, h1 }, accountId)
  const names = domainNames ?? (domainName === null ? [] : [domainName])
  const domainIds = await findDomainIds({ sql, h1 }, { accountId, names, permission })
  const id = uuidv7(clock.now())
  const apiKey = makeToken('live')
  const h2 = storedHash(tokenProof(apiKey)).toString('hex')
  const credential = { id, h2, permission, expiresAt, ...bind(domainIds, options) }
  const authorised = await vault.authorise(
    { operatorToken },
    { kind: 'create_credential', accountId, credential },
  )
  await insertAuthority(sql, h1, {
    signed: authorised.signed,
    action: 'credential.create',
    nameSealed: sealName(authorised, { accountId, id, name }),
  })
  return { id, apiKey }
}

/** Again on a revoked key changes nothing. */
export async function revokeAccountKey(
  { sql, vault }: Pick<AccountDeps, 'sql' | 'vault'>,
  operatorToken: string,
  credentialId: string,
): Promise<{ accountId: string }> {
  const h1 = tokenProof(operatorToken)
  const { accountId, row } = await findKey({ sql, h1 }, credentialId)
  if (row.revokedAt !== null) return { accountId }
  const { signed } = await vault.authorise(
    { operatorToken },
    { kind: 'revoke_credential', accountId, credentialId },
  )
  await insertAuthority(sql, h1, { signed, action: 'credential.revoke', nameSealed: null })
  await confirmCredential({ vault }, { operatorToken }, { credentialId, accountId })
  return { accountId }
}

/** Revokes a key and holds what it has submitted and is not delivered; answers how many deliveries wait for a release. */
export async function revokeAndHoldAccountKey(
  { sql, vault }: Pick<AccountDeps, 'sql' | 'vault'>,
  operatorToken: string,
  credentialId: string,
): Promise<{ accountId: string; held: number }> {
  const { accountId } = await revokeAccountKey({ sql, vault }, operatorToken, credentialId)
  const filter = { ...everything, accountId, credentialId }
  const hold = { action: 'hold', hold: 'key', filter } as const
  const held = await untilSettled(async () => {
    const { matched } = await changeDeliveries(sql, tokenProof(operatorToken), hold)
    return matched
  })
  return { accountId, held }
}

/** The account then holds two keys where it had one, but never more than it may. */
export async function rollAccountKey(
  { sql, vault, clock }: AccountDeps,
  operatorToken: string,
  { credentialId, overlapSeconds, signatureKey }: Rolling,
): Promise<RolledKey> {
  const h1 = tokenProof(operatorToken)
  const { accountId, row } = await findKey({ sql, h1 }, credentialId)
  const end = row.expiresAt?.getTime() ?? null
  if (row.revokedAt !== null || (end !== null && end <= clock.now())) {
    throw new Refusal('not_found', `Key ${credentialId} has ended; make a new one.`)
  }
  await demandRoom({ sql, h1 }, accountId)
  const expiresAt = clock.now() + overlapSeconds * 1000
  const ending = await vault.authorise(
    { operatorToken },
    { kind: 'expire_credential', accountId, credentialId, expiresAt },
  )
  // Vault has checked the row it ends, so its columns are believed; the old key's own end is the successor's too.
  const columns = ending.signed.columns as CredentialColumns
  const old = withSignatureKey({ ...columns, expiresAt: end }, signatureKey)
  const { token, credential } = successorOf(old, clock.now())
  const made = await vault.authorise(
    { operatorToken },
    { kind: 'create_credential', accountId, credential },
  )
  await rollCredential(sql, h1, { successor: made.signed, predecessor: ending.signed })
  await confirmCredential({ vault }, { operatorToken }, { credentialId, accountId })
  return { id: credential.id, token, predecessorExpiresAt: new Date(endOf(columns)) }
}

async function findKey(
  { sql, h1 }: { sql: AccountDeps['sql']; h1: Buffer },
  credentialId: string,
): Promise<{ accountId: string; row: CredentialRow }> {
  const accountId = await findCredentialAccount(sql, h1, credentialId)
  const rows = accountId === undefined ? [] : await listCredentials(sql, h1, accountId)
  const row = rows.find(({ id }) => id === credentialId)
  if (accountId !== undefined && row) return { accountId, row }
  throw new Refusal('not_found', `There is no key ${credentialId}; \`key list\` shows them.`)
}

async function demandRoom(
  { sql, h1 }: { sql: AccountDeps['sql']; h1: Buffer },
  accountId: string,
): Promise<void> {
  const account = await findAccount(sql, h1, accountId)
  if (!account)
    throw new Refusal('not_found', `There is no account ${accountId}; \`account list\` shows them.`)
  if (account.keysLive < account.state.columns.keysMax) return
  throw new Refusal(
    'limit_reached',
    'The account holds as many keys as it may; revoke one or raise `account limits --keys`.',
  )
}
function checkName(name: string): void {
  if (name.trim() !== '' && name.length <= nameLengthMax) return
  throw new Refusal('invalid_input', `The name of a key has 1 to ${nameLengthMax} characters.`)
}

/** A full key bound to a domain could simply make an unbound one, so only sending keys are bound. */
async function findDomainIds(
  { sql, h1 }: { sql: AccountDeps['sql']; h1: Buffer },
  {
    accountId,
    names,
    permission,
  }: { accountId: string; names: readonly string[]; permission: OperatorKey['permission'] },
): Promise<string[]> {
  if (names.length > 0 && permission !== 'sending_access') {
    throw new Refusal('invalid_input', 'Only a key with sending_access can be bound to a domain.')
  }
  const ids: string[] = []
  for (const name of names) {
    const found = await listDomainsNamed(sql, h1, name.toLowerCase())
    const own = found.find((domain) => domain.accountId === accountId)
    if (!own) {
      throw new Refusal('not_found', `The account has no domain ${name}; it adds one first.`)
    }
    ids.push(own.id)
  }
  return ids
}

/** The account's public key comes from vault with the signed row, since the database's word for it counts nothing. */
function sealName(
  { sealing }: Authorised,
  { accountId, id, name }: { accountId: string; id: string; name: string },
): Buffer {
  if (!sealing) throw new Error('vault answers the operator with the sealing key of the account')
  const publicKey = Buffer.from(sealing.publicKey, 'hex')
  const session = beginSession({ accountId, keyVersion: sealing.keyVersion, publicKey })
  return sealCredentialName(session, id, name)
}
