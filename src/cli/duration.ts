/** Spans of time as a command takes them: `90s`, `15m`, `24h`, `30d`. */
import { UsageError } from './command-failure.ts'

const units = { s: 1, m: 60, h: 3_600, d: 86_400 } as const
const shape = /^(\d{1,9})([smhd])$/

export function readSeconds(name: string, text: string): number {
  const match = shape.exec(text)
  if (!match) throw new UsageError(`--${name} must be a span of time such as 90s, 15m, 24h or 30d`)
  return Number(match[1]) * units[match[2] as keyof typeof units] // the shape allows these letters
}

/** A span of time from now, or a time in ISO 8601 with its zone. */
export function readMoment(name: string, text: string, nowMs: number): Date {
  if (shape.test(text)) return new Date(nowMs + readSeconds(name, text) * 1000)
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/i.test(text)
  const at = new Date(isIso ? text : Number.NaN)
  if (!Number.isNaN(at.getTime())) return at
  throw new UsageError(
    `--${name} must be a span of time such as 90d, or a time with its zone such as 2027-01-31T12:00:00Z`,
  )
}
