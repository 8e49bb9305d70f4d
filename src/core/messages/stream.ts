/** Which queue a message waits in when nobody says: what is bulk waits behind what somebody waits for. */
import type { Stream } from './accept-queries.ts'

/** In the order in which they are served. */
export const streams = ['urgent', 'transactional', 'bulk'] as const satisfies readonly Stream[]

/** Lists, and what its sender calls bulk. Names and values as they stand in the header. */
export function streamOf(headers: Iterable<readonly [name: string, value: string]>): Stream {
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (lower === 'list-unsubscribe') return 'bulk'
    if (lower === 'precedence' && /^(bulk|list)$/i.test(value.trim())) return 'bulk'
  }
  return 'transactional'
}
