/** How long deliveries took, as told by a histogram: exact to the width of its buckets. */
import type { DeliveryTimesRow } from './queries.ts'

export interface DeliveryTimes {
  deliveries: number
  /** In milliseconds; null without deliveries. */
  p50Ms: number | null
  p90Ms: number | null
  p99Ms: number | null
}

type Bucket = Pick<DeliveryTimesRow, 'fromMs' | 'upToMs' | 'deliveries'>

/** Buckets shortest first. */
export function deliveryTimesOf(buckets: readonly Bucket[]): DeliveryTimes {
  const deliveries = buckets.reduce((sum, bucket) => sum + bucket.deliveries, 0)
  const at = (share: number) => percentile(buckets, share * deliveries)
  return { deliveries, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99) }
}

/** As if deliveries lay evenly within their bucket; of the last one, which has no end, only its beginning is known. */
function percentile(buckets: readonly Bucket[], wanted: number): number | null {
  let below = 0
  for (const { fromMs, upToMs, deliveries } of buckets) {
    if (deliveries > 0 && below + deliveries >= wanted) {
      const share = (wanted - below) / deliveries
      return Math.round(fromMs + share * ((upToMs ?? fromMs) - fromMs))
    }
    below += deliveries
  }
  return null
}
