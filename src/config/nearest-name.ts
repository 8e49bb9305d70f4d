/** The name out of `known` that takes the fewest changed, missing or added letters to reach. */
export function nearestName(name: string, known: readonly string[]): string {
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
  ranked.sort((left, right) => left.distance - right.distance)
  return ranked[0]?.candidate ?? ''
}

/** Levenshtein's distance, one row at a time. */
export function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const changed = left[row - 1] === right[column - 1] ? 0 : 1
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + changed,
        ),
      )
    }
    previous = current
  }
  return previous[right.length] ?? 0
}
