/** The newest message of the account, from the moment it is there, with its story as it goes on. */
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, Radio } from 'lucide-react'
import { useState } from 'react'
import { callApi, segment } from '../../api/request.ts'
import type { GetEmailAnswer, ListEmailsAnswer } from '../../api/types.ts'
import { useMay } from '../../frame/session.ts'
import { nowMs } from '../../lib/clock.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { Failed } from '../../ui/states.tsx'
import { Time } from '../../ui/time.tsx'

const everyMs = 2_000
/** States in which nothing more happens by itself. */
const ended = new Set(['delivered', 'bounced', 'expired', 'failed', 'suppressed', 'cancelled'])

export function Arrival() {
  const may = useMay()
  const [since] = useState(() => new Date(nowMs()).toISOString())
  const newest = useQuery({
    queryKey: ['first message', since],
    enabled: may('emails:read'),
    queryFn: ({ signal }) =>
      callApi<ListEmailsAnswer>({ path: '/emails', query: { limit: 1, from: since }, signal }),
    refetchInterval: ({ state }) => (state.data?.data.length ? false : everyMs),
  })
  const id = newest.data?.data[0]?.id
  if (!may('emails:read')) return <p>Your role sees no messages; ask who does whether it came.</p>
  if (newest.error && !newest.data) {
    return (
      <Failed
        title="Messages could not be looked for"
        message={newest.error.message}
        onRetry={() => void newest.refetch()}
      />
    )
  }
  if (id === undefined) return <Waiting />
  return <Message id={id} />
}

function Waiting() {
  return (
    <p role="status" className="flex items-center gap-3 text-ink-soft">
      <Radio className="size-5 shrink-0 animate-pulse text-accent-ink" aria-hidden />
      Waiting for a message…
    </p>
  )
}

function Message({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['first message', id],
    queryFn: ({ signal }) => callApi<GetEmailAnswer>({ path: `/emails/${segment(id)}`, signal }),
    refetchInterval: ({ state }) => (ended.has(state.data?.state ?? '') ? false : everyMs),
  })
  if (!data) return <Waiting />
  return (
    <div className="grid gap-4" aria-live="polite">
      <p className="flex flex-wrap items-center gap-3">
        <CircleCheck className="size-5 shrink-0 text-good" aria-hidden />
        <span className="font-medium">{data.subject || 'A message without a subject'}</span>
        <StateBadge state={data.state} />
      </p>
      <ol className="grid gap-2 border-l-2 border-line pl-4">
        {data.timeline.map(({ at, event, text }) => (
          <li key={`${at} ${event}`} className="grid">
            <span>{text}</span>
            <span className="text-[0.8125rem] text-ink-soft">
              <Time at={at} isAbsolute />
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}
