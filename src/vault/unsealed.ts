/** Vault with its root key: what each operation does. Until there is one, everything but `status` and `unseal` waits. */

import { AuthorityCheck } from '../core/authority/authority-check.ts'
import { findAuthority } from '../core/authority/queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Log } from '../process/log.ts'
import { authorise } from './authority-changes.ts'
import {
  readLeasedItems,
  readOpenFor,
  readSignItems,
  readWaitingAttachments,
  writeAccountKeys,
  writeKeys,
  writeSigned,
} from './bodies.ts'
import { Checkpoints } from './checkpoints.ts'
import type { AuthorityChange } from './contract.ts'
import { DestroyedAccounts } from './destroyed-accounts.ts'
import { KeyStore } from './key-store.ts'
import { KnownVersions } from './known-versions.ts'
import { LedgerHead } from './ledger-head.ts'
import { openForCredential, openForDelivery, openForFetching, openForLink } from './opening.ts'
import {
  readNotedIdentity,
  readOpenNotice,
  readOpenPeople,
  readPersonRequest,
} from './people/bodies.ts'
import { People } from './people/people.ts'
import { type Asker, demandActive } from './present-authority.ts'
import { jsonBody, type Operation } from './protocol.ts'
import { type Caller, parseJson } from './server.ts'
import { signItems } from './signing.ts'
import { SigningStates } from './signing-states.ts'

export interface UnsealDeps {
  sql: Sql
  ticket: Buffer
  clock: Clock
  log: Log
  sandbox: { accountId: string; domain: string } | null
  /** The folder of what vault keeps outside the database. */
  folder: string
  /** People come in by single sign-on only. */
  oidcRequired?: boolean
}

export class UnsealedVault {
  private readonly deps: UnsealDeps
  private readonly keys: KeyStore
  private readonly versions: KnownVersions
  private readonly check: AuthorityCheck
  readonly publicKey: Buffer
  private readonly checkpoints: Checkpoints
  private readonly states: SigningStates
  private readonly people: People

  private constructor(deps: UnsealDeps, keys: KeyStore, publicKey: Buffer) {
    this.deps = deps
    this.keys = keys
    this.publicKey = publicKey
    this.versions = new KnownVersions(deps.folder)
    this.check = new AuthorityCheck(publicKey, { memory: this.versions })
    this.states = new SigningStates({ ...deps, check: this.check })
    const { oidcRequired = false } = deps
    this.people = new People({ ...deps, oidcRequired, keys, check: this.check })
    const head = new LedgerHead(deps.folder)
    this.checkpoints = new Checkpoints({ ...deps, keys, publicKey, head })
  }

  /** Throws KeyMismatch when `root` does not open this installation. */
  static async begin(
    deps: UnsealDeps,
    root: Buffer,
    expected: Buffer | null,
  ): Promise<UnsealedVault> {
    const destroyed = new DestroyedAccounts(deps.folder)
    const keys = new KeyStore({ sql: deps.sql, ticket: deps.ticket, root, destroyed })
    const vault = new UnsealedVault(deps, keys, await keys.begin(expected))
    await vault.checkpoints.demandHead()
    vault.checkpoints.begin()
    return vault
  }

  async answer(caller: Caller, operation: Operation, body: Buffer): Promise<Buffer> {
    switch (operation) {
      case 'keys':
        return this.instanceKeys(caller)
      case 'accountKeys':
        return this.accountKeys(body)
      case 'openLeased':
        return this.openLeased(caller, body)
      case 'openFor':
        return this.openFor(body)
      case 'openAttachments':
        return this.openAttachments(caller, body)
      case 'openLink':
        return this.openLink(body)
      case 'sign':
        return this.sign(caller, body)
      case 'authorise':
        return this.authorise(caller, body)
      case 'people':
        return this.answerPeople(body)
      case 'openPeople':
        return this.openPeople(body)
      case 'openNotice':
        return this.openNotice(caller, body)
      case 'noteIdentity':
        await this.people.noteIdentity(caller.ticket, readNotedIdentity(body))
        return jsonBody({})
      default:
        throw new RangeError('not an operation of an open vault')
    }
  }

  async stop(): Promise<void> {
    await this.checkpoints.stop()
    this.versions.close()
  }

  private opening() {
    const { deps, keys, check, states } = this
    return { ...deps, keys, check, states, onConfirmed: () => states.forget() }
  }

  private instanceKeys({ role }: Caller): Buffer {
    const key = (wanted: Caller['role'][], purpose: Parameters<KeyStore['instanceKey']>[0]) =>
      wanted.includes(role) ? this.keys.instanceKey(purpose).toString('hex') : null
    return jsonBody({
      destinationKey: key(['api', 'smtp', 'console', 'operator'], 'destination'),
      returnPathKey: key(['deliver'], 'return path'),
      fileKey: key(['inbox'], 'inbox files'),
      identityKey: key(['console'], 'identity'),
    })
  }

  private async accountKeys(h1: Buffer): Promise<Buffer> {
    if (h1.length !== 32) throw new RangeError('a proof has 32 bytes')
    const { sql, ticket } = this.deps
    const asked = { h1, kind: 'account_state' as const, accountId: null, objectId: null }
    const { accountId } = demandActive(await findAuthority(sql, ticket, asked), h1, this.check)
    const { version, publicKey, indexKey } = await this.keys.account(accountId)
    return writeAccountKeys({ accountId, keyVersion: version, publicKey, indexKey })
  }

  private async openLeased(caller: Caller, body: Buffer): Promise<Buffer> {
    const items = readLeasedItems(body)
    const keys = await openForDelivery(this.opening(), caller.ticket, items)
    const now = this.deps.clock.now()
    items.forEach(({ messageId, accountId }, index) => {
      if (keys[index]) caller.opened.add(messageId, accountId, now)
    })
    return writeKeys(keys)
  }

  private async openFor(body: Buffer): Promise<Buffer> {
    const { h1, items } = readOpenFor(body)
    return writeKeys(await openForCredential(this.opening(), h1, items))
  }

  private async openAttachments(caller: Caller, body: Buffer): Promise<Buffer> {
    const items = readWaitingAttachments(body)
    return writeKeys(await openForFetching(this.opening(), caller.ticket, items))
  }

  private async openLink(h1: Buffer): Promise<Buffer> {
    if (h1.length !== 32) throw new RangeError('a proof has 32 bytes')
    const opened = await openForLink(this.opening(), h1)
    return jsonBody(opened && { ...opened, key: opened.key.toString('hex') })
  }

  private async sign(caller: Caller, body: Buffer): Promise<Buffer> {
    const now = this.deps.clock.now()
    const accountOf = (messageId: string) => caller.opened.accountOf(messageId, now)
    return writeSigned(await signItems(this.opening(), accountOf, readSignItems(body)))
  }

  private async authorise(caller: Caller, body: Buffer): Promise<Buffer> {
    const { h1, change } = readChange(body)
    return jsonBody(await authorise(this.opening(), askerOf(caller, h1), change))
  }

  private async answerPeople(body: Buffer): Promise<Buffer> {
    const { h1, request } = readPersonRequest(body)
    return jsonBody(await this.people.answer(h1, request))
  }

  private async openPeople(body: Buffer): Promise<Buffer> {
    const { h1, records } = readOpenPeople(body)
    return keysBody(await this.people.open(h1, records))
  }

  private async openNotice(caller: Caller, body: Buffer): Promise<Buffer> {
    return keysBody([await this.people.openNotice(caller.ticket, readOpenNotice(body))])
  }
}

function keysBody(keys: (Buffer | null)[]): Buffer {
  return jsonBody(keys.map((key) => key?.toString('hex') ?? null))
}

function askerOf({ role }: Caller, h1: string | null): Asker {
  if (role === 'operator' || role === 'jobs') return { kind: role }
  if (h1 === null) throw new Refusal('not_permitted', 'A change of authority needs a proof.')
  return { kind: 'credential', h1: Buffer.from(h1, 'hex') }
}

function readChange(body: Buffer): { h1: string | null; change: AuthorityChange } {
  const request = parseJson(body)
  if (typeof request !== 'object' || request === null || !('change' in request)) {
    throw new RangeError('not a change of authority')
  }
  const { h1, change } = request as { h1?: unknown; change: unknown } // the change's kind decides in `authorise`
  if (typeof change !== 'object' || change === null || !('kind' in change)) {
    throw new RangeError('not a change of authority')
  }
  return { h1: typeof h1 === 'string' ? h1 : null, change: change as AuthorityChange }
}
