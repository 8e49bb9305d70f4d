/** One request of an API key. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { answerQuery } from '../api/queries.ts'
import { segment } from '../api/request.ts'
import type { GetLogAnswer } from '../api/types.ts'
import type { LoaderInput } from '../page.ts'
import { paths } from '../paths.ts'
import { CodeBlock } from '../ui/code-block.tsx'
import { CopyValue } from '../ui/copy.tsx'
import { Card, DefinitionList, PageHeader } from '../ui/page.tsx'
import { Time } from '../ui/time.tsx'
import { StatusBadge } from './log-status.tsx'

export const title = 'Request'

function queryOf(id: string) {
  return answerQuery<GetLogAnswer>(`/logs/${segment(id)}`)
}

export function loader({ client, params }: LoaderInput) {
  return client.ensureQueryData(queryOf(params.id ?? ''))
}

export function View() {
  const { id = '' }: { id?: string } = useParams({ strict: false })
  const log = useSuspenseQuery(queryOf(id)).data
  return (
    <>
      <PageHeader
        title={`${log.method} ${log.route}`}
        above={
          <Link to={paths.logs()} className="inline-flex items-center gap-1.5 hover:text-ink">
            <ArrowLeft className="size-4" aria-hidden />
            Logs
          </Link>
        }
        hint={<StatusBadge status={log.status} />}
      />
      <div className="grid gap-5">
        <Card title="Facts">
          <DefinitionList
            entries={[
              ['Answered', <Time key="at" at={log.at} isAbsolute />],
              ['Took', `${log.duration_ms.toLocaleString('en')} ms`],
              ['Program', log.user_agent ?? 'not named'],
              ['Address', log.client_address ?? 'not known'],
              ['API key', <CopyValue key="key" value={log.key_id} what="key id" />],
              ['Request', <CopyValue key="id" value={log.id} what="request id" />],
            ]}
          />
        </Card>
        <Body title="Request body" text={log.request_body} />
        <Body title="Answer" text={log.response_body} />
      </div>
    </>
  )
}

function Body({ title: name, text }: { title: string; text: string | null }) {
  return (
    <Card title={name}>
      {text === null ? (
        <p className="max-w-prose text-ink-soft">
          Not kept. An account can have the bodies of its requests kept for a day, sealed and
          without their secrets.
        </p>
      ) : (
        <CodeBlock label={name} samples={[{ language: 'JSON', text }]} />
      )}
    </Card>
  )
}
