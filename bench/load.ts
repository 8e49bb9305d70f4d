/** The load generator: so many messages over so many connections, each connection busy all the time. */
import { setTimeout as pause } from 'node:timers/promises'
import { HttpConnection } from './http-client.ts'
import { type MessageMaker, sender } from './messages.ts'
import { SmtpConnection, type SmtpLogin } from './smtp-client.ts'

export type Target =
  | { kind: 'http'; url: URL; key: string }
  | { kind: 'batch'; url: URL; key: string; batchSize: number }
  | { kind: 'smtp'; port: number; login?: SmtpLogin }

export interface LoadOptions {
  messages: number
  connections: number
  maker: MessageMaker
  secondsMax: number
}

export interface LoadResult {
  accepted: number
  /** What was answered instead, with how often; at most so many different texts. */
  refusals: Record<string, number>
  /** Of each accepted request. */
  latenciesMs: number[]
  seconds: number
}

interface Client {
  /** Resolves once all `count` messages are accepted. */
  submit(firstSeq: number, count: number): Promise<void>
  close(): void | Promise<void>
}

const refusalTextsMax = 20
const pauseAfterFailureMs = 20

export async function runLoad(target: Target, options: LoadOptions): Promise<LoadResult> {
  const { messages, connections, secondsMax } = options
  const step = target.kind === 'batch' ? target.batchSize : 1
  const start = performance.now()
  const result: LoadResult = { accepted: 0, refusals: {}, latenciesMs: [], seconds: 0 }
  let next = 0
  const worker = async () => {
    const client = openClient(target, options.maker)
    while (next < messages && performance.now() - start < secondsMax * 1_000) {
      const firstSeq = next
      const count = Math.min(step, messages - firstSeq)
      next += count
      const from = performance.now()
      try {
        await client.submit(firstSeq, count)
        result.accepted += count
        result.latenciesMs.push(performance.now() - from)
      } catch (error) {
        countRefusal(result.refusals, error)
        await pause(pauseAfterFailureMs)
      }
    }
    await client.close()
  }
  const workers = Math.min(connections, Math.ceil(messages / step))
  await Promise.all(Array.from({ length: workers }, worker))
  return { ...result, seconds: (performance.now() - start) / 1_000 }
}

function openClient(target: Target, maker: MessageMaker): Client {
  if (target.kind === 'smtp') return smtpClient(target, maker)
  const connection = new HttpConnection(target.url, target.key)
  return {
    async submit(firstSeq, count) {
      const isOne = target.kind === 'http'
      const body = isOne ? maker.json(firstSeq) : maker.jsonBatch(firstSeq, count)
      const { status, body: answer } = await connection.post(body)
      if (status < 200 || status > 299) throw new Error(`${status} ${answer}`)
    },
    close: () => connection.close(),
  }
}

function smtpClient(
  { port, login }: { port: number; login?: SmtpLogin },
  maker: MessageMaker,
): Client {
  let connection: SmtpConnection | undefined
  return {
    async submit(seq) {
      try {
        connection ??= await SmtpConnection.open(port, login)
        await connection.submit({ from: sender, to: maker.recipient(seq) }, maker.mime(seq))
      } catch (error) {
        connection?.destroy()
        connection = undefined
        throw error
      }
    },
    close: () => connection?.close(),
  }
}

function countRefusal(refusals: Record<string, number>, error: unknown): void {
  const text = (error instanceof Error ? error.message : String(error)).slice(0, 160)
  const isKept = text in refusals || Object.keys(refusals).length < refusalTextsMax
  const key = isKept ? text : 'others'
  refusals[key] = (refusals[key] ?? 0) + 1
}
