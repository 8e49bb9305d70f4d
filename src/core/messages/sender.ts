/**
 * Who asks at a door. What the database says of a key is believed only with vault's signature on it, is at most a second
 * old, and for accounts known here the door goes on while vault is away.
 */
import { createHash } from 'node:crypto'
import { DatabaseFailure, type Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { beginSession, type SealingSession } from '../../lib/seal.ts'
import { readToken, storedHash, tokenProof } from '../../lib/token.ts'
import type { AccountKeys, VaultClient } from '../../vault/client.ts'
import { stopped } from '../accounts/stopped.ts'
import { sandboxDomain } from '../accounts/system-account.ts'
import type { AuthorityCheck } from '../authority/authority-check.ts'
import type {
  AccountStateColumns,
  CredentialColumns,
  CredentialOptions,
  DomainStateColumns,
  Door,
} from '../authority/signed-row.ts'
import { noteCanary } from '../credentials/leak-queries.ts'
import { isAllowedFrom } from '../credentials/restrictions.ts'
import { findDomainState, findSender, type SenderRow } from './accept-queries.ts'

export interface Sender {
  /** The proof: SHA-256 of the key. */
  h1: Buffer
  accountId: string
  credentialId: string
  permission: CredentialColumns['permission']
  /** The only domain the key may send from, the first of several in `options`, or null. */
  domainId: string | null
  /** How the key is restricted beyond that. */
  options: CredentialOptions
  limits: AccountStateColumns
  /** Recipients of today as the account's quota counts them; null without a quota. At most a second old. */
  usedToday: number | null
  /** Whether the account wants bodies of its requests kept for a day. */
  logsBodies: boolean
}

/** Who asks for an account's keys: an API key, or the session of a person. */
export type Asker = Pick<Sender, 'h1' | 'accountId'>

/** A domain that the sender may use in From. */
export interface SendingDomain extends DomainStateColumns {
  /** Whether no host may get its mail without TLS. */
  requiresTls: boolean
}

export interface SendersDeps {
  sql: Sql
  vault: VaultClient
  clock: Clock
  check: AuthorityCheck
  /** Whether everybody may send from the sandbox domain: while mail goes to the local inbox. */
  sandbox: boolean
  /** Which of the account's allow lists holds here. */
  door: Door
  /** Told of rows that are not vault's own; ids only. */
  alarm: (fields: { accountId: string; reason: string }) => void
  /** Told of a canary that was shown here, once a second. */
  onCanary: (fields: { accountId: string; credentialId: string }) => void
}

/** How old an answer about a key or a domain may be. */
const freshMs = 1_000
const keysIdleMs = 15 * 60_000
const sessionMs = 10_000
const sessionRecordsMax = 1_000
const entriesMax = 50_000

interface Entry {
  known: Promise<KnownKey>
  askedAt: number
}

/** A key that exists, whether the database lets it in from there, and why else it may not be used now. */
interface KnownKey {
  sender: Sender
  isOutside: boolean
  refusal: Refusal | null
}

/** A key used from outside its networks. To its caller it is as if nobody had it; whose it is is for the door to note. */
export class OutsideNetworks extends Refusal {
  readonly sender: Sender

  constructor(sender: Sender) {
    const { code, message } = unknownKey()
    super(code, message)
    this.sender = sender
  }
}

export class Senders {
  private readonly deps: SendersDeps
  private readonly entries = new Map<string, Entry>()
  /** By API key: vault has said yes to each of them, with a memory that outlives the database. */
  private readonly accounts = new Map<string, { keys: Promise<AccountKeys>; usedAt: number }>()
  private readonly sessions = new Map<
    string,
    { session: SealingSession; beganAt: number; records: number }
  >()
  private readonly domains = new Map<
    string,
    { state: Promise<SendingDomain | undefined>; askedAt: number }
  >()

  constructor(deps: SendersDeps) {
    this.deps = deps
  }

  /**
   * Refuses an unknown or revoked key, one that may not be used from that address (OutsideNetworks), and a blocked account,
   * in this order: who is outside learns nothing of the account.
   */
  async find(token: string, clientAddress: string): Promise<Sender> {
    const bare = readToken(token)
    if (bare === undefined) throw unknownKey()
    return this.allowed(tokenProof(bare), clientAddress)
  }

  /** The same sender as things are now, for who is known already and stays a while. */
  again({ h1 }: Pick<Sender, 'h1'>, clientAddress: string): Promise<Sender> {
    return this.allowed(h1, clientAddress)
  }

  private async allowed(h1: Buffer, clientAddress: string): Promise<Sender> {
    const { sender, isOutside, refusal } = await this.known(h1, clientAddress)
    const { options, limits } = sender
    const networks = limits.options?.networks?.[this.deps.door]
    const isAllowed =
      isAllowedFrom(options.sourceCidrs, clientAddress) && isAllowedFrom(networks, clientAddress)
    if (isOutside || !isAllowed) throw new OutsideNetworks(sender)
    if (refusal) throw refusal
    return sender
  }

  private async known(h1: Buffer, clientAddress: string): Promise<KnownKey> {
    const name = `${h1.toString('base64')} ${clientAddress}`
    const now = this.deps.clock.now()
    const entry = this.entries.get(name)
    if (entry && now - entry.askedAt < freshMs) return entry.known
    const known = this.ask(h1, clientAddress)
    remember(this.entries, name, { known, askedAt: now })
    // A refusal is not kept: what is put right counts at once.
    known
      .then(({ refusal }) => refusal && this.entries.delete(name))
      .catch(() => this.entries.delete(name))
    return known
  }

  private async ask(h1: Buffer, clientAddress: string | null): Promise<KnownKey> {
    const { sql, door } = this.deps
    const row = await findSender(sql, h1, { door, clientAddress }).catch((error) => {
      throw error instanceof DatabaseFailure && error.isOutage ? away(error) : error
    })
    if (!row) {
      this.accounts.delete(h1.toString('base64'))
      throw unknownKey()
    }
    const known = this.believe(h1, row)
    if (!known.sender.options.canary) return known
    await this.noteCanary(known.sender)
    throw unknownKey()
  }

  /** Its use is on record before it is answered, as an unknown key is. */
  private async noteCanary({ h1, accountId, credentialId }: Sender): Promise<void> {
    const { sql, door, onCanary } = this.deps
    if (await noteCanary(sql, h1, door)) onCanary({ accountId, credentialId })
  }

  private believe(h1: Buffer, row: SenderRow): KnownKey {
    const { accountId, credential, state, usedToday, logBodies: logsBodies } = row
    const isOutside = row.outside
    const { check } = this.deps
    const reason =
      check.distrust(credential, credential.columns.id) ??
      check.distrust(state, accountId) ??
      (credential.columns.accountId === accountId ? undefined : 'misplaced')
    if (reason) this.deps.alarm({ accountId, reason })
    const { id, h2, permission, domainId, revokedAt, expiresAt, options = {} } = credential.columns
    const valid = h2 === storedHash(h1).toString('hex') && revokedAt === null
    if (!valid || check.distrust(credential, id)) throw unknownKey()
    const limits = state.columns
    const key = { h1, accountId, credentialId: id, permission, domainId, options }
    const sender = { ...key, limits, usedToday, logsBodies }
    if (expiresAt !== null && expiresAt <= this.deps.clock.now())
      return { sender, isOutside, refusal: expired() }
    const standing = reason ? 'forged' : state.columns.state
    return { sender, isOutside, refusal: standing === 'active' ? null : stopped(standing) }
  }

  /** The account's sealing and index keys: from vault once for each API key, then from memory while it is in use. */
  async keys({ h1 }: Asker): Promise<AccountKeys> {
    const name = h1.toString('base64')
    const now = this.deps.clock.now()
    const known = this.accounts.get(name)
    if (known && now - known.usedAt < keysIdleMs) {
      known.usedAt = now
      return known.keys
    }
    const keys = this.deps.vault.accountKeys(h1)
    remember(this.accounts, name, { keys, usedAt: now })
    keys.catch(() => this.accounts.delete(name))
    return keys
  }

  /** The present sealing session of the account: at most 1,000 records or 10 s. */
  async session(sender: Asker): Promise<SealingSession> {
    const keys = await this.keys(sender)
    const now = this.deps.clock.now()
    const known = this.sessions.get(sender.accountId)
    if (known && now - known.beganAt < sessionMs && known.records < sessionRecordsMax) {
      known.records++
      return known.session
    }
    const session = beginSession(keys)
    remember(this.sessions, sender.accountId, { session, beganAt: now, records: 1 })
    return session
  }

  /** The verified state of a domain the sender may use in From, or undefined. */
  async domain(sender: Sender, name: string): Promise<SendingDomain | undefined> {
    if (this.deps.sandbox && name === sandboxDomain) return sandboxState(sender)
    const cacheName = `${sender.accountId} ${createHash('sha1').update(name).digest('base64')}`
    const now = this.deps.clock.now()
    const known = this.domains.get(cacheName)
    if (known && now - known.askedAt < freshMs) return known.state
    const state = this.askDomain(sender, name)
    remember(this.domains, cacheName, { state, askedAt: now })
    state.catch(() => this.domains.delete(cacheName))
    return state
  }

  private async askDomain(
    { h1, accountId }: Sender,
    name: string,
  ): Promise<SendingDomain | undefined> {
    const found = await findDomainState(this.deps.sql, h1, name).catch((error) => {
      throw error instanceof DatabaseFailure && error.isOutage ? away(error) : error
    })
    const row = found?.state
    if (!row || row.columns.accountId !== accountId || row.columns.name !== name) return undefined
    const reason = this.deps.check.distrust(row, row.columns.domainId)
    if (reason) this.deps.alarm({ accountId, reason })
    if (reason || row.columns.status !== 'verified') return undefined
    return { ...row.columns, requiresTls: found?.tls === 'enforced' }
  }

  /** Looks at the key's rows now, so that what was just refused is remembered as the newest version of them. */
  review(h1: Buffer): void {
    this.forget(h1)
    this.ask(h1, null).catch(() => {})
  }

  /** The next use of this key asks the database again. */
  forget(h1: Buffer): void {
    const wanted = h1.toString('base64')
    for (const name of this.entries.keys()) {
      if (name.startsWith(wanted)) this.entries.delete(name)
    }
  }
}

/** No selectors: vault knows them, and nobody else needs them here. */
function sandboxState({ accountId }: Sender): SendingDomain {
  return {
    accountId,
    domainId: '',
    name: sandboxDomain,
    status: 'verified',
    returnPathReady: true,
    activeSelector: '',
    standbySelector: '',
    requiresTls: false,
  }
}

function expired(): Refusal {
  return new Refusal('key_inactive', 'The API key has expired. Make a new one.')
}

function unknownKey(): Refusal {
  return new Refusal(
    'invalid_key',
    'API key is invalid: it is unknown or revoked. Check that it was copied whole, or make a new one.',
  )
}

function away(cause: unknown): Refusal {
  return new Refusal('unavailable', 'The database is away for a moment; try again in a second.', {
    cause,
    retryAfterSeconds: 1,
  })
}

function remember<Value>(map: Map<string, Value>, name: string, value: Value): void {
  map.delete(name)
  map.set(name, value)
  if (map.size <= entriesMax) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
