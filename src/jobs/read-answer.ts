/** What another host answers to jobs, where it is a short text: an authority's, or a provider's of single sign-on. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

const answerBytesMax = 1_000_000

/** The whole body; rejects for one of more than a million bytes, and ends reading there. */
export async function readAnswer(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > answerBytesMax) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** One text for each name. */
export function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  )
}
