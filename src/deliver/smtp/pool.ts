/** Kept connections to all mail hosts: each destination has its own queue, so that none slows the others. */
import { connect as connectPlain } from 'node:net'
import { type Clock, systemClock } from '../../lib/clock.ts'
import { Destination, type DestinationSettings } from './destination.ts'
import { assertSafePaths } from './envelope.ts'
import { defaultPatience, type Patience } from './patience.ts'
import { Slots } from './slots.ts'
import { type Answer, destinationOf, type Job, NotAttempted } from './transaction.ts'

/** `helloName` is what EHLO says, `lookup` finds a host's addresses in the order they are to be tried. */
export type PoolOptions = Pick<DestinationSettings, 'helloName' | 'lookup'> &
  Partial<Omit<DestinationSettings, 'patience' | 'clock'>> & {
    connectionsTotalMax?: number
    patience?: Partial<Patience>
    clock?: Clock
  }

export interface Pool {
  /** Rejects only with NotAttempted, or for a bug of the caller's; whatever the host does is an answer. */
  transact(job: Job): Promise<Answer>
  /** Transactions waiting and under way for a destination, as `destinationOf` names it. */
  inFlight(destination: string): number
  /** Ends when every connection is closed: those at work may finish for so long. */
  stop(options: { drainSeconds: number }): Promise<void>
}

const defaults = {
  tls: 'opportunistic',
  clearSeconds: 600,
  connectionsMax: 4,
  idleSeconds: 30,
  messagesPerConnection: 1000,
  backoffSeconds: 5,
  backoffSecondsMax: 60,
  waitSeconds: 120,
  waitingMax: 20_000,
  connect: ({ host, port }) => connectPlain({ host, port, noDelay: true }),
} satisfies Partial<DestinationSettings>

const connectionsTotalDefault = 500
/** Above so many, destinations without work are forgotten. */
const destinationsKept = 1000

export function createPool(options: PoolOptions): Pool {
  const settings: DestinationSettings = {
    ...defaults,
    ...options,
    patience: { ...defaultPatience, ...options.patience },
    clock: options.clock ?? systemClock,
  }
  const slots = new Slots(options.connectionsTotalMax ?? connectionsTotalDefault)
  const destinations = new Map<string, Destination>()
  let stopping = false

  function findOrAdd(job: Job): Destination {
    const { host, port, requiresTls } = job
    const key = destinationOf(job)
    const known = destinations.get(key)
    if (known) return known
    if (destinations.size >= destinationsKept) forgetIdle(destinations)
    const own = requiresTls ? { ...settings, tls: 'require' as const } : settings
    const added = new Destination({ host, port }, slots, own)
    destinations.set(key, added)
    return added
  }

  return {
    async transact(job) {
      if (stopping) throw new NotAttempted('delivery is stopping')
      assertSafePaths(job)
      return new Promise((resolve, reject) => {
        findOrAdd(job).add({ job, resolve, reject })
      })
    },
    inFlight: (destination) => destinations.get(destination)?.inFlight ?? 0,
    async stop({ drainSeconds }) {
      stopping = true
      for (const destination of destinations.values()) destination.drain()
      const deadline = setTimeout(() => {
        for (const destination of destinations.values()) destination.cut()
      }, drainSeconds * 1000)
      await slots.whenEmpty()
      clearTimeout(deadline)
    },
  }
}

function forgetIdle(destinations: Map<string, Destination>): void {
  for (const [key, destination] of destinations) {
    if (destination.isForgettable) destinations.delete(key)
  }
}
