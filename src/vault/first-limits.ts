/** What a new account may use. */
export const firstLimits = {
  requestsPerSecond: 100,
  dailyQuota: null,
  domainsMax: 1_000,
  keysMax: 1_000,
}
