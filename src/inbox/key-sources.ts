/** Where the keys of one message's signatures came from: DNS first, as for any receiver, then this instance. */
import type { FindInstanceKey } from './instance-keys.ts'
import type { Lookup } from './verdict-lookup.ts'

/** `dns` also when there was none. `absent` and `silent` say what DNS did before this instance gave its key. */
export type KeySource = 'dns' | 'absent' | 'silent'

export interface KeySources {
  lookup: Lookup
  /** By the name of the key's record. */
  sourceOf: (recordName: string) => KeySource
}

const keyName = /^(.+)\._domainkey\.(.+)$/
const absentCodes = new Set(['ENOTFOUND', 'ENODATA'])

export function withInstanceKeys(dns: Lookup, findKey: FindInstanceKey): KeySources {
  const sources = new Map<string, KeySource>()
  return {
    sourceOf: (recordName) => sources.get(recordName.toLowerCase()) ?? 'dns',
    lookup: async (name, type) => {
      const [, selector, domain] = keyName.exec(name.toLowerCase()) ?? []
      try {
        return await dns(name, type)
      } catch (error) {
        if (type !== 'TXT' || selector === undefined || domain === undefined) throw error
        const record = await findKey({ selector, domain })
        if (record === null) throw error
        sources.set(name.toLowerCase(), isAbsence(error) ? 'absent' : 'silent')
        return [[record]]
      }
    },
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && absentCodes.has(String(error.code))
}
