/**
 * Messages of an export, page by page: a row for each with all that became of it, and what went out as a file beside it
 * while it is kept. No more than one page of rows and a few megabytes of contents are held at a time.
 */
import type { KeyObject } from 'node:crypto'
import type { Sql } from '../../db/sql.ts'
import { attachmentKey, sealClass, secretKey, unseal } from '../../lib/seal.ts'
import type { Attachment } from '../../mail/attachment.ts'
import type { VaultClient } from '../../vault/client.ts'
import { type AttachmentDescription, unpackDescription } from '../attachments/description.ts'
import { type Envelope, unpackContent, unpackEnvelope } from '../messages/envelope.ts'
import { messageSource } from '../messages/message-source.ts'
import { openDeliveries } from '../messages/read-message.ts'
import type { ArchiveWriter, StoredContent } from './archive.ts'
import {
  exportAttachments,
  exportContents,
  exportMessages,
  type SealedRow,
} from './message-queries.ts'
import { messageRow, unreadableMessage } from './message-row.ts'
import type { Exporting } from './queries.ts'

export interface MessageDeps {
  sql: Sql
  vault: Pick<VaultClient, 'openFor'>
}

/** What one question to vault may hold. */
const pageRows = 256
/** So many messages are looked at for one page of a person's. */
const walkLimit = 5_000
/** Of contents that are read together; one alone may be larger. */
const contentBytesAtOnce = 4 * 1024 * 1024
/** Opening so many takes some milliseconds; then others have their turn. */
const openedAtOnce = 16

interface Page {
  rows: { row: SealedRow; key: KeyObject | null }[]
  next: string | null
}

export async function* messagePieces(
  deps: MessageDeps,
  exporting: Exporting & { recipient: Buffer | null },
  archive: ArchiveWriter,
): AsyncGenerator<Buffer> {
  yield archive.rows('messages', [])
  for await (const { rows } of pagesAhead(deps, exporting)) {
    const told: object[] = []
    for (const group of groupsOf(rows)) {
      const ids = group.filter(({ row }) => row.hasContent).map(({ row }) => row.id)
      const contents = ids.length > 0 ? await exportContents(deps.sql, exporting, ids) : new Map()
      for (const [index, { row, key }] of group.entries()) {
        if (index % openedAtOnce === openedAtOnce - 1) await new Promise(setImmediate)
        const sealed = {
          content: contents.get(row.id) ?? null,
          beside: await beside(deps, exporting, row),
        }
        const opened = key ? open(row, key, sealed) : undefined
        if (!opened || opened.isContentBroken) archive.noteUnreadable()
        if (!opened) {
          told.push(unreadableMessage(row))
          continue
        }
        let content: StoredContent | null = null
        if (opened.source) {
          const { stored, piece } = archive.content(row.id, opened.source)
          content = stored
          yield piece
        }
        told.push(messageRow(row, { ...opened, content, recipient: exporting.recipient }))
      }
    }
    yield archive.rows('messages', told)
  }
}

/** The next page is asked for while one is written. */
async function* pagesAhead(
  deps: MessageDeps,
  exporting: Exporting & { recipient: Buffer | null },
): AsyncGenerator<Page> {
  let coming: Promise<Page> | undefined = pageOf(deps, exporting, null)
  try {
    while (coming) {
      const page: Page = await coming
      coming = page.next === null ? undefined : pageOf(deps, exporting, page.next)
      // Its failure is thrown when its turn comes.
      coming?.catch(() => {})
      yield page
    }
  } finally {
    await coming?.catch(() => {})
  }
}

async function pageOf(
  { sql, vault }: MessageDeps,
  exporting: Exporting & { recipient: Buffer | null },
  after: string | null,
): Promise<Page> {
  const { recipient, h1 } = exporting
  const limits = { rowLimit: pageRows, walkLimit: recipient ? walkLimit : pageRows }
  const { rows, next } = await exportMessages(sql, exporting, { recipient, after, ...limits })
  if (rows.length === 0) return { rows: [], next }
  const keys = await vault.openFor(
    h1,
    rows.map(({ id }) => ({ kind: 'message', id })),
  )
  const keyed = rows.map((row, index) => {
    const key = keys[index]
    return { row, key: key ? secretKey(key) : null }
  })
  return { rows: keyed, next }
}

function groupsOf(rows: Page['rows']): Page['rows'][] {
  const groups: Page['rows'][] = []
  let group: Page['rows'] = []
  let bytes = 0
  for (const one of rows) {
    if (groups.length === 0 || bytes + one.row.sizeBytes > contentBytesAtOnce) {
      group = []
      groups.push(group)
      bytes = 0
    }
    group.push(one)
    bytes += one.row.sizeBytes
  }
  return groups
}

interface Sealed {
  content: Buffer | null
  beside: { id: string; contentSealed: Buffer }[]
}

async function beside(
  { sql }: MessageDeps,
  exporting: Exporting,
  { id, hasContent, attachments }: SealedRow,
): Promise<Sealed['beside']> {
  const hasBytes = hasContent && attachments.some(({ state }) => state === 'stored')
  return hasBytes ? exportAttachments(sql, exporting, id) : []
}

export interface OpenedRow {
  envelope: Envelope
  deliveries: ReturnType<typeof openDeliveries>
  descriptions: Map<string, AttachmentDescription>
  /** What went out; null when it is no longer kept. */
  source: Buffer | null
  isContentBroken: boolean
}

/** Undefined when its bytes are not as they were sealed: the rest of the account can be exported all the same. */
function open(row: SealedRow, key: KeyObject, sealed: Sealed): OpenedRow | undefined {
  const name = { accountId: row.accountId, recordId: row.id }
  try {
    const envelope = unpackEnvelope(
      unseal(key, { ...name, class: sealClass.envelope }, row.envelopeSealed),
    )
    const deliveries = openDeliveries(row, envelope, key)
    const descriptions = openDescriptions(row, key)
    const opened = { envelope, deliveries, descriptions }
    return { ...opened, ...openSource(row, key, { ...sealed, ...opened }) }
  } catch {
    return undefined
  }
}

function openDescriptions(
  { accountId, attachments }: SealedRow,
  key: KeyObject,
): Map<string, AttachmentDescription> {
  return new Map(
    attachments.map(({ id, descriptionSealed }) => {
      const own = secretKey(attachmentKey(key, id))
      const name = { accountId, recordId: id, class: sealClass.attachmentDescription }
      const packed = unseal(own, name, Buffer.from(descriptionSealed, 'base64'))
      return [id, unpackDescription(packed)]
    }),
  )
}

function openSource(
  { id, accountId, createdAt }: SealedRow,
  key: KeyObject,
  {
    content,
    beside,
    envelope,
    descriptions,
  }: Sealed & Pick<OpenedRow, 'envelope' | 'descriptions'>,
): Pick<OpenedRow, 'source' | 'isContentBroken'> {
  if (!content) return { source: null, isContentBroken: false }
  try {
    const name = { accountId, recordId: id, class: sealClass.content }
    const original = unpackContent(unseal(key, name, content))
    const attachments = beside.flatMap((one): Attachment[] => {
      const description = descriptions.get(one.id)
      const own = secretKey(attachmentKey(key, one.id))
      const record = { accountId, recordId: one.id, class: sealClass.attachment }
      return description ? [{ ...description, bytes: unseal(own, record, one.contentSealed) }] : []
    })
    const source = messageSource({ id, createdAt, envelope, original }, attachments)
    return { source: source?.bytes ?? null, isContentBroken: false }
  } catch {
    return { source: null, isContentBroken: true }
  }
}
