/** What comes of a line or of a message, for the session to do in order. */
import type { Reply } from './replies.ts'

export type Answer =
  | Reply
  /** The last reply of the session. */
  | { end: Reply }
  /** Nothing is read or said until it is known. */
  | { later: Promise<Answer> }
  /** Say that TLS may begin, and put it on. */
  | 'secure'
