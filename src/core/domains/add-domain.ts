/** Adding a sending domain, unverified: vault makes its signing keys and signs its state. */
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import { asciiDomain } from '../../mail/address.ts'
import type { VaultClient } from '../../vault/client.ts'
import { sandboxDomain } from '../accounts/system-account.ts'
import { type DomainDocument, findDomain, insertDomain } from './queries.ts'
import { isRegistrable } from './records.ts'

export interface NewDomain {
  name: string
  region: string
  returnPath: string
}

/** If the insert fails vault has made keys that nobody uses, which is harmless; a domain without keys is not. */
export async function addDomain(
  { sql, vault, clock }: { sql: Sql; vault: VaultClient; clock: Clock },
  h1: Buffer,
  { name, region, returnPath }: NewDomain,
): Promise<DomainDocument> {
  const ascii = domainName(name)
  const domainId = uuidv7(clock.now())
  const authorised = await vault.authorise({ h1 }, { kind: 'create_domain', domainId, name: ascii })
  const signingKeys = (authorised.signingKeys ?? []).map((key) => ({
    selector: key.selector,
    publicKey: Buffer.from(key.publicKey, 'hex'),
    wrapped: Buffer.from(key.wrapped, 'hex'),
  }))
  const { signed } = authorised
  const outcome = await insertDomain(sql, h1, { signed, region, returnPath, signingKeys })
  if (outcome !== 'stored') throw refusalOf(outcome, ascii)
  const added = await findDomain(sql, h1, domainId)
  if (!added) throw new Error('a domain that was just stored is not found')
  return added
}

function domainName(text: string): string {
  const name = asciiDomain(text)
  if (name === undefined) {
    throw new Refusal(
      'invalid_input',
      'The `name` field must be a domain name such as example.com, without scheme, path or @.',
    )
  }
  if (name === sandboxDomain || name.endsWith(`.${sandboxDomain}`)) {
    throw new Refusal(
      'already_exists',
      `The domain ${sandboxDomain} belongs to the installation; give a domain of your own.`,
    )
  }
  if (!isRegistrable(name)) {
    throw new Refusal(
      'invalid_input',
      'The `name` field is a public suffix under which others register domains; give a domain of your own.',
    )
  }
  return name
}

function refusalOf(outcome: string | undefined, name: string): Refusal {
  if (outcome === 'already_exists') {
    return new Refusal('already_exists', `The domain ${name} has been added already.`)
  }
  if (outcome === 'limit_reached') {
    return new Refusal(
      'limit_reached',
      'The account holds as many domains as it may; ask the operator to raise its limit.',
    )
  }
  return new Refusal('not_permitted', 'This API key may not add domains.')
}
