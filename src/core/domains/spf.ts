/** Reading SPF policies (RFC 7208): which senders they name, and what evaluating them costs a receiver. */

/** More are an error to receivers (§4.6.4). */
export const spfLookupsMax = 10

export function spfTerms(value: string): string[] {
  return value.trim().toLowerCase().split(/ +/)
}

export function isSpfPolicy(value: string): boolean {
  return spfTerms(value)[0] === 'v=spf1'
}

/** What stands behind `all` is never reached (§5.1). */
export function authorises(terms: readonly string[], wanted: string): boolean {
  const end = terms.findIndex((term) => /^[+?~-]?all$/.test(term))
  const reached = end === -1 ? terms : terms.slice(0, end)
  return reached.includes(wanted) || reached.includes(`+${wanted}`)
}

/**
 * DNS look-ups that evaluating a policy takes; counting ends above the most that receivers make. `readTexts` answers the
 * TXT records of a name, none when there are none or nobody can say.
 */
export async function countSpfLookups(
  policy: string,
  readTexts: (name: string) => Promise<string[]>,
): Promise<number> {
  const waiting = [policy]
  let count = 0
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const term of spfTerms(next)) {
      if (!takesLookup(term)) continue
      count += 1
      if (count > spfLookupsMax) return count
      const name = policyNamed(term)
      if (name !== undefined) waiting.push(...(await readTexts(name)).filter(isSpfPolicy))
    }
  }
  return count
}

function takesLookup(term: string): boolean {
  return /^[+?~-]?(?:include:|exists:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr(?::|$))|^redirect=/.test(term)
}

/** A name with a macro depends on the message, so there is no one policy behind it. */
function policyNamed(term: string): string | undefined {
  const name = /^(?:[+?~-]?include:|redirect=)([^%/]+)$/.exec(term)?.[1]
  return name?.replace(/\.$/, '')
}
