/** People over a real vault and database: an account with its first owner, and what they sign in with. */
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { createAccount } from '../../src/core/accounts/create-account.ts'
import { insertAuthority } from '../../src/core/operations/queries.ts'
import { addTotp, beginTotp, type PersonAsking } from '../../src/core/people/factors.ts'
import { becomePerson, makeLink } from '../../src/core/people/links.ts'
import { PasswordHasher } from '../../src/core/people/password.ts'
import { PasswordRules } from '../../src/core/people/password-rules.ts'
import { type NewSignIn, type SignInRequest, signIn } from '../../src/core/people/sign-in.ts'
import type { PeopleDeps } from '../../src/core/people/store-answer.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type TestVault, testVault } from '../support/vault.ts'

export const password = 'correct horse battery staple'
export const client = { address: '192.0.2.7', userAgent: 'Test Browser' }

/** The time as it is, moved forward at will: codes of an authenticator count only once. */
export class MovedClock implements Clock {
  private moved = 0
  now(): number {
    return Date.now() + this.moved
  }
  forward(ms: number): void {
    this.moved += ms
  }
}

export interface TestPeople {
  database: TestDatabase
  vault: TestVault
  deps: PeopleDeps
  clock: MovedClock
  accountId: string
  operatorSql: Pool
  /** As the operator: an account more. */
  makeAccount(name: string): Promise<string>
  ownerLink(accountId: string): Promise<string>
  end(): Promise<void>
}

export async function testPeople(more: { oidcRequired?: boolean } = {}): Promise<TestPeople> {
  const database = await testDatabase()
  const clock = new MovedClock()
  const vault = await testVault(database, undefined, undefined, clock, more)
  const ticket = await database.ticket('console')
  const sql = openPool(database.logins.console, { connectionsMax: 4 })
  const ops: Pool = openPool(database.logins.ops, { connectionsMax: 1 })
  const front = vault.client('console', ticket)
  const operator = vault.client('operator', database.operatorToken)
  const identityKey = async () => {
    const { identityKey: key } = await front.keys()
    if (!key) throw new Error('console gets the identity key')
    return key
  }
  const hasher = new PasswordHasher()
  const passwordRules = new PasswordRules()
  const deps = { sql, vault: front, clock, ticket, identityKey, hasher, passwordRules }
  const makeAccount = async (name: string) => {
    const made = { sql: ops, vault: operator, clock }
    const email = `${name.toLowerCase()}@example.com`
    return (await createAccount(made, database.operatorToken, { name, email })).id
  }
  const ownerLink = async (accountId: string) => {
    const { token, link } = makeLink(deps)
    const { operatorToken } = database
    const { signed } = await operator.authorise(
      { operatorToken },
      { kind: 'create_owner_link', accountId, link },
    )
    const action = 'one_time_link.create'
    await insertAuthority(ops, tokenProof(operatorToken), { signed, action, nameSealed: null })
    return token
  }
  return {
    database,
    vault,
    deps,
    clock,
    accountId: await makeAccount('Acme'),
    operatorSql: ops,
    makeAccount,
    ownerLink,
    async end() {
      await sql.end()
      await ops.end()
      await vault.end()
      await database.drop()
    },
  }
}

/** A browser's own key, as its page makes it. */
export function browserKey(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-65).toString('base64url')
}

export async function signedIn(
  { deps }: Pick<TestPeople, 'deps'>,
  request: Partial<SignInRequest>,
): Promise<NewSignIn & PersonAsking> {
  const outcome = await signIn(deps, { password, browserKey: browserKey(), client, ...request })
  if (outcome.outcome !== 'done') throw new Error(`signing in ended with ${outcome.outcome}`)
  return outcome
}

/** An owner who has just come in by the first link and has an authenticator. */
export async function ownerWithTotp(
  people: Pick<TestPeople, 'deps' | 'clock' | 'accountId' | 'ownerLink'>,
  email = 'ada@example.com',
): Promise<{ asking: NewSignIn & PersonAsking; secret: string; email: string }> {
  const token = await people.ownerLink(people.accountId)
  await becomePerson(people.deps, token, { name: 'Ada', email, password })
  const asking = await signedIn(people, { email })
  const secret = await beginTotp(people.deps, asking)
  await addTotp(people.deps, asking, { name: 'Phone', code: codeOf(secret, people.clock) })
  return { asking, secret, email }
}

/** Moves on to a fresh code first, since each counts once. */
export function nextCode(secret: string, clock: MovedClock): string {
  clock.forward(30_000)
  return codeOf(secret, clock)
}

/** Shown by the authenticator at that moment. */
export function codeOf(secret: string, clock: Clock): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0')).join('')
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(clock.now() / 30_000)))
  const mac = createHmac('sha1', bytes).update(counter).digest()
  const number = mac.readUInt32BE(mac.readUInt8(19) & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}
