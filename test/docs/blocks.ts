/** Fenced blocks of Markdown, as they stand. */

export interface Block {
  language: string
  /** Whether its fence says `run`: it must run as written. */
  isRun: boolean
  text: string
  line: number
}

export function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, language, mark] = /^```(\w+)( run)?$/.exec(lines[at] ?? '') ?? []
    if (language === undefined) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`the block of line ${at + 1} does not end`)
    const text = lines.slice(at + 1, end).join('\n')
    blocks.push({ language, isRun: mark !== undefined, text, line: at + 1 })
    at = end
  }
  return blocks
}
