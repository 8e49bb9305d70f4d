/** One message as an export writes it (docs/export-format.md). */
import type { StoredContent } from './archive.ts'
import type { SealedRow } from './message-queries.ts'
import type { OpenedRow } from './message-rows.ts'

type Opened = Pick<OpenedRow, 'envelope' | 'deliveries' | 'descriptions' | 'isContentBroken'>

/** In the export of one person, other people's deliveries and those who got a copy unseen are left out. */
export function messageRow(
  row: SealedRow,
  told: Opened & { content: StoredContent | null; recipient: Buffer | null },
): object {
  const { envelope, content, recipient } = told
  const isShown = (n: number | null) =>
    n === null || recipient === null || row.recipientIndexes[n]?.equals(recipient) === true
  const { from, to, cc, bcc, replyTo, subject, headers, tags } = envelope
  return {
    ...plain(row),
    ...{ from, to, cc },
    ...(recipient === null && { bcc }),
    ...{ reply_to: replyTo, subject, headers, tags },
    deliveries: told.deliveries.filter(({ n }) => isShown(n)).map(deliveryBody),
    events: row.events
      .filter(({ n }) => isShown(n))
      .map(({ kind, n, at }) => ({
        kind,
        recipient: n === null ? null : (envelope.recipients[n] ?? null),
        at: iso(at),
      })),
    attachments: row.attachments.map((one) => attachmentBody(one, told)),
    content,
    ...(told.isContentBroken && { unreadable: 'content' }),
  }
}

/** One whose bytes are not as they were sealed. */
export function unreadableMessage(row: SealedRow): object {
  return { ...plain(row), content: null, unreadable: 'all' }
}

function plain(row: SealedRow) {
  return {
    id: row.id,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    scheduled_at: row.scheduledAt?.toISOString() ?? null,
    stream: row.stream,
    size_bytes: row.sizeBytes,
    api_key_id: row.credentialId,
    domain_id: row.domainId,
  }
}

function deliveryBody(delivery: Opened['deliveries'][number]) {
  const { recipient, state, holds, attempts, dueAt, tries } = delivery
  return {
    ...{ recipient, state, holds, attempts, due_at: iso(dueAt) },
    tries: tries.map((one) => ({
      ...{
        number: one.number,
        at: iso(one.at),
        outcome: one.outcome,
        host: one.host,
        tls: one.tls,
      },
      ...{ selector: one.selector, reply_code: one.replyCode, enhanced_code: one.enhancedCode },
      ...{ duration_ms: one.durationMs, reply: one.said?.reply ?? null },
      conversation: one.said?.conversation ?? null,
    })),
  }
}

function attachmentBody(
  { id, state, sizeBytes, failure }: SealedRow['attachments'][number],
  { descriptions }: Pick<Opened, 'descriptions'>,
) {
  const { filename = null, contentType = null } = descriptions.get(id) ?? {}
  return { id, state, size_bytes: sizeBytes, filename, content_type: contentType, failure }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
