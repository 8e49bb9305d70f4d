/**
 * Finds messages: sender, recipients and subject in memory, the text from disk. The work of one
 * search is bounded, in messages, in bytes and in time, and so is what is remembered of the texts.
 */
import PostalMime from 'postal-mime'
import type { Clock } from '../lib/clock.ts'
import { Turns } from '../lib/turns.ts'
import { readTags, visibleText } from './html-tags.ts'
import { searchLimits, summaryLimits } from './limits.ts'
import type { Summary } from './record.ts'
import { type Searchable, searchable, type Term, unmetTerms } from './search-query.ts'
import type { Store } from './store.ts'

export interface Found {
  summaries: Summary[]
  hasMore: boolean
  /** False when the time ran out before every listed message was looked at. */
  isComplete: boolean
}

export interface SearchOptions {
  limit: number
  after?: string | undefined
}

/** What is read from disk for a search. */
interface Contents {
  /** Lower case. */
  text: string
  /** All recipients; the list in memory names the first ones only. */
  to: string
}

export class Search {
  private readonly clock: Clock
  private readonly turns = new Turns(searchLimits.turns)
  /** Oldest use first. */
  private readonly remembered = new Map<string, Contents>()
  private rememberedLength = 0

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Too many wait already. */
  get isFull(): boolean {
    return this.turns.isFull
  }

  /** Newest first, among the listed messages that are older than `after`. */
  find(store: Store, terms: readonly Term[], options: SearchOptions): Promise<Found> {
    return this.turns.take(() => this.look(store, terms, options))
  }

  /** A deleted message leaves nothing behind. */
  forget(id: string): void {
    const contents = this.remembered.get(id)
    if (contents) this.rememberedLength -= lengthOf(contents)
    this.remembered.delete(id)
  }

  forgetAll(): void {
    this.remembered.clear()
    this.rememberedLength = 0
  }

  private async look(
    store: Store,
    terms: readonly Term[],
    { limit, after }: SearchOptions,
  ): Promise<Found> {
    const deadline = this.clock.now() + searchLimits.timeMs
    const summaries: Summary[] = []
    for (const summary of store.newestFirst(after)) {
      if (this.clock.now() > deadline) return { summaries, hasMore: true, isComplete: false }
      if (!(await this.meets(store, summary, terms))) continue
      if (summaries.length === limit) return { summaries, hasMore: true, isComplete: true }
      summaries.push(summary)
    }
    return { summaries, hasMore: false, isComplete: true }
  }

  private async meets(store: Store, summary: Summary, terms: readonly Term[]): Promise<boolean> {
    const parts = searchable(summary)
    const unmet = unmetTerms(terms, parts)
    if (unmet.length === 0) return store.has(summary.id)
    // Only text, and recipients beyond the first ones, are worth a look at the disk.
    const areAllKnown = summary.to.length < summaryLimits.recipientsMax
    if (unmet.some(({ field }) => field && (field !== 'to' || areAllKnown))) return false
    const contents = this.remembered.get(summary.id) ?? (await this.read(store, summary.id))
    if (!contents) return false
    return unmet.every((term) => isIn(term, parts, contents))
  }

  private async read(store: Store, id: string): Promise<Contents | undefined> {
    const message = await store.find(id)
    if (!message) return undefined
    const text = await textOf(message.source.subarray(0, searchLimits.sourceBytesMax))
    const contents = {
      text: text.slice(0, searchLimits.textLengthMax).toLowerCase(),
      to: message.to.join('\n').toLowerCase(),
    }
    // Deleted meanwhile: it must not come back into memory.
    if (store.has(id)) this.remember(id, contents)
    return contents
  }

  private remember(id: string, contents: Contents): void {
    this.forget(id)
    this.remembered.set(id, contents)
    this.rememberedLength += lengthOf(contents)
    for (const oldest of this.remembered.keys()) {
      if (this.rememberedLength <= searchLimits.rememberedLengthMax) return
      this.forget(oldest)
    }
  }
}

function isIn({ field, words }: Term, parts: Searchable, { text, to }: Contents): boolean {
  return (
    to.includes(words) || (field === null && (text.includes(words) || parts.to.includes(words)))
  )
}

function lengthOf({ text, to }: Contents): number {
  return text.length + to.length
}

/** As a reader sees it: the text part, and what the HTML says. */
async function textOf(source: Buffer): Promise<string> {
  try {
    const { text = '', html = '' } = await PostalMime.parse(source, { maxNestingDepth: 50 })
    return `${text}\n${visibleText(readTags(html, searchLimits.tagsMax))}`
  } catch {
    // Beyond any parser: then what was written is all there is.
    return source.toString('utf8')
  }
}
