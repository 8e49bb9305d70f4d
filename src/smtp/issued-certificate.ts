/**
 * Has the authority's certificate for the key this process serves with: asks for it with a request that the key signs,
 * and takes up what was issued. The key itself goes nowhere.
 */
import { examineChain } from '../core/certificates/issued-chain.ts'
import { requestCertificate } from '../core/certificates/queries.ts'
import type { Pool, Sql } from '../db/sql.ts'
import { makeSigningRequest, publicKeyHash } from '../lib/certificate.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'
import type { Certificate } from './certificate.ts'

export interface IssuedCertificateDeps {
  sql: Sql & Pick<Pool, 'listen'>
  ticket: Buffer
  hostname: string
  /** The authority's. */
  directory: string
  certificate: Certificate
  clock: Clock
  log: Log
}

const lookEveryMs = 60_000

export class IssuedCertificate {
  private readonly deps: IssuedCertificateDeps
  private looking: Promise<void> | undefined
  private isAskedAgain = false
  private isStopped = false
  private timer: NodeJS.Timeout | undefined
  private endListening: (() => Promise<void>) | undefined
  /** So that the same fault is not told every minute. */
  private refused = ''

  constructor(deps: IssuedCertificateDeps) {
    this.deps = deps
  }

  start(): void {
    this.timer = setInterval(() => this.look(), lookEveryMs)
    // Calls back once at the beginning, too.
    this.endListening = this.deps.sql.listen('certificates', () => this.look())
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearInterval(this.timer)
    await this.endListening?.()
    await this.looking
  }

  /** Also when the key is another one. One look at a time; what it may have missed is looked at after it. */
  look(): void {
    if (this.isStopped) return
    if (this.looking) {
      this.isAskedAgain = true
      return
    }
    this.looking = this.take()
      // The database is away, which is told elsewhere; the next look asks again.
      .catch((error) => this.deps.log.warn({ error }, 'issued certificate not looked at'))
      .finally(() => {
        this.looking = undefined
        if (!this.isAskedAgain) return
        this.isAskedAgain = false
        this.look()
      })
  }

  private async take(): Promise<void> {
    const { sql, ticket, hostname, directory, certificate, clock, log } = this.deps
    const { key } = certificate.pair
    const keyHash = publicKeyHash(key)
    const request = makeSigningRequest(key, hostname)
    const wanted = { hostname, directory, keyHash, request }
    const chain = await requestCertificate(sql, ticket, wanted)
    // While it was asked for the key may have become another, whose look follows.
    if (chain === null || chain === this.refused || certificate.pair.key !== key) return
    const { fault } = examineChain(chain, { hostname, keyHash, nowMs: clock.now() })
    if (fault !== null) {
      this.refused = chain
      log.error({ reason: fault }, 'issued certificate not taken')
    } else if (certificate.takeIssued(chain)) log.info({}, 'issued certificate taken')
  }
}
