/** When sessions were used and from where, and who was refused for that: written in batches, no request waits for it. */
import type { FastifyRequest } from 'fastify'
import { type Outsider, recordOutsiders } from '../core/people/audit-queries.ts'
import { sealText, sessionFor } from '../core/people/names.ts'
import { recordSessionUses, type SessionUse } from '../core/people/queries.ts'
import { packClient } from '../core/requests/client.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { beginSession, type SealingSession, sealClass } from '../lib/seal.ts'
import { uuidv7 } from '../lib/uuid.ts'
import type { Log } from '../process/log.ts'
import type { VaultClient } from '../vault/client.ts'
import { clientOf } from './client-of.ts'
import type { Session } from './session.ts'

export interface SessionUsesDeps {
  sql: Sql
  vault: Pick<VaultClient, 'people' | 'accountKeys'>
  clock: Clock
  ticket: Buffer
  log: Log
}

const flushEveryMs = 5_000
const waitingMax = 20_000
/** One attempt from outside is told of a session in this time. */
const outsiderEveryMs = 60_000

interface Use {
  session: Session
  at: Date
  client: ReturnType<typeof clientOf>
}

export class SessionUses {
  private readonly deps: SessionUsesDeps
  private uses = new Map<string, Use>()
  private outsiders = new Map<string, Use>()
  private readonly toldAt = new Map<string, number>()
  private readonly timer: NodeJS.Timeout

  constructor(deps: SessionUsesDeps) {
    this.deps = deps
    this.timer = setInterval(() => void this.flush(), flushEveryMs)
  }

  /** The last use of each session within the interval is the one that counts. */
  note(session: Session, request: FastifyRequest): void {
    if (this.uses.size >= waitingMax) return
    this.uses.set(session.sessionId, this.useOf(session, request))
  }

  noteOutsider(session: Session, request: FastifyRequest): void {
    const now = this.deps.clock.now()
    const last = this.toldAt.get(session.sessionId) ?? 0
    if (now - last < outsiderEveryMs || this.outsiders.size >= waitingMax) return
    if (this.toldAt.size >= waitingMax) this.toldAt.clear()
    this.toldAt.set(session.sessionId, now)
    this.outsiders.set(session.sessionId, this.useOf(session, request))
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.flush()
  }

  async flush(): Promise<void> {
    const uses = [...this.uses.values()]
    const outsiders = [...this.outsiders.values()]
    this.uses = new Map()
    this.outsiders = new Map()
    const { sql, ticket, log } = this.deps
    try {
      const used = await sealedOnes(uses, (use) => this.sealUse(use))
      if (used.length > 0) await recordSessionUses(sql, ticket, used)
      const refused = await sealedOnes(outsiders, (use) => this.sealOutsider(use))
      if (refused.length > 0) await recordOutsiders(sql, ticket, refused)
    } catch (error) {
      // What is lost is when a session was used; the next use says so again.
      log.warn({ error }, 'uses of sessions not written')
    }
  }

  private useOf(session: Session, request: FastifyRequest): Use {
    return { session, at: new Date(this.deps.clock.now()), client: clientOf(request) }
  }

  /** For its person alone. */
  private async sealUse({ session, at, client }: Use): Promise<SessionUse> {
    const { h1, userId, accountId, sessionId } = session
    const outcome = await this.deps.vault.people(h1, { kind: 'own_sealing' })
    if (outcome.outcome !== 'done' || !outcome.sealing) throw new Error('no key to seal to')
    const own = sessionFor(userId, outcome.sealing)
    return { accountId, sessionId, at, clientSealed: sealedClient(own, sessionId, client) }
  }

  /** For the account whose networks it was outside of. */
  private async sealOutsider({ session, at, client }: Use): Promise<Outsider> {
    const { h1, userId, accountId, sessionId } = session
    const { keyVersion, publicKey } = await this.deps.vault.accountKeys(h1)
    const sealing = beginSession({ accountId, keyVersion, publicKey })
    const clientSealed = sealedClient(sealing, uuidv7(at.getTime()), client)
    return { accountId, door: 'console', credentialId: sessionId, userId, clientSealed }
  }
}

function sealedClient(sealing: SealingSession, recordId: string, client: Use['client']): Buffer {
  const text = packClient(client).toString('utf8')
  return sealText(sealing, recordId, { text, kind: sealClass.client })
}

/** A session that has ended meanwhile seals nothing more. */
async function sealedOnes<Sealed>(
  uses: readonly Use[],
  seal: (use: Use) => Promise<Sealed>,
): Promise<Sealed[]> {
  const sealed = await Promise.allSettled(uses.map(seal))
  return sealed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}
