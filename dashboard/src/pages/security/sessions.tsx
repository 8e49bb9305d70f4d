import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Laptop, Smartphone } from 'lucide-react'
import { answerQuery, useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { ListMySessionsAnswer } from '../../api/types.ts'
import { sessionsPath } from '../../frame/factor-paths.ts'
import { sessionPath, useSession } from '../../frame/session.ts'
import { deviceOf, placeOf } from '../../lib/device.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'

export const sessionsQuery = answerQuery<ListMySessionsAnswer>(sessionsPath)

type OwnSession = ListMySessionsAnswer['data'][number]

export function Sessions() {
  const { data: sessions } = useSuspenseQuery(sessionsQuery).data
  const client = useQueryClient()
  const tell = useToast()
  const endOthers = useChange<void>(
    () => ({ method: 'POST', path: `${sessionsPath}/end-others` }),
    [sessionsPath],
  )
  const others = sessions.filter((one) => !one.is_present)
  const end = () =>
    endOthers.mutate(undefined, {
      // This one goes on under another id.
      onSuccess: async () => {
        await client.invalidateQueries({ queryKey: [sessionPath] })
        tell({ kind: 'good', title: 'Signed out everywhere else' })
      },
      onError: ({ message }) =>
        tell({ kind: 'bad', title: 'They are still signed in', detail: message }),
    })
  return (
    <Card
      title="Where you are signed in"
      hint="Something you do not know? End it, and change your password."
      actions={
        others.length > 0 && (
          <Button size="sm" isBusy={endOthers.isPending} onClick={end}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      <ul className="grid divide-y divide-line">
        {[...sessions.filter((one) => one.is_present), ...others].map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
    </Card>
  )
}

function SessionRow({ session }: { session: OwnSession }) {
  const { accounts } = useSession()
  const tell = useToast()
  const end = useChange<string>(
    (id) => ({ method: 'DELETE', path: `${sessionsPath}/${segment(id)}` }),
    [sessionsPath],
  )
  const device = deviceOf(session.user_agent)
  const isPhone = /iPhone|Android/.test(device)
  const own = accounts.find(({ id }) => id === session.account_id)
  // Who has entered a subaccount is no member of it.
  const account = own ? accounts.length > 1 && own.name : 'a subaccount'
  return (
    <li className="flex flex-wrap items-center gap-x-3.5 gap-y-2 py-3 first:pt-0 last:pb-0">
      <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-plain-soft text-plain [&>svg]:size-4.5">
        {isPhone ? <Smartphone aria-hidden /> : <Laptop aria-hidden />}
      </span>
      <div className="grid min-w-0 grow basis-48">
        <span className="flex flex-wrap items-center gap-2 font-medium">
          {device}
          {session.is_present && <Badge tone="good">This browser</Badge>}
        </span>
        <span className="text-[0.8125rem] break-words text-ink-soft">
          {`From ${placeOf(session.address)}`}
          {account && `, in ${account}`}
          {', last used '}
          <Time at={session.last_used_at ?? session.created_at} />
        </span>
      </div>
      {!session.is_present && (
        <Button
          size="sm"
          isBusy={end.isPending}
          aria-label={`End the session on ${device}`}
          onClick={() =>
            end.mutate(session.id, {
              onSuccess: () => tell({ kind: 'good', title: `Signed out on ${device}` }),
              onError: ({ message }) => tell({ kind: 'bad', title: 'It goes on', detail: message }),
            })
          }
        >
          End
        </Button>
      )}
    </li>
  )
}
