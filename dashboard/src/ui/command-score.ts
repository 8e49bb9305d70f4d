/**
 * How well a command answers what was typed, from 0 (not at all) to 1: every typed word has to begin a word of it, and
 * those of its name count for more than the other words it goes by.
 */
export function commandScore(
  name: string,
  typed: string,
  otherWords: readonly string[] = [],
): number {
  const inName = wordsOf(name)
  const inOthers = otherWords.flatMap(wordsOf)
  let score = 1
  for (const wanted of wordsOf(typed)) {
    const begins = (word: string) => word.startsWith(wanted)
    if (inName.some(begins)) continue
    if (!inOthers.some(begins)) return 0
    score /= 2
  }
  return score
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
}
