/** The tags of a DKIM key record (RFC 6376 §3.6.1), and whether a record says the same as another. */

export type DkimTags = ReadonlyMap<string, string>

export function readTags(value: string): DkimTags {
  const tags = new Map<string, string>()
  for (const part of value.split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0)
      tags.set(part.slice(0, equals).trim(), part.slice(equals + 1).replace(/\s/g, ''))
  }
  return tags
}

/** Order, blanks and the tags that have a default do not matter; the key must be exactly the expected one. */
export function isSameKey(tags: DkimTags, expected: DkimTags): boolean {
  return (
    (tags.get('v') ?? 'DKIM1') === 'DKIM1' &&
    (tags.get('k') ?? 'rsa') === (expected.get('k') ?? 'rsa') &&
    isAmong(tags.get('h'), ['sha256']) &&
    isAmong(tags.get('s'), ['*', 'email']) &&
    // `t=y` tells receivers to take the signature for none.
    !isAmong(tags.get('t') ?? '', ['y']) &&
    tags.get('p') === expected.get('p')
  )
}

/** An absent list allows everything. */
function isAmong(list: string | undefined, wanted: readonly string[]): boolean {
  return list === undefined || list.split(':').some((item) => wanted.includes(item))
}
