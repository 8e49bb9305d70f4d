/** Adding a sending domain, unverified: vault makes its signing keys and signs its state. */
import type { DomainsTable } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { Authorised, VaultClient } from '../../vault/client.ts'
import { insertDomain as insertDomainAsOperator } from '../operations/domain-queries.ts'
import { returnPathLabel } from './check-domain.ts'
import { readDomainName } from './domain-name.ts'
import {
  type DomainDocument,
  findDomain,
  type InsertOutcome,
  insertDomain,
  type SigningKeyRow,
} from './queries.ts'

export interface NewDomain {
  name: string
  region: string
  returnPath: string
  tls: DomainsTable['tls']
  /** With an Ed25519 key beside the RSA ones. */
  ed25519: boolean
}

export const regions = ['us-east-1', 'eu-west-1', 'sa-east-1', 'ap-northeast-1'] as const

const nameLengthMax = 253
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** If the insert fails vault has made keys that nobody uses, which is harmless; a domain without keys is not. */
export async function addDomain(
  { sql, vault, clock }: { sql: Sql; vault: VaultClient; clock: Clock },
  h1: Buffer,
  { name: wanted, region, returnPath: wantedPath, tls, ed25519 }: NewDomain,
): Promise<DomainDocument> {
  const name = readDomainName(wanted)
  const returnPath = readReturnPath(wantedPath, name)
  const domainId = uuidv7(clock.now())
  const authorised = await vault.authorise(
    { h1 },
    { kind: 'create_domain', domainId, name, returnPath, ed25519 },
  )
  const { signed } = authorised
  const row = { signed, region, returnPath, tls, signingKeys: signingKeyRows(authorised) }
  demandStored(await insertDomain(sql, h1, row), name)
  const added = await findDomain(sql, h1, domainId)
  if (!added) throw new Error('a domain that was just stored is not found')
  return added
}

/** The same for an account that its operator names. */
export async function addDomainAsOperator(
  { sql, vault, clock }: { sql: Sql; vault: VaultClient; clock: Clock },
  operatorToken: string,
  { accountId, name: wanted }: { accountId: string; name: string },
): Promise<{ id: string; name: string }> {
  const name = readDomainName(wanted)
  const id = uuidv7(clock.now())
  const authorised = await vault.authorise(
    { operatorToken },
    { kind: 'create_domain', accountId, domainId: id, name },
  )
  const outcome = await insertDomainAsOperator(sql, tokenProof(operatorToken), {
    signed: authorised.signed,
    region: regions[0],
    returnPath: returnPathLabel,
    isChecked: true,
    signingKeys: signingKeyRows(authorised),
  })
  demandStored(outcome, name)
  return { id, name }
}

export function signingKeyRows({ signingKeys = [] }: Authorised): SigningKeyRow[] {
  return signingKeys.map(({ selector, algorithm, publicKey, wrapped }) => ({
    selector,
    algorithm,
    publicKey: Buffer.from(publicKey, 'hex'),
    wrapped: Buffer.from(wrapped, 'hex'),
  }))
}

function readReturnPath(text: string, name: string): string {
  const returnPath = text.toLowerCase()
  if (label.test(returnPath) && returnPath.length + 1 + name.length <= nameLengthMax) {
    return returnPath
  }
  throw new Refusal(
    'invalid_input',
    `The \`custom_return_path\` field must be one label of letters, digits and inner hyphens, such as ${returnPathLabel}; with the domain it may have ${nameLengthMax} characters.`,
  )
}

function demandStored(outcome: InsertOutcome, name: string): void {
  if (outcome === 'stored') return
  if (outcome === 'already_exists') {
    throw new Refusal(
      'already_exists',
      `The domain ${name} has been added already; GET /domains shows it.`,
    )
  }
  if (outcome === 'limit_reached') {
    throw new Refusal(
      'limit_reached',
      'The account holds as many domains as it may; delete one or ask the operator to raise its limit.',
    )
  }
  throw new Refusal('not_permitted', 'This API key may not add domains; use one with full access.')
}
