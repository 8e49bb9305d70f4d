/** API keys that the operator makes and revokes for an account; the account's own are made in core/credentials. */
import { Refusal } from '../../lib/refusal.ts'
import { beginSession } from '../../lib/seal.ts'
import { makeToken, storedHash, tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { Authorised } from '../../vault/client.ts'
import { sealCredentialName } from '../credentials/create-credential.ts'
import { listDomainsNamed } from '../operations/domain-queries.ts'
import {
  findAccount,
  findCredentialAccount,
  insertAuthority,
  listCredentials,
} from '../operations/queries.ts'
import type { AccountDeps } from './create-account.ts'

export interface OperatorKey {
  accountId: string
  /** Shown in the account's own list of keys. */
  name: string
  permission: 'full_access' | 'sending_access'
  /** The only domain it may send from; for sending keys. */
  domainName: string | null
}

const nameLengthMax = 50

export async function createAccountKey(
  { sql, vault, clock }: AccountDeps,
  operatorToken: string,
  { accountId, name, permission, domainName }: OperatorKey,
): Promise<{ id: string; apiKey: string }> {
  checkName(name)
  const h1 = tokenProof(operatorToken)
  const account = await findAccount(sql, h1, accountId)
  if (!account) throw new Refusal('not_found', `There is no account ${accountId}.`)
  if (account.keysLive >= account.state.columns.keysMax) {
    throw new Refusal(
      'limit_reached',
      'The account holds as many keys as it may; revoke one or raise `account limits --keys`.',
    )
  }
  const domainId =
    domainName === null
      ? null
      : await findDomainId({ sql, h1 }, { accountId, domainName, permission })
  const id = uuidv7(clock.now())
  const apiKey = makeToken('live')
  const h2 = storedHash(tokenProof(apiKey)).toString('hex')
  const authorised = await vault.authorise(
    { operatorToken },
    {
      kind: 'create_credential',
      accountId,
      credential: { id, h2, permission, domainId, expiresAt: null },
    },
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
  const accountId = await findCredentialAccount(sql, h1, credentialId)
  if (accountId === undefined) throw new Refusal('not_found', `There is no key ${credentialId}.`)
  const known = await listCredentials(sql, h1, accountId)
  if (known.some((one) => one.id === credentialId && one.revokedAt !== null)) return { accountId }
  const { signed } = await vault.authorise(
    { operatorToken },
    { kind: 'revoke_credential', accountId, credentialId },
  )
  await insertAuthority(sql, h1, { signed, action: 'credential.revoke', nameSealed: null })
  return { accountId }
}

function checkName(name: string): void {
  if (name.trim() !== '' && name.length <= nameLengthMax) return
  throw new Refusal('invalid_input', `The name of a key has 1 to ${nameLengthMax} characters.`)
}

/** A full key bound to a domain could simply make an unbound one, so only sending keys are bound. */
async function findDomainId(
  { sql, h1 }: { sql: AccountDeps['sql']; h1: Buffer },
  {
    accountId,
    domainName,
    permission,
  }: { accountId: string; domainName: string; permission: OperatorKey['permission'] },
): Promise<string> {
  if (permission !== 'sending_access') {
    throw new Refusal('invalid_input', 'Only a key with sending_access can be bound to a domain.')
  }
  const found = await listDomainsNamed(sql, h1, domainName.toLowerCase())
  const own = found.find((domain) => domain.accountId === accountId)
  if (own) return own.id
  throw new Refusal('not_found', `The account has no domain ${domainName}; it adds one first.`)
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
