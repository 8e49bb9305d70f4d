import { countText, wholeText } from '../../lib/numbers.ts'
import { Card } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { totalsOf, type Usage } from './key-query.ts'

type Sent = Usage['messages'][number]
type Asked = Usage['requests'][number]

const sentColumns: Column<Sent>[] = [
  { name: 'Day', cell: ({ day }) => <span className="tabular-nums">{day}</span> },
  { name: 'Domain', isWide: true, cell: ({ domain }) => domain ?? 'the sandbox, or one no more' },
  { name: 'Stream', from: 'sm', cell: ({ stream }) => stream },
  { name: 'Messages', isNumber: true, cell: ({ messages }) => wholeText(messages) },
  {
    name: 'Recipients',
    isNumber: true,
    from: 'md',
    cell: ({ recipients }) => wholeText(recipients),
  },
]
const askedColumns: Column<Asked>[] = [
  { name: 'Day', cell: ({ day }) => <span className="tabular-nums">{day}</span> },
  {
    name: 'Request',
    isWide: true,
    cell: ({ method, route }) => (
      <code className="font-mono text-[0.8125rem]">
        {method} {route}
      </code>
    ),
  },
  { name: 'How often', isNumber: true, cell: ({ requests }) => wholeText(requests) },
]

export function KeyUsage({ usage }: { usage: Usage }) {
  const { messages, requests } = totalsOf(usage)
  return (
    <Card
      title="What would break without it"
      hint="From what it was really used for in the last 30 days."
    >
      {messages === 0 && requests === 0 ? (
        <p className="text-ink-soft">Nothing, as far as the last 30 days tell.</p>
      ) : (
        <div className="grid gap-5">
          <p>{sentence(usage)}</p>
          {usage.messages.length > 0 && (
            <Table
              label="Messages by day and domain"
              rows={usage.messages}
              columns={sentColumns}
              rowKey={({ day, domain, stream }) => `${day} ${domain} ${stream}`}
              height="short"
            />
          )}
          {usage.requests.length > 0 && (
            <Table
              label="Requests by day and route"
              rows={usage.requests}
              columns={askedColumns}
              rowKey={({ day, method, route }) => `${day} ${method} ${route}`}
              height="short"
            />
          )}
        </div>
      )}
    </Card>
  )
}

/** In one sentence, also where somebody is about to revoke it. */
export function sentence(usage: Usage): string {
  const { messages, requests } = totalsOf(usage)
  if (messages === 0 && requests === 0) return 'It was not used in the last 30 days.'
  const domains = [...new Set(usage.messages.flatMap(({ domain }) => domain ?? []))]
  const from = domains.length === 0 ? '' : ` from ${domains.slice(0, 3).join(', ')}`
  const more = domains.length > 3 ? ` and ${domains.length - 3} more` : ''
  return `In the last 30 days it sent ${countText(messages, 'message')}${from}${more}, with ${countText(requests, 'request')} over HTTP.`
}
