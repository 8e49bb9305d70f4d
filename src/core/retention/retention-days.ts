/** For how many days each class of things is kept: by the installation, or for less long where the account says so. */
import type { RetentionDays } from '../authority/signed-row.ts'

/** In the order in which pages show them. */
export const retentionClasses = ['content', 'messages', 'logs'] as const

/** An account only ever shortens, and content goes with its message at the latest. */
export function daysKept(keepDays: number, own: RetentionDays = {}): Required<RetentionDays> {
  const messages = Math.min(keepDays, own.messages ?? keepDays)
  return {
    content: Math.min(messages, own.content ?? messages),
    messages,
    logs: Math.min(keepDays, own.logs ?? keepDays),
  }
}
