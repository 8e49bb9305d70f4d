/** How the command line writes things for people: aligned tables, times, sizes. */

/** Columns as wide as their widest cell; the last is left as it is. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows]
  const widths = heads.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const lines = all.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  )
  return lines.map((line) => line.trimEnd()).join('\n')
}

/** `name  value` lines with the values under one another. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd()).join('\n')
}

/** In UTC and to the second, since servers and their logs are in many places. */
export function time(at: Date | number | null): string {
  if (at === null) return '-'
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} bytes`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  const step = Math.min(Math.floor(Math.log2(count) / 10), units.length)
  return `${(count / 1024 ** step).toFixed(1)} ${units[step - 1]}`
}

export function count(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : plural}`
}

/** What comes from outside cannot steer the terminal: control characters become spaces. */
export function harmless(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
}
