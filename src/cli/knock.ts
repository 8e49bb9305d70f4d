/** A short look at a mail host: whether it can be reached from here, and whether TLS can be had. Nothing is sent. */
import { connect } from 'node:net'
import type { HostPort } from '../config/settings.ts'
import { openConnection } from '../deliver/smtp/open-connection.ts'
import { defaultPatience } from '../deliver/smtp/patience.ts'
import { systemClock } from '../lib/clock.ts'

export interface Knocked {
  /** null: it greeted us. */
  refusal: string | null
  /** The version spoken; null: not offered, or not to be had. */
  tls: string | null
}

export type Knock = (address: HostPort) => Promise<Knocked>

const seconds = 8

export function makeKnock({
  helloName,
  lookup,
}: {
  helloName: string
  lookup: (host: string) => Promise<string[]>
}): Knock {
  return async ({ host, port }) => {
    const opened = await openConnection(
      {
        host,
        port,
        tlsMemory: { session: undefined, clearUntilMs: 0 },
        signal: AbortSignal.timeout(2 * seconds * 1_000),
      },
      {
        helloName,
        tls: 'opportunistic',
        clearSeconds: 0,
        patience: {
          ...defaultPatience,
          connectSeconds: seconds,
          greetingSeconds: seconds,
          commandSeconds: seconds,
          handshakeSeconds: seconds,
        },
        clock: systemClock,
        lookup,
        connect,
      },
    )
    if (!('wire' in opened)) return { refusal: opened.reason, tls: null }
    opened.wire.destroy()
    return { refusal: null, tls: opened.tls?.version ?? null }
  }
}
