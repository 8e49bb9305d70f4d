/** How long something took, as people say it: two units at most. */
const units: [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
]

export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms < 60_000) return `${Math.round(ms / 1_000)} s`
  for (const [index, [name, unitMs]] of units.entries()) {
    if (ms < unitMs) continue
    const [nextName, nextMs] = units[index + 1] ?? ['s', 1_000]
    const whole = Math.floor(ms / unitMs)
    const rest = Math.floor((ms - whole * unitMs) / nextMs)
    return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${nextName}`
  }
  return `${Math.round(ms)} ms`
}
