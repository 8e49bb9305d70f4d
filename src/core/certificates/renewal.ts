/** When a certificate is ordered again: in good time before it runs out, and after failures ever more rarely. */

const hourMs = 3_600_000
/** Renewals of many installations that began together drift apart by that share of the lifetime. */
const spreadShare = 1 / 60
/** However short a certificate lives, or wrong our clock is. */
const betweenMinMs = hourMs
/** Authorities allow few failures an hour: with these it is four. */
const firstRetryMs = 2 * 60_000
const retryFactor = 3
const retryMaxMs = 12 * hourMs
/** What an authority may make us wait, however long it says. */
const toldMaxMs = 7 * 24 * hourMs

export interface Lifetime {
  validFromMs: number
  validUntilMs: number
}

/** With a third of the lifetime left, or a little before. `random` is from 0 to below 1. */
export function renewAt(
  { validFromMs, validUntilMs }: Lifetime,
  { nowMs, random }: { nowMs: number; random: number },
): number {
  const lifetimeMs = validUntilMs - validFromMs
  const wantedMs = validUntilMs - lifetimeMs / 3 - random * lifetimeMs * spreadShare
  return Math.max(wantedMs, nowMs + betweenMinMs)
}

/** `failures` that came before this one, and how long the authority itself wants us to wait. */
export function retryAt(
  { failures, toldMs }: { failures: number; toldMs: number },
  { nowMs, random }: { nowMs: number; random: number },
): number {
  const backoffMs = Math.min(firstRetryMs * retryFactor ** Math.min(failures, 10), retryMaxMs)
  const spreadMs = backoffMs * (0.75 + random / 2)
  return nowMs + Math.max(spreadMs, Math.min(toldMs, toldMaxMs))
}
