/** Where a text found differs from the one expected: by words where they are short, else by what both begin and end with. */
export interface DiffPart {
  kind: 'same' | 'missing' | 'extra'
  text: string
}

/** The table that is filled has as many cells as the product of both lengths. */
const cellsMax = 250_000

export function diffTexts(expected: string, found: string): DiffPart[] {
  const wanted = pieces(expected)
  const given = pieces(found)
  const start = countSame(wanted, given, (list, index) => list[index])
  const end = Math.min(
    countSame(wanted, given, (list, index) => list[list.length - 1 - index]),
    Math.min(wanted.length, given.length) - start,
  )
  const middle = diffPieces(
    wanted.slice(start, wanted.length - end),
    given.slice(start, given.length - end),
  )
  return joined([
    ...wanted.slice(0, start).map((text) => ({ kind: 'same' as const, text })),
    ...middle,
    ...wanted.slice(wanted.length - end).map((text) => ({ kind: 'same' as const, text })),
  ])
}

/** DNS values are short words between blanks, semicolons, dots and signs; a key is one long word. */
function pieces(text: string): string[] {
  return text.match(/[A-Za-z0-9+/_-]+|[^A-Za-z0-9+/_-]/g) ?? []
}

function countSame(
  one: string[],
  other: string[],
  at: (list: string[], index: number) => string | undefined,
): number {
  const most = Math.min(one.length, other.length)
  let count = 0
  while (count < most && at(one, count) === at(other, count)) count++
  return count
}

/** The longest common subsequence; what is too long for it is shown as a whole. */
function diffPieces(wanted: string[], given: string[]): DiffPart[] {
  const whole: DiffPart[] = [
    ...wanted.map((text) => ({ kind: 'missing' as const, text })),
    ...given.map((text) => ({ kind: 'extra' as const, text })),
  ]
  if (wanted.length * given.length > cellsMax) return whole
  const width = given.length + 1
  const lengths = new Uint16Array((wanted.length + 1) * width)
  const cell = (row: number, column: number) => lengths[row * width + column] ?? 0
  for (let row = wanted.length - 1; row >= 0; row--) {
    for (let column = given.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        wanted[row] === given[column]
          ? cell(row + 1, column + 1) + 1
          : Math.max(cell(row + 1, column), cell(row, column + 1))
    }
  }
  const parts: DiffPart[] = []
  let row = 0
  let column = 0
  while (row < wanted.length || column < given.length) {
    const [one, other] = [wanted[row], given[column]]
    if (one !== undefined && one === other) {
      parts.push({ kind: 'same', text: one })
      row++
      column++
    } else if (
      other === undefined ||
      (one !== undefined && cell(row + 1, column) >= cell(row, column + 1))
    ) {
      parts.push({ kind: 'missing', text: one ?? '' })
      row++
    } else {
      parts.push({ kind: 'extra', text: other })
      column++
    }
  }
  return parts
}

function joined(parts: DiffPart[]): DiffPart[] {
  const result: DiffPart[] = []
  for (const part of parts) {
    const last = result.at(-1)
    if (last?.kind === part.kind) last.text += part.text
    else result.push({ ...part })
  }
  return result
}
