/** Numbered messages into the HTTP door, as a customer's programs send them: one by one, in batches, some with an Idempotency-Key. */
import { setTimeout as pause } from 'node:timers/promises'

export interface LoadOptions {
  url: string
  key: string
  /** Stands in every subject as `[pb:RUN:SEQ]`, by which the mail host tells messages apart. */
  run: string
  recipientDomain: string
  /** From 0 to below 1; decides which requests are batches and which carry a key. */
  random: () => number
  workers?: number
  /** Between two requests of one worker: the strength of the load. */
  pauseMs?: number
  /** Share of requests that are batches of ten, and of those that carry an Idempotency-Key. */
  batchShare?: number
  keyedShare?: number
  /** Looked at before each request. */
  isDone: (load: Load) => boolean
}

export interface Load {
  /** Message ids by sequence number: what was answered with 200. */
  readonly accepted: Map<number, string>
  /** Of these, sent with an Idempotency-Key and repeated until they were accepted. */
  readonly keyed: Set<number>
  /** Requests answered 503 with Retry-After, and requests without an answer. */
  refused: number
  unanswered: number
  /** Anything else; a test demands that it is empty. */
  readonly faults: string[]
  /** Resolves when every worker has stopped. */
  ended: Promise<void>
}

const batchSize = 10
const faultsMax = 20
const repeatMs = 100
const answerMs = 30_000
/** A keyed request is repeated for so long, then given up; it is then not counted as accepted. */
const repeatSecondsMax = 60

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function startLoad(options: LoadOptions): Load {
  const load: Load = {
    accepted: new Map(),
    keyed: new Set(),
    refused: 0,
    unanswered: 0,
    faults: [],
    ended: Promise.resolve(),
  }
  let nextSeq = 0
  const worker = async () => {
    while (!options.isDone(load)) {
      const size = options.random() < (options.batchShare ?? 0) ? batchSize : 1
      const isKeyed = options.random() < (options.keyedShare ?? 0)
      const seqs = Array.from({ length: size }, () => nextSeq++)
      await submit(seqs, isKeyed, { options, load })
      if (options.pauseMs) await pause(options.pauseMs)
    }
  }
  load.ended = Promise.all(Array.from({ length: options.workers ?? 4 }, worker)).then(() => {})
  return load
}

interface Context {
  options: LoadOptions
  load: Load
}

async function submit(seqs: number[], isKeyed: boolean, context: Context): Promise<void> {
  const { options, load } = context
  const deadline = performance.now() + repeatSecondsMax * 1_000
  for (;;) {
    const ids = await tryOnce(seqs, isKeyed, context)
    for (const [index, seq] of seqs.entries()) {
      const id = ids?.[index]
      if (id === undefined) continue
      load.accepted.set(seq, id)
      if (isKeyed) load.keyed.add(seq)
    }
    if (ids || !isKeyed || performance.now() > deadline) return
    if (options.isDone(load)) return
    await pause(repeatMs)
  }
}

/** undefined when it was not accepted. */
async function tryOnce(
  seqs: number[],
  isKeyed: boolean,
  { options, load }: Context,
): Promise<string[] | undefined> {
  const messages = seqs.map((seq) => messageOf(seq, options))
  const isBatch = messages.length > 1
  try {
    const response = await fetch(`${options.url}/emails${isBatch ? '/batch' : ''}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.key}`,
        'content-type': 'application/json',
        ...(isKeyed ? { 'idempotency-key': `${options.run}-${seqs[0]}` } : {}),
      },
      body: JSON.stringify(isBatch ? messages : messages[0]),
      signal: AbortSignal.timeout(answerMs),
    })
    const text = await response.text()
    if (response.status === 200) return idsOf(JSON.parse(text), seqs.length)
    note(response, text, load)
  } catch (error) {
    if (error instanceof RangeError) throw error
    load.unanswered += 1
  }
  return undefined
}

function messageOf(seq: number, { run, recipientDomain }: LoadOptions) {
  return {
    from: 'Load <load@postern.localhost>',
    to: `recipient-${seq}@${recipientDomain}`,
    subject: `Load [pb:${run}:${seq}]`,
    text: `Message ${seq} of ${run}.`,
  }
}

function idsOf(answer: { id?: string; data?: { id: string }[] }, count: number): string[] {
  const ids = answer.data?.map(({ id }) => id) ?? [answer.id ?? '']
  if (ids.length === count && ids.every((id) => id !== '')) return ids
  throw new RangeError(`200 for ${count} messages, but ${ids.length} ids`)
}

function note(response: Response, text: string, load: Load): void {
  if (response.status === 503 && Number(response.headers.get('retry-after')) >= 1) {
    load.refused += 1
    return
  }
  if (load.faults.length < faultsMax) load.faults.push(`${response.status} ${text.slice(0, 200)}`)
}
