/** The only place that asks the machine for the time; everything else takes a `Clock`. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
