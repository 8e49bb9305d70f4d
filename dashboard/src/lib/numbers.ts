/** Numbers as the pages write them. */
export function wholeText(value: number): string {
  return value.toLocaleString('en')
}

/** A share as per cent; of nothing there is none. Small shares keep the digit that tells them from none. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (part / whole) * 100
  const digits = percent === 0 || percent >= 10 ? 0 : percent < 0.1 ? 2 : 1
  return `${percent.toFixed(percent === 100 ? 0 : digits)} %`
}

/** "640 B", "1.5 MB": in powers of a thousand, as file managers write them. */
export function bytesText(count: number): string {
  const units = ['kB', 'MB', 'GB', 'TB']
  if (count < 1000) return `${count} B`
  const step = Math.min(Math.floor(Math.log10(count) / 3), units.length)
  return `${(count / 1000 ** step).toFixed(1)} ${units[step - 1]}`
}

/** "1 message", "2 messages". */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${wholeText(count)} ${count === 1 ? one : many}`
}
