/** The bodies of what is asked about people, as console sends them. What is none is a RangeError: a bug, or an intruder. */
import { isRole, isScope } from '../../core/access/scopes.ts'
import { isIdleDays } from '../../core/credentials/idle-days.ts'
import { readPoint } from '../../lib/browser-proof.ts'
import { parseCidr } from '../../lib/cidr.ts'
import { isUuid } from '../../lib/uuid.ts'
import { itemsMax } from '../protocol.ts'
import { parseJson } from '../server.ts'
import type { NamedRecord, NotedIdentity, PersonRequest } from './contract.ts'

type Fields = Record<string, unknown>

/** An RSA passkey and its answer fit well. */
const requestBytesMax = 32 * 1024
const networksMax = 100
/** As PostgreSQL keeps a whole number. */
const numberMax = 2 ** 31 - 1

export function readPersonRequest(body: Buffer): { h1: Buffer | null; request: PersonRequest } {
  if (body.length > requestBytesMax) throw new RangeError('longer than any request')
  const { h1, request } = fields(parseJson(body))
  const asked = fields(request)
  if (typeof asked.kind !== 'string') throw new RangeError('a request has a kind')
  // Whatever of it is signed or looked up by.
  checkMembers(asked)
  // The kind decides in `People.answer`.
  return { h1: h1 === null ? null : hexBytes(h1, 32), request: asked as unknown as PersonRequest }
}

/** By name, since a name means the same in every request: what vault signs is well-formed whoever sent it. */
function checkMembers(asked: Fields): void {
  for (const [name, value] of Object.entries(asked)) {
    if (ids.has(name)) checkId(value)
    else if (name === 'session') checkSession(fields(value))
    else if (name === 'browserKey') checkBrowserKey(value)
    else if (name === 'person') checkId(fields(value).id)
    else if (name === 'password' && typeof value === 'object') checkPassword(fields(value))
    else if (name === 'password' || name === 'emailIndex') hexBytes(value, 32)
    else if (name === 'link' && typeof value === 'object') checkLink(fields(value))
    else if (name === 'link') hexBytes(value, 32)
    else if (name === 'role' && !isRole(text(value))) throw new RangeError('not a role')
    else if (name === 'scopes' && value !== null) checkScopes(value)
    else if (name === 'policy') checkPolicy(fields(value))
    else if (name === 'limits') checkLimits(fields(value))
    else if (name === 'erasure') checkErasure(fields(value))
    else if (name === 'code') text(value)
    else if (name === 'exported' && !['account', 'person'].includes(text(value))) {
      throw new RangeError('not what is exported')
    }
  }
}

const ids = new Set([
  ...['userId', 'accountId', 'memberId', 'factorId', 'sessionId', 'linkId'],
  ...['oidc', 'identityId'],
])

function checkId(value: unknown): void {
  if (!isUuid(text(value))) throw new RangeError('not an id')
}

function checkSession({ id, h2, browserKey }: Fields): void {
  checkId(id)
  hexBytes(h2, 32)
  checkBrowserKey(browserKey)
}

function checkBrowserKey(value: unknown): void {
  if (!readPoint(text(value))) throw new RangeError('not the key of a browser')
}

function checkLink({ id, h2 }: Fields): void {
  checkId(id)
  hexBytes(h2, 32)
}

function checkPassword({ hash, salt }: Fields): void {
  hexBytes(hash, 32)
  hexBytes(salt, 16)
}

function checkScopes(value: unknown): void {
  if (!Array.isArray(value) || !value.every((one) => isScope(text(one)))) {
    throw new RangeError('not scopes')
  }
}

function checkPolicy({ networks = {}, requiresFactor, retention = {}, idleKeyDays }: Fields): void {
  if (idleKeyDays !== undefined && !isIdleDays(idleKeyDays)) {
    throw new RangeError('not the days of idle keys')
  }
  if (requiresFactor !== undefined && typeof requiresFactor !== 'boolean') {
    throw new RangeError('a policy is on or off')
  }
  for (const list of Object.values(fields(networks))) {
    const isList = Array.isArray(list) && list.length <= networksMax
    if (!isList || !list.every((one) => parseCidr(text(one)))) throw new RangeError('not networks')
  }
  const { content, messages, logs } = fields(retention)
  if (![content, messages, logs].every(isDays)) throw new RangeError('not days')
}

function isDays(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && Number.isInteger(value) && value > 0)
}

function checkErasure({ id, recipientIndex, liftsSuppression }: Fields): void {
  checkId(id)
  hexBytes(recipientIndex, 16)
  if (typeof liftsSuppression !== 'boolean') throw new RangeError('it lifts it or does not')
}

/** Of a subaccount; how much of them is too much is for the account above to say. */
function checkLimits({ requestsPerSecond, dailyQuota, domainsMax, keysMax }: Fields): void {
  checkNumber(requestsPerSecond, 1)
  if (dailyQuota !== null) checkNumber(dailyQuota, 0)
  checkNumber(domainsMax, 0)
  checkNumber(keysMax, 0)
}

function checkNumber(value: unknown, least: number): void {
  if (value === undefined) return
  const isWhole = typeof value === 'number' && Number.isInteger(value)
  if (!isWhole || value < least || value > numberMax) throw new RangeError('not a limit')
}

export function readOpenPeople(body: Buffer): { h1: Buffer; records: NamedRecord[] } {
  const { h1, records } = fields(parseJson(body))
  if (!Array.isArray(records) || records.length > itemsMax) throw new RangeError('not records')
  return { h1: hexBytes(h1, 32), records: records.map(readRecord) }
}

export function readOpenNotice(body: Buffer): { noticeId: string; record: NamedRecord } {
  const { noticeId, record } = fields(parseJson(body))
  return { noticeId: text(noticeId), record: readRecord(record) }
}

/** As jobs had it proved. OpenID Connect Core §2: a subject has up to 255 ASCII characters. */
export function readNotedIdentity(body: Buffer): NotedIdentity {
  if (body.length > requestBytesMax) throw new RangeError('longer than any identity')
  const { id, browserKey, issuer, subject, email, name } = fields(parseJson(body))
  checkId(id)
  checkBrowserKey(browserKey)
  return {
    id: text(id),
    browserKey: text(browserKey),
    issuer: upTo(issuer, 2048),
    subject: upTo(subject, 255),
    email: email === null ? null : upTo(email, 320),
    name: name === null ? null : upTo(name, 100),
  }
}

function upTo(value: unknown, lengthMax: number): string {
  const given = text(value)
  if (given === '' || given.length > lengthMax) throw new RangeError('too short or too long')
  return given
}

function readRecord(value: unknown): NamedRecord {
  const { owner, recordId, keyVersion, sessionPublic } = fields(value)
  if (typeof keyVersion !== 'number') throw new RangeError('a key version is a number')
  return {
    owner: text(owner),
    recordId: text(recordId),
    keyVersion,
    sessionPublic: hexBytes(sessionPublic, 32),
  }
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new RangeError('not an object')
  return value as Fields // any object has fields
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new RangeError('not a text')
  return value
}

function hexBytes(value: unknown, length: number): Buffer {
  const bytes = Buffer.from(text(value), 'hex')
  if (bytes.length !== length) throw new RangeError(`${length} bytes are wanted`)
  return bytes
}
