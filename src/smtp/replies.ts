/** Everything submission says: RFC 5321 reply codes with the enhanced codes of RFC 3463, and a sentence that names the fix. */
import type { Refusal, RefusalCode } from '../lib/refusal.ts'
import { messageLimits, smtpLimits } from './limits.ts'

/** One reply with all its lines, without the last CRLF. */
export type Reply = string

/** RFC 5321 §4.5.3.1.5 allows 512 bytes a line with code and CRLF. */
const textLengthMax = 480
const textLinesMax = 8

/** How each refusal of the core is said. Adding a code does not compile until it has its line here. */
const refusals: Record<RefusalCode, { code: number; enhanced: string }> = {
  account_blocked: { code: 550, enhanced: '5.7.1' },
  already_exists: { code: 554, enhanced: '5.5.4' },
  concurrent_request: { code: 451, enhanced: '4.3.0' },
  domain_not_verified: { code: 550, enhanced: '5.7.1' },
  forbidden_field: { code: 554, enhanced: '5.6.0' },
  idempotency_conflict: { code: 554, enhanced: '5.5.4' },
  invalid_attachment: { code: 554, enhanced: '5.6.0' },
  invalid_idempotency_key: { code: 554, enhanced: '5.5.4' },
  invalid_input: { code: 554, enhanced: '5.6.0' },
  invalid_key: { code: 535, enhanced: '5.7.8' },
  invalid_parameter: { code: 554, enhanced: '5.5.4' },
  key_inactive: { code: 535, enhanced: '5.7.8' },
  limit_reached: { code: 550, enhanced: '5.7.1' },
  missing_field: { code: 554, enhanced: '5.6.0' },
  missing_key: { code: 530, enhanced: '5.7.0' },
  not_found: { code: 554, enhanced: '5.5.4' },
  not_permitted: { code: 550, enhanced: '5.7.1' },
  not_ready: { code: 451, enhanced: '4.3.0' },
  // It passes at midnight, and a client that queues may keep the message until then.
  quota_exceeded: { code: 452, enhanced: '4.7.1' },
  rate_limited: { code: 450, enhanced: '4.7.1' },
  step_up_needed: { code: 535, enhanced: '5.7.8' },
  too_large: { code: 552, enhanced: '5.3.4' },
  unavailable: { code: 451, enhanced: '4.3.0' },
}

export function replyToRefusal({ code: name, message }: Refusal): Reply {
  const { code, enhanced } = refusals[name]
  return makeReply(code, enhanced, message)
}

/** A reply as the log of requests tells it, beside those of HTTP: what its code means there, whoever said it. */
export function statusOf(reply: Reply): number {
  const [, code = '', enhanced = ''] = /^(\d{3})[ -](?:(\d\.\d+\.\d+) )?/.exec(reply) ?? []
  if (code.startsWith('2')) return 200
  if (code.startsWith('4')) return code.startsWith('45') && enhanced === '4.7.1' ? 429 : 503
  return statuses.get(code) ?? 422
}

/** Of permanent refusals, where it is not just that the message is not valid. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['530', 401],
  ['535', 403],
  ['550', 403],
  ['552', 413],
])

/** Folds a sentence into lines of one reply; what is not printable ASCII becomes `?`, so it can end no line. */
export function makeReply(code: number, enhanced: string, text: string): Reply {
  const lines: string[] = []
  let rest = text.replace(/[^\x20-\x7e]/gu, '?')
  while (rest.length > textLengthMax && lines.length < textLinesMax - 1) {
    const blank = rest.lastIndexOf(' ', textLengthMax)
    const end = blank > 0 ? blank : textLengthMax
    lines.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  lines.push(rest.slice(0, textLengthMax))
  const last = lines.length - 1
  return lines.map((line, n) => `${code}${n < last ? '-' : ' '}${enhanced} ${line}`).join('\r\n')
}

const megabytes = messageLimits.sizeBytesMax / (1024 * 1024)

export const replies = {
  done: '250 2.0.0 OK',
  reset: '250 2.0.0 Reset; begin with MAIL FROM',
  senderOk: '250 2.1.0 Sender OK',
  recipientOk: '250 2.1.5 Recipient OK',
  goAhead: '354 Send the message; end it with a line that holds only a dot',
  tlsReady: '220 2.0.0 Ready to start TLS',
  authenticated: '235 2.7.0 Authentication succeeded',
  promptPlain: '334 ',
  promptUser: '334 VXNlcm5hbWU6',
  promptPassword: '334 UGFzc3dvcmQ6',
  bye: '221 2.0.0 Bye',
  cannotVerify: '252 2.5.0 Recipients are not looked up; send the message and read its events',
  noLists: '502 5.5.1 EXPN is not offered; there are no mailing lists here',

  unknownCommand: '500 5.5.1 Unknown command; HELP lists those there are',
  notOffered: '502 5.5.1 This command is not offered; HELP lists those there are',
  greetFirst: '503 5.5.1 Say EHLO first',
  greetName: '501 5.5.4 Give your host name, as in: EHLO client.example.com',
  noArgument: '501 5.5.4 This command takes no argument; leave it out',
  mailFirst: '503 5.5.1 Say MAIL FROM:<address> first',
  mailTwice: '503 5.5.1 A message is under way already; finish it, or say RSET',
  recipientFirst: '554 5.5.1 No recipient was accepted; say RCPT TO:<address> first',
  mailForm: '501 5.5.4 Write it as MAIL FROM:<name@example.com>, or MAIL FROM:<> for none',
  recipientForm: '501 5.5.4 Write it as RCPT TO:<name@example.com>',
  senderSyntax: '553 5.1.7 The address in MAIL FROM is not valid; write it as <name@example.com>',
  parameterUnknown:
    '555 5.5.4 A parameter is not offered; leave it out: MAIL takes SIZE, BODY, SMTPUTF8 and AUTH, RCPT none',
  parameterValue:
    '501 5.5.4 The value of a parameter is not valid; write SIZE as a number, BODY as 7BIT or 8BITMIME',
  binaryMime:
    '501 5.5.4 BODY=BINARYMIME is not offered; encode the parts in base64 and say BODY=8BITMIME',
  utf8Needed: '553 5.6.7 An address beyond ASCII needs SMTPUTF8 in MAIL FROM; add that parameter',
  tooManyRecipients: `452 4.5.3 A message may have ${messageLimits.recipientsMax} recipients; send the others another message`,
  chunkForm: '501 5.5.4 Write it as BDAT size, or BDAT size LAST',
  chunksBegun: '503 5.5.1 The message comes by BDAT; finish it so, or say RSET',

  tooLarge: `552 5.3.4 A message may have ${megabytes} MiB; link to large files instead of attaching them`,
  noRoom: '452 4.3.1 Too many messages are being received right now; try again in a minute',
  bareReturn: '554 5.5.2 A CR stands without its LF; end every line with CR LF and nothing else',
  bareFeed:
    '554 5.5.2 A LF stands without its CR; end every line with CR LF (with openssl: s_client -crlf)',
  nul: '554 5.6.0 The message contains a NUL byte; encode binary parts in base64',
  longLine: `554 5.6.0 A line of the message has more than ${messageLimits.lineBytesMax} bytes; encode the part in quoted-printable or base64`,

  lineTooLong:
    '500 5.5.2 The line is too long; a command may have 2,048 bytes, a line of AUTH 12,288',
  lineControl: '500 5.5.2 The line contains a control character; remove it',
  lineNotUtf8: '500 5.5.2 The line is not valid UTF-8; encode it so, or keep to ASCII',

  authFirst:
    '530 5.7.0 Authenticate first: AUTH PLAIN or LOGIN, user resend, an API key as the password',
  tlsFirst: '530 5.7.0 Say STARTTLS first; then authenticate with an API key as the password',
  authNeedsTls: '538 5.7.11 AUTH needs TLS: say STARTTLS first, or use the port of SMTP over TLS',
  authLeaked:
    '538 5.7.11 AUTH needs TLS, and this key has just crossed the network unprotected: replace it, then say STARTTLS first',
  authTwice: '503 5.5.1 You are authenticated already; open another session for another key',
  authInMail: '503 5.5.1 AUTH cannot stand within a message; finish it, or say RSET',
  authMechanism: '504 5.5.4 This mechanism is not offered; use AUTH PLAIN or AUTH LOGIN',
  authBase64: '501 5.5.2 The answer to AUTH is not base64; encode it so, without blanks',
  authCancelled: '501 5.7.0 AUTH was cancelled; say AUTH again to authenticate',
  authForm: '501 5.5.2 AUTH PLAIN takes the base64 of NUL, user, NUL, API key',
  authUser: '535 5.7.8 The user must be resend, apikey or postern, and the password an API key',
  authKey:
    '535 5.7.8 The API key is not valid: it is unknown or revoked; give a key that begins with pst_ as the password',
  tlsTwice: '503 5.5.1 TLS is on already; go on with EHLO',
  tlsInMail: '503 5.5.1 STARTTLS cannot stand within a message; finish it, or say RSET',
  tlsPipelined: '421 4.7.0 Nothing may follow STARTTLS before TLS is on; wait for its reply',
  tlsAway: '454 4.7.0 TLS is not ready yet; try again in a moment',

  forbiddenCommand: '421 4.7.0 This is SMTP; HTTP is served on another port',
  tooManyRefused: `421 4.7.0 ${smtpLimits.refusedInARowMax} commands in a row were refused; correct the client and connect again`,
  tooManyFailures:
    '421 4.7.0 Too many failed attempts from your address; wait a minute, and check the API key',
  tooManySessions: '421 4.3.2 Too many sessions are open here; try again in a minute',
  tooManyFromAddress: `421 4.7.0 Your address has ${smtpLimits.sessionsPerAddressMax} sessions open already; reuse them`,
  tooManyOfAccount: `421 4.7.0 Your account has ${smtpLimits.sessionsPerAccountMax} sessions open already; reuse them`,
  tooManyMessages: `421 4.7.0 A session may send ${smtpLimits.messagesPerSessionMax} messages; open a new one`,
  idle: '421 4.4.2 Nothing was heard for five minutes; connect again',
  strangerLate: '421 4.4.2 You did not authenticate in time; connect again',
  transactionLate: '421 4.4.2 The message took too long; connect again, or send less at once',
  revoked: '421 4.7.0 The API key is no longer valid; connect again with another',
  stopping: '421 4.3.2 The server is restarting; try again in a moment',
  paceFull:
    '450 4.7.1 Your account sends faster than its rate allows; try again in a minute, or ask the operator for a higher rate',
  fault: '451 4.3.0 Something went wrong on our side and nothing was accepted; try again later',
} as const satisfies Record<string, Reply>

const helpLines = [
  'EHLO HELO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP HELP VRFY QUIT',
  'User: resend, apikey or postern. Password: an API key. TLS comes before AUTH.',
  'From must be of a verified domain. docs/smtp.md says the rest.',
]
export const help: Reply = helpLines
  .map((line, n) => `214${n < helpLines.length - 1 ? '-' : ' '}2.0.0 ${line}`)
  .join('\r\n')

export function greeting(hostname: string): Reply {
  return `220 ${hostname} ESMTP Postern`
}

/** RFC 5321 §4.1.1.1. STARTTLS is offered while there is no TLS, AUTH where it would be taken. */
export function helloReply(
  hostname: string,
  { isSecure, takesAuth }: { isSecure: boolean; takesAuth: boolean },
): Reply {
  const lines = [
    hostname,
    'PIPELINING',
    `SIZE ${messageLimits.sizeBytesMax}`,
    ...(isSecure ? [] : ['STARTTLS']),
    ...(takesAuth ? ['AUTH PLAIN LOGIN'] : []),
    'ENHANCEDSTATUSCODES',
    '8BITMIME',
    'SMTPUTF8',
    'CHUNKING',
    'HELP',
  ]
  return lines.map((line, n) => `250${n < lines.length - 1 ? '-' : ' '}${line}`).join('\r\n')
}

export function accepted(id: string): Reply {
  return `250 2.0.0 OK: queued as ${id}`
}
