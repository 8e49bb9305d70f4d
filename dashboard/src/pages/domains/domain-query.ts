import { answerQuery } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { GetDomainAnswer } from '../../api/types.ts'

export type Domain = GetDomainAnswer
export type DomainRecord = Domain['records'][number]
export type Form = 'txt' | 'cname'

export function domainPath(id: string): string {
  return `/domains/${segment(id)}`
}

export function formOf(dkim: unknown): Form {
  return dkim === 'cname' ? 'cname' : 'txt'
}

export function domainQuery(id: string, dkim: unknown) {
  return answerQuery<Domain>(domainPath(id), { dkim: formOf(dkim) })
}
