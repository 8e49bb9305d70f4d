/** Begins an export: checks what it is asked for, and has vault say that it may begin. */
import { Refusal } from '../../lib/refusal.ts'
import { pointBytes, StreamSealer } from '../../lib/sealed-stream.ts'
import { explainMailbox, parseMailbox } from '../../mail/address.ts'
import type { VaultClient } from '../../vault/client.ts'
import { recipientIndex } from '../messages/accept-message.ts'
import type { Asker, Senders } from '../messages/sender.ts'
import { demandDone } from '../people/store-answer.ts'
import type { ExportKind } from './archive.ts'
import type { Exporting } from './queries.ts'

export interface BegunExport extends Exporting {
  kind: ExportKind
  accountId: string
  startedAt: Date
  /** Of the person it is about; null when it is of the whole account. */
  recipient: Buffer | null
  /** To which it is sealed. */
  publicKey: Buffer
}

export interface ExportWish {
  /** base64url of an uncompressed point of P-256. */
  publicKey: string
  /** Of the person it is about; null when it is of the whole account. */
  address: string | null
}

/** Refuses with `step_up_needed` without a fresh factor; then nothing was written and nobody was told. */
export async function beginExport(
  { vault, senders }: { vault: Pick<VaultClient, 'people'>; senders: Pick<Senders, 'keys'> },
  asker: Asker,
  wish: ExportWish,
): Promise<BegunExport> {
  const publicKey = readPublicKey(wish.publicKey)
  const address = wish.address === null ? null : readAddress(wish.address)
  const kind = address === null ? 'account' : 'person'
  const { h1, accountId } = asker
  const recipient =
    address === null ? null : recipientIndex((await senders.keys(asker)).indexKey, address)
  const answer = demandDone(await vault.people(h1, { kind: 'begin_export', exported: kind }))
  if (!answer.exportBegun) throw new Error('vault named no line for the export')
  const { line: begun, at } = answer.exportBegun
  return { h1, begun, kind, accountId, startedAt: new Date(at), recipient, publicKey }
}

function readPublicKey(text: string): Buffer {
  const point = Buffer.from(text, 'base64url')
  try {
    new StreamSealer(point)
    return point
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new Refusal(
      'invalid_parameter',
      `The \`public_key\` must be a point of P-256, uncompressed (${pointBytes} bytes), in base64url.`,
      { field: 'public_key', cause },
    )
  }
}

function readAddress(text: string): string {
  const mailbox = parseMailbox(text.trim())
  if (mailbox && mailbox.name === '') return mailbox.address
  const why = mailbox ? 'It has a name; give the address alone.' : explainMailbox(text)
  throw new Refusal('invalid_parameter', `The \`address\` cannot be used. ${why}`, {
    field: 'address',
  })
}
