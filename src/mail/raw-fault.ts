/** Why the bytes of a message are not taken: each reason with the rule and the fix, and the line where it shows. */

const sentences = {
  bare_cr: 'has a carriage return without a line feed; end every line with CRLF.',
  bare_lf: 'has a line feed without a carriage return; end every line with CRLF.',
  nul: 'has a NUL byte, which no mail host passes on; remove it or encode the part as base64.',
  line_too_long: 'is longer than 998 bytes (RFC 5322 §2.1.1); fold or encode it.',
  unended_line: 'has no end, and the message stops there; end the last line with CRLF.',
  no_separator: 'ends the message within its header; put an empty line between header and body.',
  header_too_large: 'goes beyond 256 KB of header; shorten the header.',
  too_many_fields: 'begins a field beyond the 1,000th; leave some out.',
  not_utf8: 'has bytes in the header that are not UTF-8; encode them as RFC 2047 says.',
  no_colon: 'is no header field, for it has no colon; write it as Name: value.',
  bad_name: 'has a field name with a blank or a character that is not allowed; correct the name.',
  blank_fold: 'continues a field but is blank (RFC 5322 §3.2.2); remove the line.',
  repeated_field: 'repeats a field that may not occur so often (RFC 5322 §3.6); keep one of them.',
  no_from: 'ends a header without From; add From with the address of the sender.',
  bad_from:
    'has a From that is not a list of plain mailboxes; write it as Name <name@example.com>.',
} as const

export type RawFaultReason = keyof typeof sentences

/** An expected no to whoever hands a message over: `message` is fit for them and quotes nothing of theirs. */
export class RawMessageFault extends Error {
  override readonly name = 'RawMessageFault'
  readonly reason: RawFaultReason
  /** Of the message, from 1. */
  readonly line: number

  constructor(reason: RawFaultReason, line: number, detail = '') {
    super(`Line ${line} ${sentences[reason]}${detail === '' ? '' : ` ${detail}`}`)
    this.reason = reason
    this.line = line
  }
}
