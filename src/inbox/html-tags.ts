/**
 * The start tags of an HTML document, tolerantly: what mail contains is seldom valid. It looks at
 * each character once, whatever is written, and knows nothing of nesting.
 */
export interface Tag {
  /** Lower case. */
  name: string
  /** Lower-case names; values with character references resolved. */
  attributes: Map<string, string>
  /** What follows up to the next tag, for `style` and `script` up to their end. */
  text: string
}

/** Their content is not HTML. */
const rawText = new Set(['style', 'script', 'title', 'textarea', 'xmp', 'iframe', 'noembed'])
const attributesMax = 100
const named = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\u00a0'],
])

const unseen = new Set(['style', 'script', 'title', 'noembed'])

/** What a reader of the document sees, roughly, and the descriptions of its images. */
export function visibleText(tags: readonly Tag[]): string {
  const pieces = tags.map(({ name, attributes, text }) => {
    if (name === 'img') return `${attributes.get('alt') ?? ''} ${text}`
    return unseen.has(name) ? '' : text
  })
  return pieces.join(' ').replaceAll(/\s+/g, ' ').trim()
}

/** End tags come as `/name`; text before the first tag as one without a name. */
export function readTags(html: string, tagsMax: number): Tag[] {
  const reader = new TagReader(html)
  const tags: Tag[] = []
  const first = html.indexOf('<')
  const lead = first < 0 ? html : html.slice(0, first)
  if (lead.trim() !== '') tags.push({ name: '', attributes: new Map(), text: lead })
  while (tags.length < tagsMax) {
    const tag = reader.next()
    if (!tag) break
    tags.push(tag)
  }
  return tags
}

class TagReader {
  private readonly html: string
  /** For the ends of raw text, which are found in any case. */
  private readonly lower: string
  private at = 0

  constructor(html: string) {
    this.html = html
    this.lower = html.toLowerCase()
  }

  next(): Tag | null {
    for (;;) {
      const open = this.html.indexOf('<', this.at)
      if (open < 0) return null
      this.at = open + 1
      if (this.html.startsWith('!--', this.at)) this.skipPast('-->')
      else if (this.isNameAt(this.at)) return this.tag('')
      else if (this.html[this.at] === '/' && this.isNameAt(this.at + 1)) {
        this.at++
        return this.tag('/')
      }
    }
  }

  private tag(prefix: string): Tag {
    const name = prefix + this.match(/[^\s/>]+/y).toLowerCase()
    const attributes = this.attributes()
    return { name, attributes, text: this.text(name) }
  }

  private attributes(): Map<string, string> {
    const attributes = new Map<string, string>()
    for (;;) {
      this.match(/[\s/]*/y)
      if (this.at >= this.html.length) return attributes
      if (this.html[this.at] === '>') {
        this.at++
        return attributes
      }
      const name = this.match(/=?[^\s/>=]*/y).toLowerCase()
      const value = this.match(/\s*=\s*/y) === '' ? '' : this.value()
      // The first of its name counts, as in browsers.
      if (attributes.size < attributesMax && !attributes.has(name)) {
        attributes.set(name, resolveReferences(value))
      }
    }
  }

  private value(): string {
    const quote = this.html[this.at]
    if (quote !== '"' && quote !== "'") return this.match(/[^\s>]*/y)
    const from = this.at + 1
    const to = this.html.indexOf(quote, from)
    this.at = to < 0 ? this.html.length : to + 1
    return this.html.slice(from, to < 0 ? undefined : to)
  }

  private text(name: string): string {
    const from = this.at
    const end = rawText.has(name) ? `</${name}` : '<'
    const to = this.lower.indexOf(end, from)
    this.at = to < 0 ? this.html.length : to
    const text = this.html.slice(from, this.at)
    return rawText.has(name) ? text : resolveReferences(text)
  }

  private skipPast(end: string): void {
    const to = this.html.indexOf(end, this.at)
    this.at = to < 0 ? this.html.length : to + end.length
  }

  private isNameAt(at: number): boolean {
    return /[a-z]/i.test(this.html[at] ?? '')
  }

  /** What a sticky pattern finds here, which is then behind us. */
  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const [found = ''] = pattern.exec(this.html) ?? []
    this.at += found.length
    return found
  }
}

function resolveReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));?/gi, (whole, ...groups) => {
    const [decimal, hexadecimal, name] = groups as (string | undefined)[] // the pattern's three
    if (name !== undefined) return named.get(name.toLowerCase()) ?? whole
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
