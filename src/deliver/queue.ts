/** The queue with the ticket of this process already shown. */
import {
  beginDelivery,
  type ClaimedAttachment,
  type ClaimedDelivery,
  type ClaimName,
  type ClaimWish,
  claimDeliveries,
  type FinishedAttempt,
  findClaimedContent,
  finishDeliveries,
  listClaimedAttachments,
  releaseDeliveries,
  releaseDue,
} from '../core/deliveries/queries.ts'
import type { Sql } from '../db/sql.ts'

export interface Queue {
  begin(): Promise<number>
  claim(wish: ClaimWish): Promise<ClaimedDelivery[]>
  content(name: { accountId: string; messageId: string }): Promise<Buffer | undefined>
  attachments(name: { accountId: string; messageId: string }): Promise<ClaimedAttachment[]>
  finish(finished: readonly FinishedAttempt[]): Promise<number>
  release(released: { claims: readonly ClaimName[]; againAt: Date }): Promise<void>
  releaseDue(rowLimit: number): Promise<number>
}

export function openQueue(sql: Sql, ticket: Buffer): Queue {
  return {
    begin: () => beginDelivery(sql, ticket),
    claim: (wish) => claimDeliveries(sql, ticket, wish),
    content: (name) => findClaimedContent(sql, ticket, name),
    attachments: (name) => listClaimedAttachments(sql, ticket, name),
    finish: (finished) => finishDeliveries(sql, ticket, finished),
    release: (released) => releaseDeliveries(sql, ticket, released),
    releaseDue: (rowLimit) => releaseDue(sql, ticket, rowLimit),
  }
}
