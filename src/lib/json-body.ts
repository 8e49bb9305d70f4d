/** The body of a request as JSON (RFC 8259), or where it stops being that. */
import { isUtf8 } from 'node:buffer'
import { findJsonFault } from './json-fault.ts'

/** Malformed before any field is looked at; the message is for whoever sent it. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest'
}

export function parseJsonBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw new MalformedRequest('The body is not valid UTF-8; encode it as UTF-8.')
  const text = body.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    const { line, column, reason } = findJsonFault(text)
    throw new MalformedRequest(
      `The body is not valid JSON at line ${line}, column ${column}: ${reason}.`,
    )
  }
}
