/** Tells what passes by itself from what is a bug: that one ends the process, or the work on one thing. */
import { DatabaseFailure } from '../db/sql.ts'
import { Refusal } from '../lib/refusal.ts'

export function isOutage(error: unknown): boolean {
  if (error instanceof Refusal) return error.code === 'unavailable'
  return error instanceof DatabaseFailure && error.isOutage
}
