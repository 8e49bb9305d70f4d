/** Names and addresses of people: sealed to the person they belong to, opened for who may know them. */
import { Refusal } from '../../lib/refusal.ts'
import {
  beginSession,
  readNamed,
  type SealClass,
  type SealingSession,
  sealClass,
  sealNamed,
  secretKey,
  unseal,
} from '../../lib/seal.ts'
import { explainMailbox, parseMailbox } from '../../mail/address.ts'
import type { NamedRecord, VaultClient } from '../../vault/client.ts'

export interface PersonProfile {
  name: string
  email: string
}

/** What something is sealed to, as vault tells it. */
export interface Sealing {
  keyVersion: number
  /** hex */
  publicKey: string
}

const nameLengthMax = 100
const openedAtOnce = 256

export function sessionFor(owner: string, { keyVersion, publicKey }: Sealing): SealingSession {
  return beginSession({ accountId: owner, keyVersion, publicKey: Buffer.from(publicKey, 'hex') })
}

export function sealText(
  session: SealingSession,
  recordId: string,
  { text, kind }: { text: string; kind: SealClass },
): Buffer {
  return sealNamed(session, { recordId, class: kind }, Buffer.from(text))
}

export function sealProfile(
  session: SealingSession,
  recordId: string,
  profile: PersonProfile,
): Buffer {
  return sealText(session, recordId, { text: JSON.stringify(profile), kind: sealClass.profile })
}

export interface SealedText {
  /** The person or the account it is sealed to. */
  owner: string
  blob: Buffer
  kind: SealClass
}

/** In the order asked; null for what is empty or not for the asking session to know. */
export async function openTexts(
  vault: Pick<VaultClient, 'openPeople'>,
  h1: Buffer,
  texts: readonly SealedText[],
): Promise<(string | null)[]> {
  const present = texts.filter(({ blob }) => blob.length > 0)
  const keys: (Buffer | null)[] = []
  for (let at = 0; at < present.length; at += openedAtOnce) {
    const records = present.slice(at, at + openedAtOnce).map(namedRecord)
    keys.push(...(await vault.openPeople(h1, records)))
  }
  const keyOf = new Map(present.map((text, index) => [text, keys[index] ?? null]))
  return texts.map((text) => unsealText(text, keyOf.get(text) ?? null))
}

export function namedRecord({ owner, blob }: Pick<SealedText, 'owner' | 'blob'>): NamedRecord {
  const { recordId, keyVersion, sessionPublic } = readNamed(blob)
  return { owner, recordId, keyVersion, sessionPublic }
}

export function unsealText({ owner, blob, kind }: SealedText, key: Buffer | null): string | null {
  if (key === null || blob.length === 0) return null
  const { recordId, sealed } = readNamed(blob)
  return unseal(secretKey(key), { accountId: owner, recordId, class: kind }, sealed).toString(
    'utf8',
  )
}

export function readProfile(text: string | null): PersonProfile | null {
  return text === null ? null : (JSON.parse(text) as PersonProfile) // sealProfile wrote it, the seal proves it
}

/** What a person may be called, and an address alone. `field` names what the caller asked for. */
export function checkPersonName(name: string, field = 'name'): string {
  const trimmed = name.trim()
  if (trimmed !== '' && trimmed.length <= nameLengthMax) return trimmed
  throw new Refusal('invalid_input', `The \`${field}\` has 1 to ${nameLengthMax} characters.`, {
    field,
  })
}

export function checkAddress(email: string): string {
  const mailbox = parseMailbox(email.trim())
  if (!mailbox) {
    throw new Refusal('invalid_input', `The \`email\` is not valid. ${explainMailbox(email)}`, {
      field: 'email',
    })
  }
  if (mailbox.name === '') return mailbox.address
  throw new Refusal(
    'invalid_input',
    'The `email` is the address alone, without a name before it.',
    { field: 'email' },
  )
}
