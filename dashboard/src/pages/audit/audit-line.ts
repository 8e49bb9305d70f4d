import type { ListAuditAnswer } from '../../api/types.ts'

export type AuditLine = ListAuditAnswer['data'][number]

export function actorName({ actor: { kind, name } }: AuditLine): string {
  if (kind === 'person') return name ?? 'Somebody who is no member'
  if (kind === 'key') return 'An API key or an old session'
  if (kind === 'link') return 'Who held a link'
  return kind === 'operator' ? 'The operator' : 'Postern'
}
