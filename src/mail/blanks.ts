/** White space as mail means it (RFC 5322 §2.2.2): blank and tab only, where `trim` would take more. */
const blank = 0x20
const tab = 0x09

/** By index: a regular expression for trailing blanks takes quadratic time on long runs of them. */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

export function isBlank(code: number): boolean {
  return code === blank || code === tab
}
