/**
 * The keys of the installation, from the root key down: the authority key that signs, one sealing key pair and one index
 * key per account, the private DKIM keys. They exist unwrapped only here, in bounded caches.
 */
import {
  createPrivateKey,
  generateKeyPair,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { promisify } from 'node:util'
import { signedBytes } from '../core/authority/authority-check.ts'
import type { SignedRow } from '../core/authority/signed-row.ts'
import {
  findSigningKey,
  insertAuthorityKey,
  listAccountKeys,
  listAuthorityKeys,
} from '../core/keys/queries.ts'
import type { Sql } from '../db/sql.ts'
import { Refusal } from '../lib/refusal.ts'
import {
  rawPublicKey,
  recordKey,
  sealBytes,
  secretKey,
  sessionSecret,
  unsealBytes,
} from '../lib/seal.ts'
import { uuidBytes } from '../lib/uuid.ts'
import { BoundedCache } from './bounded-cache.ts'
import type { DestroyedAccounts } from './destroyed-accounts.ts'

const generateRsa = promisify(generateKeyPair)

interface AccountKey {
  version: number
  publicKey: Buffer
  sealing: KeyObject
  indexKey: Buffer
  /** Wraps what belongs to the account alone: its DKIM keys. */
  wrapping: KeyObject
}

const accountsCached = 20_000
const sessionsCached = 20_000
const signingKeysCached = 20_000

/** The stored authority key is not the one the installation knows, or the root key is another one. */
export class KeyMismatch extends Error {
  override readonly name = 'KeyMismatch'
}

export interface KeyStoreDeps {
  sql: Sql
  ticket: Buffer
  root: Buffer
  destroyed: DestroyedAccounts
}

export class KeyStore {
  private readonly sql: Sql
  private readonly ticket: Buffer
  private readonly root: Buffer
  private readonly destroyed: DestroyedAccounts
  private authority: { privateKey: KeyObject; publicKey: Buffer } | undefined
  private readonly accounts = new BoundedCache<AccountKey[]>(accountsCached)
  private readonly sessions = new BoundedCache<KeyObject>(sessionsCached)
  private readonly signingKeys = new BoundedCache<Promise<KeyObject | undefined>>(signingKeysCached)

  constructor({ sql, ticket, root, destroyed }: KeyStoreDeps) {
    if (root.length !== 32) throw new KeyMismatch('the root key has 32 bytes')
    this.sql = sql
    this.ticket = ticket
    this.root = root
    this.destroyed = destroyed
  }

  /** Unwraps the authority key, made at the very first start. `expected` is what the installation published. */
  async begin(expected: Buffer | null): Promise<Buffer> {
    const stored = (await listAuthorityKeys(this.sql, this.ticket)).at(-1)
    if (!stored) {
      if (expected)
        throw new KeyMismatch('the database has no authority key, the installation has one')
      return this.makeAuthority()
    }
    if (expected && !expected.equals(stored.publicKey)) {
      throw new KeyMismatch('the authority key of the database is not the published one')
    }
    const der = this.unwrap('authority', stored.publicKey, stored.wrapped)
    this.authority = { privateKey: privateKey(der), publicKey: stored.publicKey }
    return stored.publicKey
  }

  private async makeAuthority(): Promise<Buffer> {
    const pair = generateKeyPairSync('ed25519')
    const publicKey = rawPublicKey(pair.publicKey)
    const wrapped = this.wrap('authority', publicKey, exported(pair.privateKey))
    await insertAuthorityKey(this.sql, this.ticket, { publicKey, wrapped })
    this.authority = { privateKey: pair.privateKey, publicKey }
    return publicKey
  }

  instanceKey(
    purpose:
      | 'destination'
      | 'return path'
      | 'inbox files'
      | 'identity'
      | 'password pepper'
      | 'single sign-on',
  ): Buffer {
    return this.derive(purpose)
  }

  /** The secret of an authenticator, which only vault ever reads again. */
  wrapFactor(factorId: string, secret: Buffer): Buffer {
    return this.wrap('factor', uuidBytes(factorId), secret)
  }

  unwrapFactor(factorId: string, wrapped: Buffer): Buffer {
    return this.unwrap('factor', uuidBytes(factorId), wrapped)
  }

  signRow(row: Omit<SignedRow, 'signature'>): SignedRow {
    return { ...row, signature: this.signAuthority(signedBytes(row)).toString('hex') }
  }

  signAuthority(bytes: Buffer): Buffer {
    if (!this.authority) throw new Error('the authority key is not open')
    return sign(null, bytes, this.authority.privateKey)
  }

  makeAccount(accountId: string): { publicKey: Buffer; wrapped: Buffer } {
    const pair = generateKeyPairSync('x25519')
    const publicKey = rawPublicKey(pair.publicKey)
    const secret = Buffer.concat([randomBytes(64), exported(pair.privateKey)])
    return {
      publicKey,
      wrapped: this.wrap('account', accountContext(accountId, publicKey), secret),
    }
  }

  /** The newest sealing key of an account. */
  async account(accountId: string): Promise<AccountKey> {
    const newest = (await this.accountVersions(accountId)).at(-1)
    if (!newest) throw new Refusal('not_found', 'The account has no keys.')
    return newest
  }

  private async accountVersions(accountId: string): Promise<AccountKey[]> {
    const known = this.accounts.get(accountId)
    if (known) return known
    await this.loadAccounts([accountId])
    return this.accounts.get(accountId) ?? []
  }

  /** Brings the keys of these accounts into the cache by one look-up. */
  async loadAccounts(accountIds: Iterable<string>): Promise<void> {
    // Whatever wrapped keys somebody has put back.
    const wanted = [...new Set(accountIds)].filter((id) => !this.destroyed.has(id))
    const missing = wanted.filter((id) => !this.accounts.get(id))
    if (missing.length === 0) return
    const found = new Map<string, AccountKey[]>()
    for (const row of await listAccountKeys(this.sql, this.ticket, missing)) {
      const secret = this.unwrap(
        'account',
        accountContext(row.accountId, row.publicKey),
        row.wrapped,
      )
      const key = {
        version: row.version,
        publicKey: row.publicKey,
        indexKey: secret.subarray(0, 32),
        wrapping: secretKey(secret.subarray(32, 64)),
        sealing: privateKey(secret.subarray(64)),
      }
      found.set(row.accountId, [...(found.get(row.accountId) ?? []), key])
    }
    for (const [accountId, keys] of found) {
      // It may have been destroyed while the database answered.
      if (!this.destroyed.has(accountId)) this.accounts.set(accountId, keys)
    }
  }

  /** The key of one sealed record; undefined when the account has no such key version. Accounts are loaded before. */
  recordKey(record: {
    accountId: string
    keyVersion: number
    sessionPublic: Buffer
    id: string
  }): Buffer | undefined {
    const sessionName = `${record.accountId}/${record.keyVersion}/${record.sessionPublic.toString('base64')}`
    let secret = this.sessions.get(sessionName)
    if (!secret) {
      const key = this.accounts
        .get(record.accountId)
        ?.find((one) => one.version === record.keyVersion)
      if (!key) return undefined
      secret = sessionSecret(key.sealing, record.sessionPublic, {
        sessionPublic: record.sessionPublic,
        accountPublic: key.publicKey,
      })
      this.sessions.set(sessionName, secret)
    }
    return recordKey(secret, record.id)
  }

  async makeSigningKey(
    name: SigningKeyName,
    wrapping: KeyObject,
    algorithm: 'rsa' | 'ed25519',
  ): Promise<{ publicKey: Buffer; wrapped: Buffer }> {
    const pair =
      algorithm === 'rsa'
        ? await generateRsa('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ed25519')
    const der = exported(pair.privateKey)
    return {
      publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }),
      wrapped: sealBytes(wrapping, signingContext(name), der),
    }
  }

  /** A whole batch asks at once for the same key, so what is kept is the look-up itself, unless it fails. */
  signingKey(name: SigningKeyName): Promise<KeyObject | undefined> {
    const cacheName = `${name.accountId}/${name.domainId}/${name.selector}`
    const known = this.signingKeys.get(cacheName)
    if (known) return known
    const found = this.loadSigningKey(name)
    this.signingKeys.set(cacheName, found)
    const forget = () => this.signingKeys.delete(cacheName)
    found.then((key) => key ?? forget(), forget)
    return found
  }

  /** From here on its keys open nothing, also after a restart and with a database of before. */
  destroyAccount(accountId: string): void {
    this.destroyed.add(accountId)
    this.accounts.delete(accountId)
    const isOf = (name: string) => name.startsWith(`${accountId}/`)
    this.sessions.deleteWhere(isOf)
    this.signingKeys.deleteWhere(isOf)
  }

  /** Of a domain that is no more. */
  forgetSigningKeys(domainId: string): void {
    this.signingKeys.deleteWhere((name) => name.split('/')[1] === domainId)
  }

  private async loadSigningKey(name: SigningKeyName): Promise<KeyObject | undefined> {
    const wrapped = await findSigningKey(this.sql, this.ticket, name)
    if (!wrapped) return undefined
    const { wrapping } = await this.account(name.accountId)
    return privateKey(unsealBytes(wrapping, signingContext(name), wrapped))
  }

  private derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.root, Buffer.alloc(0), `postern ${purpose} 1`, 32))
  }

  private wrap(purpose: string, context: Buffer, secret: Buffer): Buffer {
    return sealBytes(secretKey(this.derive(`wrap ${purpose}`)), context, secret)
  }

  private unwrap(purpose: string, context: Buffer, wrapped: Buffer): Buffer {
    try {
      return unsealBytes(secretKey(this.derive(`wrap ${purpose}`)), context, wrapped)
    } catch (cause) {
      throw new KeyMismatch('the root key does not open this installation', { cause })
    }
  }
}

export interface SigningKeyName {
  accountId: string
  domainId: string
  selector: string
}

function signingContext({ accountId, domainId, selector }: SigningKeyName): Buffer {
  return Buffer.concat([uuidBytes(accountId), uuidBytes(domainId), Buffer.from(selector)])
}

function accountContext(accountId: string, publicKey: Buffer): Buffer {
  return Buffer.concat([uuidBytes(accountId), publicKey])
}

function exported(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' })
}

function privateKey(der: Buffer): KeyObject {
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}
