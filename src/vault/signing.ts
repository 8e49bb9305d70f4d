/**
 * DKIM signatures. Vault is no oracle: it signs only a message the caller has opened under a live lease, only for an
 * account whose signed state lets it send and a domain whose signed state is verified for that account, and only when the
 * header From is of that domain. It builds the DKIM-Signature itself.
 */
import { hash, sign as signWith } from 'node:crypto'
import { promisify } from 'node:util'
import type { DomainStateColumns } from '../core/authority/signed-row.ts'
import { returnPathLabel } from '../core/domains/check-domain.ts'
import type { Clock } from '../lib/clock.ts'
import { readSignedHeaders, signatureHeader, signatureInput, withSignature } from '../mail/dkim.ts'
import type { Signed, SignItem } from './contract.ts'
import type { KeyStore } from './key-store.ts'
import type { SigningStates } from './signing-states.ts'

const signInPool = promisify(signWith)

export interface SigningDeps {
  keys: KeyStore
  clock: Clock
  states: SigningStates
}

export async function signItems(
  deps: SigningDeps,
  accountOf: (messageId: string) => string | undefined,
  items: SignItem[],
): Promise<Signed[]> {
  const pairs = items.flatMap(({ messageId, domain }) => {
    const accountId = accountOf(messageId)
    return accountId === undefined ? [] : [{ accountId, name: domain }]
  })
  const states = await deps.states.load(pairs)
  return Promise.all(
    items.map(async (item): Promise<Signed> => {
      const accountId = accountOf(item.messageId)
      if (accountId === undefined) return { refused: 'not_leased' }
      const headers = readSignedHeaders(item.headers)
      if (headers?.fromDomain !== item.domain) return { refused: 'malformed' }
      if (!states.maySend(accountId)) return { refused: 'account_blocked' }
      const domain = states.domain(accountId, item.domain)
      if (typeof domain === 'string') return { refused: domain }
      return signOne(deps, domain, { ...item, names: headers.names })
    }),
  )
}

async function signOne(
  { keys, clock }: SigningDeps,
  domain: DomainStateColumns,
  { headers, names, bodyHash }: SignItem & { names: string[] },
): Promise<Signed> {
  const selector = domain.activeSelector
  const timestamp = Math.floor(clock.now() / 1000)
  const parts = { domain: domain.name, headerNames: names, bodyHash, timestamp }
  const key = await keys.signingKey({ ...domain, selector })
  if (!key) return { refused: 'domain_not_verified' }
  const unsigned = signatureHeader({ ...parts, selector, algorithm: 'rsa-sha256' })
  const signature = await signInPool('sha256', signatureInput(headers, unsigned), key)
  const signed = [withSignature(unsigned, signature)]
  const second = domain.options?.ed25519Selector
  if (second !== undefined) {
    const secondKey = await keys.signingKey({ ...domain, selector: second })
    const header = signatureHeader({ ...parts, selector: second, algorithm: 'ed25519-sha256' })
    // RFC 8463 §3: what Ed25519 signs is the hash.
    const digest = hash('sha256', signatureInput(headers, header), 'buffer')
    if (secondKey) signed.push(withSignature(header, signWith(null, digest, secondKey)))
  }
  return { headers: signed, selector, returnPath: returnPathOf(domain) }
}

function returnPathOf({ name, returnPathReady, options }: DomainStateColumns): string | null {
  return returnPathReady ? `${options?.returnPath ?? returnPathLabel}.${name}` : null
}
