/** What was done in the account, and who was kept out. */
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query'
import { ScrollText } from 'lucide-react'
import { useState } from 'react'
import { answerQuery, pagesQuery } from '../../api/queries.ts'
import type { ListAuditActionsAnswer, ListAuditAnswer } from '../../api/types.ts'
import type { LoaderInput } from '../../page.ts'
import { Button } from '../../ui/button.tsx'
import { useFilters } from '../../ui/filter-bar.tsx'
import { PageHeader } from '../../ui/page.tsx'
import { Empty, Failed, Loading } from '../../ui/states.tsx'
import { type Column, rowLinkClass, Table } from '../../ui/table.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Time } from '../../ui/time.tsx'
import { ExportButton } from './audit-export.tsx'
import { AuditFilters, type AuditFilterValues, dayStart } from './audit-filters.tsx'
import { type AuditLine, actorName } from './audit-line.ts'
import { LineDialog } from './line-proof.tsx'
import { Refusals } from './refused-attempts.tsx'

const actionsQuery = answerQuery<ListAuditActionsAnswer>('/audit/actions')
const filterNames = ['action', 'actor', 'from', 'to', 'opened', 'tab']

export const title = 'Audit log'

export function loader({ client }: LoaderInput) {
  return client.ensureQueryData(actionsQuery)
}

export function View() {
  const actions = useSuspenseQuery(actionsQuery).data.data
  const [filters, show] = useFilters(filterNames)
  const { tab = 'lines', ...values } = filters
  return (
    <>
      <PageHeader
        title="Audit log"
        hint="Every line was written before it was done, and stands in a signed ledger, where any change shows."
        actions={<ExportButton from={dayStart(values.from)} to={dayStart(values.to, 1)} />}
      />
      <Tabs
        label="Audit log"
        value={tab}
        onChange={(id) => show({ tab: id === 'lines' ? '' : id })}
        tabs={[
          {
            id: 'lines',
            label: 'What was done',
            content: (
              <>
                <AuditFilters values={values} onChange={show} actions={actions} />
                <Lines values={values} onActor={(actor) => show({ actor })} />
              </>
            ),
          },
          { id: 'refused', label: 'Refused attempts', content: <Refusals /> },
        ]}
      />
    </>
  )
}

function Lines({ values, onActor }: { values: AuditFilterValues; onActor: (id: string) => void }) {
  const [chosen, setChosen] = useState<AuditLine>()
  const query = useInfiniteQuery(pagesQuery<ListAuditAnswer>('/audit', queryOf(values)))
  if (query.error) {
    const { message } = query.error
    return <Failed title="The lines could not be loaded" message={message} />
  }
  if (!query.data) return <Loading />
  const rows = query.data.pages.flatMap(({ data }) => data)
  if (rows.length === 0) {
    return (
      <Empty icon={<ScrollText aria-hidden />} title="No such lines">
        Nothing in the ledger of this account fits these filters.
      </Empty>
    )
  }
  return (
    <>
      <Table label="Audit log" rows={rows} rowKey={({ id }) => id} columns={columnsOf(setChosen)} />
      <div className="mt-3 flex items-center justify-between gap-3">
        <p className="text-ink-soft tabular-nums" aria-live="polite">
          {rows.length} {rows.length === 1 ? 'line' : 'lines'}
        </p>
        {query.hasNextPage && (
          <Button
            size="sm"
            isBusy={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Older
          </Button>
        )}
      </div>
      <LineDialog
        {...(chosen && { line: chosen })}
        onClose={() => setChosen(undefined)}
        onActor={(id) => {
          setChosen(undefined)
          onActor(id)
        }}
      />
    </>
  )
}

function queryOf({ action, actor, from, to, opened }: AuditFilterValues) {
  return {
    action,
    actor,
    changes_only: opened === 'yes' ? undefined : true,
    from: dayStart(from),
    to: dayStart(to, 1),
  }
}

function columnsOf(choose: (line: AuditLine) => void): Column<AuditLine>[] {
  return [
    {
      name: 'What',
      isWide: true,
      cell: (line) => (
        <button type="button" className={rowLinkClass} onClick={() => choose(line)}>
          {actorName(line)} <span className="font-normal">{line.words}</span>
        </button>
      ),
    },
    { name: 'How many', from: 'md', isNumber: true, cell: ({ object }) => object.count },
    { name: 'When', cell: ({ at }) => <Time at={at} /> },
    {
      name: 'Position',
      from: 'lg',
      isNumber: true,
      cell: ({ position }) => position ?? <span className="text-ink-soft">soon</span>,
    },
  ]
}
