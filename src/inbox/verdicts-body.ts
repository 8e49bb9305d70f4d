import type { Verdicts } from './verdicts.ts'

/** The verdicts on a message, as the inbox's JSON has them. */
export function verdictsBody({ dkim, spf, dmarc }: Verdicts) {
  const { policyDomain, ...judged } = dmarc
  return {
    dkim: dkim.map(({ recordName, keySource, bodyMatches, isAligned, ...signature }) => ({
      ...signature,
      record_name: recordName,
      key_source: keySource,
      body_matches: bodyMatches,
      is_aligned: isAligned,
    })),
    spf,
    dmarc: { ...judged, policy_domain: policyDomain },
  }
}
