/**
 * The local inbox as one thing: its mail host, its page, the page's second origin, and what they
 * share.
 */
import type { HostPort } from '../config/settings.ts'
import type { Clock } from '../lib/clock.ts'
import { uuidv7 } from '../lib/uuid.ts'
import type { Facts } from './api.ts'
import { startContent } from './content.ts'
import type { FindInstanceKey } from './instance-keys.ts'
import { Search } from './search.ts'
import type { Received } from './session.ts'
import { startSmtp } from './smtp.ts'
import type { Store } from './store.ts'
import { summarize } from './summary.ts'
import { makeVerdictLookup } from './verdict-lookup.ts'
import { Judge } from './verdicts.ts'
import { startWeb } from './web.ts'

export interface InboxOptions {
  /** 0 means any free port, here as in `smtpPort` and `contentPort`, which are free unless told. */
  httpPort: number
  smtpPort?: number
  contentPort?: number
  facts: Omit<Facts, 'smtpAddress'>
  clock: Clock
  /** The resolver of the verdicts; without it the machine's own. */
  dns?: HostPort | null
  /** Keys of this instance's own domains; without it only DNS has keys. */
  findKey?: FindInstanceKey
  /** 32 random bytes that stand behind the addresses of HTML views. */
  secret: Buffer
  onTrouble: (error: unknown) => void
  slowMs?: number
}

export interface Inbox {
  ports: { http: number; smtp: number; content: number }
  /** From here on mail is taken and shown; before, the mail host answers 421 and the page 503. */
  open: (store: Store) => void
  /** Finishes the messages at hand, within the given time. */
  stop: (graceMs: number) => Promise<void>
}

export async function startInbox(options: InboxOptions): Promise<Inbox> {
  const { clock, secret, onTrouble } = options
  let store: Store | null = null
  const smtp = await startSmtp({
    port: options.smtpPort ?? 0,
    isReady: () => store !== null,
    keep: (received) => keep(store, clock, received),
    onTrouble,
    ...(options.slowMs === undefined ? {} : { slowMs: options.slowMs }),
  })
  const shared = { store: () => store, onTrouble }
  const search = new Search(clock)
  const judge = new Judge({
    clock,
    lookup: makeVerdictLookup(options.dns ?? null, clock),
    findKey: options.findKey ?? (async () => null),
  })
  const content = await startContent({
    ...shared,
    port: options.contentPort ?? 0,
    clock,
    secret,
  })
  const web = await startWeb({
    ...shared,
    search,
    judge,
    port: options.httpPort,
    contentPort: content.port,
    addressOf: content.addressOf,
    facts: { ...options.facts, smtpAddress: `127.0.0.1:${smtp.port}` },
  })
  return {
    ports: { http: web.port, smtp: smtp.port, content: content.port },
    open: (opened) => {
      store = opened
      opened.onArrival((summary) => web.stream.announce(summary))
      opened.onRemoval((id) => {
        web.stream.announceRemoval(id)
        for (const memory of [search, judge]) {
          if (id === null) memory.forgetAll()
          else memory.forget(id)
        }
      })
    },
    stop: async (graceMs) => {
      await smtp.close(graceMs)
      await Promise.all([web.close(), content.close()])
      await store?.close()
    },
  }
}

function keep(store: Store | null, clock: Clock, received: Received): Promise<void> {
  if (!store) return Promise.reject(new Error('a message was received before the store was open'))
  const receivedAtMs = clock.now()
  const summary = summarize(received, uuidv7(receivedAtMs), new Date(receivedAtMs))
  const { returnPath, source } = received
  return store.append({ ...summary, returnPath, source })
}
