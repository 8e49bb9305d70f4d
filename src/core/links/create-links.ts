/** Making links: vault signs each, the database keeps what only the secret's holder can show. */
import { randomBytes } from 'node:crypto'
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { storedHash, tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { VaultClient } from '../../vault/client.ts'
import { storeLinks } from './queries.ts'

export interface LinkDeps {
  sql: Sql
  vault: Pick<VaultClient, 'authorise'>
  clock: Clock
}

export interface LinkTarget {
  messageId: string
  /** null: the message itself. */
  attachmentId: string | null
  /** The attachment stands within the message, and opens with the message's key. */
  isInner?: boolean
}

export interface MadeLink {
  /** Shown once; whoever holds it may open the target. */
  token: string
  expiresAt: Date
}

/** Of an account at a time; they end by themselves. */
const liveMax = 10_000
const tokenBytes = 32

/** One for each target in their order, or a refusal; the targets must be the account's own. */
export async function createLinks(
  { sql, vault, clock }: LinkDeps,
  h1: Buffer,
  { targets, lifetimeMs }: { targets: readonly LinkTarget[]; lifetimeMs: number },
): Promise<MadeLink[]> {
  if (targets.length === 0) return []
  const now = clock.now()
  const expiresAt = now + lifetimeMs
  const made = await Promise.all(
    targets.map(async ({ messageId, attachmentId, isInner = false }) => {
      const token = randomBytes(tokenBytes).toString('base64url')
      const { signed } = await vault.authorise(
        { h1 },
        {
          kind: 'create_link',
          link: {
            id: uuidv7(now),
            h2: storedHash(tokenProof(token)).toString('hex'),
            target: attachmentId === null || isInner ? 'message' : 'attachment',
            messageId,
            attachmentId,
            expiresAt,
          },
        },
      )
      return { token, signed }
    }),
  )
  const outcome = await storeLinks(sql, h1, { signed: made.map(({ signed }) => signed), liveMax })
  switch (outcome) {
    case 'stored':
      return made.map(({ token }) => ({ token, expiresAt: new Date(expiresAt) }))
    case 'refused':
      throw new Refusal('not_found', 'Email not found')
    case 'limit_reached':
      throw new Refusal(
        'limit_reached',
        `The account has ${liveMax.toLocaleString('en')} links that are still valid. Wait until some have expired; those to attachments do within the hour.`,
      )
  }
}
