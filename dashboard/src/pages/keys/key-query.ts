import { answerQuery } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { GetKeyAnswer, GetKeyUsageAnswer } from '../../api/types.ts'

export type Key = GetKeyAnswer
export type Usage = GetKeyUsageAnswer

export function keyPath(id: string): string {
  return `/keys/${segment(id)}`
}

export function keyQuery(id: string) {
  return answerQuery<Key>(keyPath(id))
}

export function usageQuery(id: string) {
  return answerQuery<Usage>(`${keyPath(id)}/usage`)
}

/** All messages of the last 30 days, and all requests. */
export function totalsOf({ messages, requests }: Usage): { messages: number; requests: number } {
  return {
    messages: messages.reduce((sum, one) => sum + one.messages, 0),
    requests: requests.reduce((sum, one) => sum + one.requests, 0),
  }
}
