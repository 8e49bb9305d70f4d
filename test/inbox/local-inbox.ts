/** A local inbox on free ports with a folder of its own, ended with the test. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Inbox, type InboxOptions, startInbox } from '../../src/inbox/inbox.ts'
import { type StoreLimits, storeLimits } from '../../src/inbox/limits.ts'
import { Store } from '../../src/inbox/store.ts'
import { systemClock } from '../../src/lib/clock.ts'

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-inbox-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The inbox before vault has given its key. */
export async function closedInbox(
  t: TestContext,
  options: Partial<InboxOptions> = {},
): Promise<Inbox> {
  const inbox = await startInbox({
    httpPort: 0,
    facts: { apiAddress: 'http://127.0.0.1:8025', apiKeyFile: '/keys/api-key' },
    clock: systemClock,
    secret: randomBytes(32),
    onTrouble: (error) => {
      throw error
    },
    ...options,
  })
  t.after(() => inbox.stop(200))
  return inbox
}

export interface LocalInbox extends Inbox {
  store: Store
  folder: string
  address: string
  get: (path: string) => Promise<{ status: number; headers: Headers; body: string }>
}

export async function localInbox(
  t: TestContext,
  options: Partial<InboxOptions> & { limits?: StoreLimits } = {},
): Promise<LocalInbox> {
  const { limits = storeLimits, ...others } = options
  const folder = await temporaryFolder(t)
  const inbox = await closedInbox(t, others)
  const store = await Store.open({ folder, key: randomBytes(32), limits })
  inbox.open(store)
  const address = `http://127.0.0.1:${inbox.ports.http}`
  const get = async (path: string) => {
    const response = await fetch(`${address}${path}`, { redirect: 'manual' })
    return { status: response.status, headers: response.headers, body: await response.text() }
  }
  return { ...inbox, store, folder, address, get }
}
