/** One message: what became of it, in plain words, and what it says. */
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { useEffect } from 'react'
import { answerQuery } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { GetEmailAnswer } from '../../api/types.ts'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { Badge, StateBadge } from '../../ui/badge.tsx'
import { CopyValue } from '../../ui/copy.tsx'
import { Card, DefinitionList, PageHeader } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { EmailActions } from './email-actions.tsx'
import { EmailContent } from './email-content.tsx'
import { EmailStory } from './email-story.tsx'
import { useChanges } from './use-changes.ts'

export const title = 'Email'

export function emailPath(id: string): string {
  return `/emails/${segment(id)}`
}

export function loader({ client, params }: LoaderInput) {
  return client.ensureQueryData(answerQuery<GetEmailAnswer>(emailPath(params.id ?? '')))
}

export function View() {
  const { id = '' }: { id?: string } = useParams({ strict: false })
  const path = emailPath(id)
  const email = useSuspenseQuery(answerQuery<GetEmailAnswer>(path)).data
  useFreshness(email, path)
  return (
    <>
      <PageHeader
        title={email.subject || '(no subject)'}
        above={
          <Link to={paths.emails()} className="inline-flex items-center gap-1.5 hover:text-ink">
            <ArrowLeft className="size-4" aria-hidden />
            Emails
          </Link>
        }
        hint={<StateBadge state={email.state} />}
        actions={<EmailActions email={email} />}
      />
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="grid min-w-0 gap-5">
          <Card title="What happened">
            <EmailStory email={email} />
          </Card>
          <Card>
            <EmailContent email={email} />
          </Card>
        </div>
        <Card title="Facts">
          <DefinitionList entries={factsOf(email)} />
        </Card>
      </div>
    </>
  )
}

/** It is opened again only when something has happened to it. */
function useFreshness({ id, revision }: GetEmailAnswer, path: string): void {
  const client = useQueryClient()
  const seen = useChanges([id])?.data[0]?.revision
  useEffect(() => {
    if (seen !== undefined && seen !== revision) {
      void client.invalidateQueries({ queryKey: [path] })
    }
  }, [seen, revision, client, path])
}

function factsOf(email: GetEmailAnswer): [string, React.ReactNode][] {
  const list = (addresses: readonly string[]) => addresses.join(', ')
  const optional: [string, string][] = [
    ['Cc', list(email.cc)],
    ['Bcc', list(email.bcc)],
    ['Reply to', list(email.reply_to)],
  ]
  return [
    ['From', email.from],
    ['To', list(email.to)],
    ...optional.filter(([, value]) => value !== ''),
    ['Accepted', <Time key="at" at={email.created_at} isAbsolute />],
    ...(email.scheduled_at
      ? [
          ['Scheduled for', <Time key="for" at={email.scheduled_at} isAbsolute />] as [
            string,
            React.ReactNode,
          ],
        ]
      : []),
    ['Stream', email.stream],
    ['Size', `${email.size_bytes.toLocaleString('en')} bytes`],
    ...(email.tags.length > 0
      ? [['Tags', <Tags key="tags" tags={email.tags} />] as [string, React.ReactNode]]
      : []),
    ['Id', <CopyValue key="id" value={email.id} what="message id" />],
    ['Message-ID', <CopyValue key="message" value={email.message_id} what="Message-ID" />],
  ]
}

function Tags({ tags }: { tags: GetEmailAnswer['tags'] }) {
  return (
    <span className="flex flex-wrap gap-1.5">
      {tags.map(({ name, value }) => (
        <Badge key={`${name}:${value}`} tone="plain">{`${name}: ${value}`}</Badge>
      ))}
    </span>
  )
}
