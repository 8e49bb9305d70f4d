/** Answers a verifier with the records that the account's domains are to publish. */
import type { Scene } from './running-delivery.ts'

export async function dkimResolver({ api }: Scene) {
  const { body } = await api.call('GET', '/domains')
  const records: { name: string; type: string; value: string }[] = []
  for (const { id } of body.data) {
    const { body: domain } = await api.call('GET', `/domains/${id}`)
    records.push(...domain.records)
  }
  return async (name: string, type: string) => {
    const found = records.find(
      (each) => each.type === type && name.startsWith(each.name.split('.')[0]!),
    )
    if (!found) throw Object.assign(new Error('no such record'), { code: 'ENOTFOUND' })
    return [[found.value]]
  }
}
