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

/** "1 message", "2 messages". */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${wholeText(count)} ${count === 1 ? one : many}`
}
