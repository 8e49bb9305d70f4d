/** The messages of the account, newest first; the list follows them while it is looked at. */
import { useQueryClient, useSuspenseInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowUp, Mails } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { FilterBar, type FilterChoice, type Filters, useFilters } from '../../ui/filter-bar.tsx'
import { PageHeader } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { type Column, rowLinkClass, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { askedOf, emailsPath, emailsQuery, filterNames, type Listed } from './emails-query.ts'
import { fitsSubject, readSearch } from './search-words.ts'
import { useChanges } from './use-changes.ts'

export const title = 'Emails'

export function loader({ client, search }: LoaderInput) {
  return client.ensureInfiniteQueryData(emailsQuery(askedOf(search)))
}

const selects: FilterChoice[] = [
  {
    name: 'state',
    label: 'State',
    choices: [
      ['queued', 'Queued'],
      ['scheduled', 'Scheduled'],
      ['held', 'Held'],
      ['deferred', 'Deferred'],
      ['delivered', 'Delivered'],
      ['bounced', 'Bounced'],
      ['expired', 'Expired'],
      ['suppressed', 'Suppressed'],
      ['cancelled', 'Cancelled'],
    ].map(([value = '', label = '']) => ({ value, label })),
  },
  {
    name: 'stream',
    label: 'Stream',
    choices: [
      { value: 'urgent', label: 'Urgent' },
      { value: 'transactional', label: 'Transactional' },
      { value: 'bulk', label: 'Bulk' },
    ],
  },
  {
    name: 'since',
    label: 'Accepted',
    choices: [
      { value: 'hour', label: 'In the last hour' },
      { value: 'day', label: 'In the last day' },
      { value: 'week', label: 'In the last week' },
      { value: 'month', label: 'In the last month' },
    ],
  },
]

const columns: Column<Listed>[] = [
  {
    name: 'To',
    cell: ({ id, recipients }) => (
      <Link to={paths.email(id)} className={rowLinkClass} data-email>
        <span className="inline-block max-w-44 truncate align-bottom sm:max-w-64">
          {recipients[0] ?? 'Nobody'}
        </span>
        {recipients.length > 1 && (
          <span className="text-ink-soft"> and {recipients.length - 1} more</span>
        )}
      </Link>
    ),
  },
  {
    name: 'Subject',
    isWide: true,
    from: 'md',
    cell: ({ subject }) => <span className="text-ink-soft">{subject || '(no subject)'}</span>,
  },
  { name: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { name: 'Accepted', isNumber: true, from: 'sm', cell: ({ created_at: at }) => <Time at={at} /> },
]

export function View() {
  const [filters, change] = useFilters(filterNames)
  const asked = useMemo(() => askedOf(filters), [filters])
  const list = useSuspenseInfiniteQuery(emailsQuery(asked))
  const client = useQueryClient()
  const listed = list.data.pages.flatMap(({ data }) => data)
  const { subject } = readSearch(filters.search ?? '')
  const changes = useChanges(
    listed.map(({ id }) => id),
    asked,
  )
  const states = new Map(changes?.data.map(({ id, state }) => [id, state]))
  const rows = listed
    .filter((row) => fitsSubject(row.subject, subject))
    .map((row) => ({ ...row, state: states.get(row.id) ?? row.state }))
  useRowKeys()
  const showNew = () => client.resetQueries({ queryKey: [emailsPath, 'pages', asked] })
  return (
    <>
      <PageHeader title="Emails" hint="Every message of this account, and where it is." />
      <FilterBar
        searchLabel="Search by address, domain, id, tag or subject"
        filters={filters}
        onChange={change}
        selects={selects}
      />
      <News count={changes?.new_count ?? 0} onShow={() => void showNew()} />
      {rows.length > 0 ? (
        <Table label="Emails" rows={rows} columns={columns} rowKey={({ id }) => id} />
      ) : (
        <NoEmails filters={filters} isOver={!list.hasNextPage} />
      )}
      <More
        shown={rows.length}
        opened={listed.length}
        searchedTo={list.data.pages.at(-1)?.searched_to ?? null}
        isSubject={subject !== undefined}
        isBusy={list.isFetchingNextPage}
        {...(list.hasNextPage && { onMore: () => void list.fetchNextPage() })}
      />
    </>
  )
}

function News({ count, onShow }: { count: number; onShow: () => void }) {
  const words = `${count >= 100 ? '100 or more' : count} new ${count === 1 ? 'message' : 'messages'}`
  return (
    <div role="status" className="mb-3 empty:hidden">
      {count > 0 && (
        <Button size="sm" icon={<ArrowUp className="size-4" aria-hidden />} onClick={onShow}>
          Show {words}
        </Button>
      )}
    </div>
  )
}

function NoEmails({ filters, isOver }: { filters: Filters; isOver: boolean }) {
  if (Object.keys(filters).length === 0) {
    return (
      <Empty icon={<Mails aria-hidden />} title="No messages yet">
        What you send by API or SMTP appears here within a moment.
      </Empty>
    )
  }
  return (
    <Empty icon={<Mails aria-hidden />} title="Nothing found">
      {isOver
        ? 'No message fits these filters. Addresses, domains and tags are found whole or not at all.'
        : 'Nothing so far. Older messages have not been looked at yet.'}
    </Empty>
  )
}

function More(props: {
  shown: number
  opened: number
  searchedTo: string | null
  isSubject: boolean
  isBusy: boolean
  onMore?: () => void
}) {
  const { shown, opened, searchedTo, isSubject, isBusy, onMore } = props
  const count = (n: number) => `${n.toLocaleString('en')} ${n === 1 ? 'message' : 'messages'}`
  return (
    <div className="mt-3 flex flex-wrap items-center justify-between gap-3">
      <p className="text-ink-soft tabular-nums" aria-live="polite">
        {isSubject ? `${count(shown)} among the ${opened} opened here` : count(shown)}
        {searchedTo && (
          <>
            {' '}
            · looked back to <Time at={searchedTo} isAbsolute />
          </>
        )}
      </p>
      {onMore && (
        <Button size="sm" isBusy={isBusy} onClick={onMore}>
          {searchedTo ? 'Look further back' : 'Older'}
        </Button>
      )}
    </div>
  )
}

/** j and k go from message to message, wherever the focus is but in a field; Enter opens, as on any link. */
function useRowKeys(): void {
  useEffect(() => {
    const move = (event: KeyboardEvent) => {
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0
      const isTyping =
        event.target instanceof HTMLElement && event.target.matches('input, textarea, select')
      if (step === 0 || isTyping || event.metaKey || event.ctrlKey || event.altKey) return
      const links = [...document.querySelectorAll<HTMLElement>('[data-email]')]
      const at = links.indexOf(document.activeElement as HTMLElement) // null is in no list
      const wanted = at === -1 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)
      event.preventDefault()
      links[wanted]?.focus()
    }
    addEventListener('keydown', move)
    return () => removeEventListener('keydown', move)
  }, [])
}
