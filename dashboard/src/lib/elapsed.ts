/** How long ago, or how long until, in words; the absolute time for those who want to know. */
const steps: [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
const justNowMs = 5_000

export function elapsedText(atMs: number, nowMs: number): string {
  const span = atMs - nowMs
  if (Math.abs(span) < justNowMs) return 'just now'
  for (const [unit, ms] of steps) {
    if (Math.abs(span) >= ms) return relative.format(Math.trunc(span / ms), unit)
  }
  return 'just now'
}

/** With the zone, since whoever reads a log elsewhere must be able to compare. */
export function absoluteText(at: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'long',
    ...(timeZone !== undefined && { timeZone }),
  }).format(at)
}
