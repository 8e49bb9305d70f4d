/** SMTP replies (RFC 5321 §4.2) and what they mean for a delivery. The only place that reads their words. */

export interface Reply {
  code: number
  /** Enhanced status code (RFC 3463), when the reply has one of the same class. */
  enhanced: string | undefined
  /** The words of each line, with the enhanced code, without the reply code. */
  lines: string[]
}

export type ReplyMeaning = 'delivered' | 'deferred' | 'bounced'

export type BounceReason =
  | 'no_such_recipient'
  | 'no_such_domain'
  | 'recipient_disabled'
  | 'mailbox_full'
  | 'message_too_large'
  | 'sender_refused'
  | 'blocked'
  | 'other'

const lineCountMax = 100
const lineLengthMax = 1_000

const replyLine = /^([2-5][0-9]{2})(?:([ -])(.*))?$/s
const enhancedCode = /^([245])\.([0-9]{1,3})\.([0-9]{1,3})(?= |$)/

/** The lines of one reply, without their CRLF. Undefined when they are not a reply. */
export function parseReply(lines: readonly string[]): Reply | undefined {
  if (lines.length === 0 || lines.length > lineCountMax) return undefined
  let code = ''
  const words: string[] = []
  for (const [index, line] of lines.entries()) {
    const match = replyLine.exec(line)
    if (!match) return undefined
    const [, lineCode = '', separator, text = ''] = match
    const isLast = index === lines.length - 1
    if ((code !== '' && lineCode !== code) || (separator === '-') === isLast) return undefined
    code = lineCode
    words.push(printable(text))
  }
  return { code: Number(code), enhanced: readEnhanced(code, words[0] ?? ''), lines: words }
}

/** Their words are shown to people and kept, so nothing in them may steer a terminal or a page. */
function printable(text: string): string {
  return text
    .slice(0, lineLengthMax)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
}

/** RFC 2034 §4: a code of another class than the reply's is not one. */
function readEnhanced(code: string, text: string): string | undefined {
  const match = enhancedCode.exec(text)
  return match && match[1] === code.charAt(0) ? match[0] : undefined
}

/**
 * What the answer to the end of DATA, or an early no, means for the delivery. A 3xx there is a host
 * out of step, so the message is tried again.
 */
export function classifyReply({ code }: Pick<Reply, 'code'>): ReplyMeaning {
  if (code >= 200 && code < 300) return 'delivered'
  return code >= 500 && code < 600 ? 'bounced' : 'deferred'
}

interface BounceRule {
  reason: BounceReason
  /** Any of these enhanced codes; absent: whatever the code. */
  enhanced?: RegExp
  /** Any of these reply codes; absent: whatever the code. */
  codes?: readonly number[]
  /** Words that must occur; absent: the code alone decides. */
  words?: RegExp
}

/** Codes that say so little that only the words tell: RFC 3463 `X.0.0`, `X.1.0`, `X.5.0` and no code at all. */
const vague = /^(?:none|5\.0\.0|5\.1\.0|5\.5\.0)$/
const recipientCodes = [550, 551, 553]

const blockWords =
  /\b(?:spam|spamhaus|spamcop|blocked|blacklist(?:ed)?|blocklist(?:ed)?|block list|black list|rbl|dnsbl|reputation|dmarc|spf|dkim|policy|unsolicited|bulk mail|listed (?:by|at|in|on)|relaying|relay (?:access|not|denied)|(?:unable|not allowed|not permitted) to relay|authentication|virus|malware)\b/
const unknownWords =
  /\b(?:user|users|recipient|mailbox|account|address|addressee|alias|email account)\b[^.]{0,40}\b(?:unknown|not found|not known|doesn'?t exist|does not exist|do not exist|not exist|no longer (?:exists|valid|available|in use)|invalid|unavailable)\b|\b(?:unknown|invalid|no such|non-?existent|not a valid|no valid)\b.{0,20}\b(?:user|users|recipient|recipients|mailbox|account|address|alias|person|local part)\b|\bno (?:mailbox|account) (?:here|by that name|with that name)|\b(?:user|recipient) doesn'?t have an? .{0,40}\baccount\b/

/**
 * The first rule that fits decides. Rules about us stand above those about the recipient: a
 * suppression made by mistake loses mail for good, one missed costs another attempt.
 */
const bounceRules: readonly BounceRule[] = [
  { reason: 'mailbox_full', enhanced: /^5\.2\.2$/ },
  {
    reason: 'mailbox_full',
    words:
      /\b(?:over ?quota|quota exceeded|exceeded.{0,30}quota|mailbox (?:is )?full|insufficient storage|out of storage)\b/,
  },
  { reason: 'message_too_large', enhanced: /^5\.(?:2\.3|3\.4)$/ },
  { reason: 'sender_refused', enhanced: /^5\.1\.[789]$/ },
  { reason: 'blocked', enhanced: /^5\.7\.\d+$/ },
  { reason: 'blocked', words: blockWords },
  {
    reason: 'sender_refused',
    enhanced: vague,
    words: /\b(?:sender|mail from|from address|return path)\b/,
  },
  { reason: 'no_such_recipient', enhanced: /^5\.1\.(?:1|3|6|10)$/ },
  { reason: 'no_such_recipient', enhanced: /^5\.1\.0$/, codes: recipientCodes },
  { reason: 'no_such_domain', enhanced: /^5\.1\.2$/ },
  {
    reason: 'recipient_disabled',
    enhanced: /^(?:none|5\.2\.1|5\.0\.0|5\.5\.0)$/,
    words:
      /\b(?:user|recipient|mailbox|account|address)\b[^.]{0,60}\b(?:inactive|disabled|deactivated|discontinued|closed)\b/,
  },
  { reason: 'no_such_recipient', enhanced: vague, codes: recipientCodes, words: unknownWords },
]

/** Reasons after which a further message would meet the same no: the address is gone. */
const hardReasons: ReadonlySet<BounceReason> = new Set([
  'no_such_recipient',
  'no_such_domain',
  'recipient_disabled',
])

/** Why a 5xx came, as far as its code and words tell. */
export function explainBounce(reply: Reply): BounceReason {
  const enhanced = reply.enhanced ?? 'none'
  const words = plainWords(reply)
  const rule = bounceRules.find(
    (each) =>
      (each.enhanced?.test(enhanced) ?? true) &&
      (each.codes?.includes(reply.code) ?? true) &&
      (each.words?.test(words) ?? true),
  )
  return rule?.reason ?? 'other'
}

/**
 * Whether the recipient does not exist, so that the address is to be suppressed. Ask it of replies to
 * RCPT and to the message, not of a no to the greeting, to EHLO or to MAIL.
 */
export function isHardBounce(reply: Reply): boolean {
  return classifyReply(reply) === 'bounced' && hardReasons.has(explainBounce(reply))
}

/** Addresses, host names and links are left out: `spam@example.com: user unknown` is not about spam. */
function plainWords({ lines }: Reply): string {
  return lines
    .join(' ')
    .slice(0, 4 * lineLengthMax)
    .toLowerCase()
    .split(' ')
    .filter((word) => !/[@/]|[a-z0-9]\.[a-z0-9]/.test(word))
    .join(' ')
}
