/** When each error of the dialect comes and what to do about it: for docs/errors.md, the OpenAPI document and its pages. */
import type { RefusalCode } from '../../lib/refusal.ts'
import { type DialectError, dialectErrors } from './errors.ts'

interface Words {
  /** Completes "It is answered when …". */
  when: string
  /** What the caller does next. */
  fix: string
}

export interface DocumentedError extends DialectError, Words {
  code: string
}

const refusals: Record<RefusalCode, Words> = {
  account_blocked: {
    when: 'the operator or an alarm has blocked the account from sending, the account above has suspended it, or it is being closed',
    fix: 'The message says which: ask the operator, or an admin of the account above; no key of the account works until then.',
  },
  already_exists: {
    when: 'the name is taken already',
    fix: 'Use what exists, or give another name.',
  },
  concurrent_request: {
    when: 'a request with the same Idempotency-Key is still running',
    fix: 'Wait for its answer, or try again with the same key and body after a second.',
  },
  domain_not_verified: {
    when: 'the domain of `from` is not a verified domain of the account',
    fix: 'Add it with `POST /domains`, publish its records, and ask for `POST /domains/{id}/verify`.',
  },
  forbidden_field: {
    when: 'the body has a field that only the installation may set, such as `account_id` or `verified`',
    fix: 'Leave the field out. The attempt is logged.',
  },
  idempotency_conflict: {
    when: 'the Idempotency-Key was used within 24 hours with another body',
    fix: 'Use a new key for a new message, or send the same bytes again.',
  },
  invalid_attachment: {
    when: 'an attachment has neither `content` nor `path`, or one of them cannot be taken',
    fix: 'Give `content` in base64 with a `filename`, or a `path` on the public internet.',
  },
  invalid_idempotency_key: {
    when: 'the Idempotency-Key is empty or longer than 256 characters',
    fix: 'Use 1 to 256 characters, for example a UUID or the number of an order.',
  },
  invalid_input: {
    when: 'a field, header or parameter has a value it must not have; the message names it and the rule',
    fix: 'Correct the value and send again.',
  },
  invalid_key: {
    when: 'the API key is unknown or revoked',
    fix: 'Check that it was copied whole and belongs to this installation; else make a new one.',
  },
  invalid_parameter: {
    when: 'the id in the path is not a UUID, or a field is not supported here',
    fix: 'Take the id from an answer of this API; leave out what the message names.',
  },
  key_inactive: {
    when: 'the API key has expired',
    fix: 'Make a new one.',
  },
  limit_reached: {
    when: 'the account holds as many domains or keys as it may',
    fix: 'Delete one, or ask the operator to raise the limit.',
  },
  missing_field: {
    when: 'a field that must be there is not; the message names it',
    fix: 'Add the field.',
  },
  missing_key: {
    when: 'the request has no API key',
    fix: 'Send it as `Authorization: Bearer pst_live_…`.',
  },
  not_found: {
    when: 'the account has nothing with this id, or the path does not exist',
    fix: 'Check the id and the path; what belongs to another account is not found either.',
  },
  not_permitted: {
    when: 'the key may not do this: it lacks a scope, or is for another domain or other streams',
    fix: 'Use a key that has the scope the message names, or one for that domain or stream.',
  },
  not_ready: {
    when: 'what must come first has not happened yet; the message says what',
    fix: 'Do that first, then try again.',
  },
  quota_exceeded: {
    when: 'the quota of the account for the day, or of the key for the hour, is used up',
    fix: 'Wait for 00:00 UTC or the full hour, as the message says, or ask the operator for more.',
  },
  rate_limited: {
    when: 'the account makes more requests in a second than it may',
    fix: 'Wait for the seconds in `retry-after`; send up to 100 messages in one call of `POST /emails/batch`.',
  },
  step_up_needed: {
    when: 'a person asks for what takes a second factor shown lately',
    fix: 'Show a second factor in the console, then try again. No API key gets this answer.',
  },
  too_large: {
    when: 'the body is larger than the door takes',
    fix: 'Send less at once.',
  },
  unavailable: {
    when: 'the database or vault are away for a moment, or vault is sealed',
    fix: 'Try again after `retry-after` with the same Idempotency-Key; nothing is then sent twice.',
  },
}

/** What is answered without a refusal. */
const others: readonly DocumentedError[] = [
  {
    code: 'malformed_request',
    status: 400,
    name: 'validation_error',
    when: 'the body is not JSON in UTF-8, or the request cannot be read at all',
    fix: 'Send JSON with `Content-Type: application/json`; the message names line and column.',
  },
  {
    code: 'method_not_allowed',
    status: 405,
    name: 'method_not_allowed',
    when: 'the path exists and takes other methods',
    fix: 'Use one of the methods that the message and the `allow` header name.',
  },
  {
    code: 'request_timeout',
    status: 408,
    name: 'validation_error',
    when: 'the request was not whole within a minute',
    fix: 'Send it again at once.',
  },
  {
    code: 'headers_too_large',
    status: 431,
    name: 'validation_error',
    when: 'the headers of the request are larger than 16 KB',
    fix: 'Send less in the headers.',
  },
  {
    code: 'fault',
    status: 500,
    name: 'application_error',
    when: 'something is wrong on our side',
    fix: 'Try again with the same Idempotency-Key; give the operator the `x-request-id` when it stays.',
  },
]

/** By status, then by name. */
export function documentedErrors(): DocumentedError[] {
  const known = Object.entries(refusals) as [RefusalCode, Words][] // a record's own keys
  return [...known.map(([code, words]) => ({ code, ...dialectErrors[code], ...words })), ...others]
    .map(({ code, status, name, when, fix }) => ({ code, status, name, when, fix }))
    .sort((a, b) => a.status - b.status || a.name.localeCompare(b.name, 'en'))
}
