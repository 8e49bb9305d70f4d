/** Making an account: vault makes its keys and signs its rows, one database function stores them all. */
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { beginSession, type SealingSession, sealClass, sealNamed } from '../../lib/seal.ts'
import { makeToken, storedHash, tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import { explainMailbox, parseMailbox } from '../../mail/address.ts'
import type { Authorised, VaultClient } from '../../vault/client.ts'
import { sealCredentialName } from '../credentials/create-credential.ts'
import { insertAccount } from '../operations/queries.ts'

export interface AccountDeps {
  sql: Sql
  vault: Pick<VaultClient, 'authorise'>
  clock: Clock
}

export interface Profile {
  name: string
  email: string
}

export interface NewAccount extends Profile {
  /** Called with the key before the account is stored: whoever must not lose it keeps it here. */
  keepKey?: (apiKey: string) => void
}

const nameLengthMax = 100
/** Of every account, since no key is ever replaced yet. */
export const firstKeyVersion = 1
const firstKeyName = 'First key'

/** The API key has full access and is answered this once. */
export async function createAccount(
  deps: AccountDeps,
  operatorToken: string,
  { keepKey, ...profile }: NewAccount,
): Promise<{ id: string; apiKey: string }> {
  const checked = checkProfile(profile)
  const id = uuidv7(deps.clock.now())
  const made = await makeKeys(deps, operatorToken, id)
  const apiKey = makeToken('live')
  const credentialId = uuidv7(deps.clock.now())
  const { signed } = await deps.vault.authorise(
    { operatorToken },
    {
      kind: 'create_credential',
      accountId: id,
      credential: {
        id: credentialId,
        h2: storedHash(tokenProof(apiKey)).toString('hex'),
        permission: 'full_access',
        domainId: null,
        expiresAt: null,
      },
    },
  )
  keepKey?.(apiKey)
  await insertAccount(deps.sql, tokenProof(operatorToken), {
    accountId: id,
    profileSealed: sealProfile(made.session, checked),
    ...made.row,
    credential: {
      signed,
      nameSealed: sealCredentialName(made.session, credentialId, firstKeyName),
    },
  })
  return { id, apiKey }
}

/** An account of the installation itself: its id is given and nobody holds a key of it. */
export async function createKeylessAccount(
  deps: AccountDeps,
  operatorToken: string,
  { id, ...profile }: Profile & { id: string },
): Promise<void> {
  const made = await makeKeys(deps, operatorToken, id)
  await insertAccount(deps.sql, tokenProof(operatorToken), {
    accountId: id,
    profileSealed: sealProfile(made.session, profile),
    ...made.row,
    credential: null,
  })
}

async function makeKeys(
  { vault }: AccountDeps,
  operatorToken: string,
  accountId: string,
): Promise<{
  session: SealingSession
  row: { sealingPublic: Buffer; sealingWrapped: Buffer; signedState: Authorised['signed'] }
}> {
  const { signed, account } = await vault.authorise(
    { operatorToken },
    { kind: 'create_account', accountId },
  )
  if (!account) throw new Error('vault answers create_account with the keys of the account')
  const sealingPublic = Buffer.from(account.publicKey, 'hex')
  return {
    session: beginSession({ accountId, keyVersion: firstKeyVersion, publicKey: sealingPublic }),
    row: {
      sealingPublic,
      sealingWrapped: Buffer.from(account.wrapped, 'hex'),
      signedState: signed,
    },
  }
}

function sealProfile(session: SealingSession, profile: Profile): Buffer {
  return sealNamed(
    session,
    { recordId: session.accountId, class: sealClass.profile },
    Buffer.from(JSON.stringify(profile)),
  )
}

function checkProfile({ name, email }: Profile): Profile {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > nameLengthMax) {
    throw new Refusal(
      'invalid_input',
      `The name of an account has 1 to ${nameLengthMax} characters.`,
    )
  }
  const mailbox = parseMailbox(email)
  if (!mailbox) {
    throw new Refusal('invalid_input', `The email address is not valid. ${explainMailbox(email)}`)
  }
  if (mailbox.name !== '') {
    throw new Refusal('invalid_input', 'The email is the address alone, without a name before it.')
  }
  return { name: trimmed, email: mailbox.address }
}
