/** What jobs does for messages: fetching attachments from their addresses, and forgetting what is not to be kept. */
import type { HostPort } from '../config/settings.ts'
import { discardContents } from '../core/retention/discard-queries.ts'
import { makeLookup } from '../process/host-lookup.ts'
import { startRecurring } from '../process/recurring.ts'
import { AttachmentFetches, type AttachmentFetchesDeps } from './attachment-fetches.ts'
import { fetchFile } from './fetch-file.ts'

export interface MessageWorkDeps extends Omit<AttachmentFetchesDeps, 'fetch'> {
  /** The resolver of the settings; null: the machine's. */
  dns: HostPort | null
}

const fetchMs = 2_000
const discardMs = 5_000
const retryMs = 1_000
const discardsMax = 500

export function startMessageWork({ dns, ...deps }: MessageWorkDeps): {
  stop(): Promise<void>
} {
  const { sql, ticket, log } = deps
  const resolve = makeLookup(dns)
  const fetches = new AttachmentFetches({
    ...deps,
    fetch: (url, bytesMax, signal) => fetchFile(url, bytesMax, { resolve, signal }),
  })
  const fetching = startRecurring({
    operation: 'fetching attachments',
    everyMs: fetchMs,
    retryMs,
    round: async () => {
      await fetches.run()
      return false
    },
    log,
  })
  const discarding = startRecurring({
    operation: 'discarding contents',
    everyMs: discardMs,
    retryMs,
    round: async () => (await discardContents(sql, ticket, discardsMax)).looked === discardsMax,
    log,
  })
  return {
    async stop() {
      fetches.stop()
      await Promise.all([fetching.stop(), discarding.stop()])
    },
  }
}
