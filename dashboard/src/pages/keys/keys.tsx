import { Link } from '@tanstack/react-router'
import { KeyRound, Plus } from 'lucide-react'
import type { ListKeysAnswer } from '../../api/types.ts'
import { useWholeList, wholeListQuery } from '../../api/whole-list.ts'
import { useMay } from '../../frame/session.ts'
import { accessText } from '../../lib/key-scopes.ts'
import { countText } from '../../lib/numbers.ts'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { FilterBar, useFilters } from '../../ui/filter-bar.tsx'
import { useNewInAddress } from '../../ui/new-in-address.ts'
import { PageHeader } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { type Column, rowLinkClass, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { CreateKey } from './key-create.tsx'
import { IdleNote } from './key-idle.tsx'

export const title = 'API keys'

type Key = ListKeysAnswer['data'][number]

export const loader = ({ client }: LoaderInput) =>
  client.ensureInfiniteQueryData(wholeListQuery<ListKeysAnswer>('/keys'))

function LastUse({ of: key }: { of: Key }) {
  const { last_used_at: at } = key
  return (
    <span className="grid gap-0.5">
      <span>{at === null ? never : <Time at={at} />}</span>
      <IdleNote of={key} />
    </span>
  )
}

const never = <span className="text-ink-soft">never</span>
const columns: Column<Key>[] = [
  {
    name: 'Name',
    isWide: true,
    cell: ({ id, name }) => (
      <Link to={paths.key(id)} className={rowLinkClass}>
        {name}
      </Link>
    ),
  },
  {
    name: 'May',
    from: 'sm',
    cell: ({ scopes, canary }) => (canary ? <Badge tone="odd">Canary</Badge> : accessText(scopes)),
  },
  {
    name: 'Last use',
    cell: (key) => <LastUse of={key} />,
  },
  {
    name: 'From',
    from: 'lg',
    cell: ({ last_used_from: from }) =>
      from === null ? (
        <span className="text-ink-soft">–</span>
      ) : (
        <code className="font-mono text-[0.8125rem]">{from}</code>
      ),
  },
  {
    name: 'Ends',
    from: 'md',
    cell: ({ expires_at: at }) => (at === null ? never : <Time at={at} />),
  },
  { name: 'Made', from: 'lg', cell: ({ created_at: at }) => <Time at={at} /> },
]

const uses = [
  { value: 'used', label: 'Used' },
  { value: 'unused', label: 'Never used' },
  { value: 'ending', label: 'Ending by itself' },
]

function isLike(key: Key, { search = '', use }: Readonly<Record<string, string>>): boolean {
  if (!key.name.toLowerCase().includes(search.toLowerCase())) return false
  if (use === 'ending') return key.expires_at !== null
  return use === undefined || (use === 'used') === (key.last_used_at !== null)
}

export function View() {
  const keys = useWholeList<ListKeysAnswer>('/keys')
  const [filters, change] = useFilters(['search', 'use'])
  const may = useMay()
  const [isMaking, setMaking] = useNewInAddress()
  const shown = keys.filter((key) => isLike(key, filters))
  const make = may('keys:write') && (
    <Button
      look="primary"
      icon={<Plus className="size-4" aria-hidden />}
      onClick={() => setMaking(true)}
    >
      Make an API key
    </Button>
  )
  return (
    <>
      <PageHeader
        title="API keys"
        hint="One for each program, with no more rights than it needs: then one can be rolled or revoked without the others."
        actions={keys.length > 0 && make}
      />
      {keys.length === 0 ? (
        <Empty icon={<KeyRound aria-hidden />} title="No API key" actions={make}>
          Programs send with an API key, over HTTP and over SMTP.
        </Empty>
      ) : (
        <>
          <FilterBar
            searchLabel="Search by name"
            filters={filters}
            onChange={change}
            selects={[{ name: 'use', label: 'Use', choices: uses }]}
          />
          {shown.length === 0 ? (
            <Empty icon={<KeyRound aria-hidden />} title="No API key is like that">
              Clear the filters to see all {keys.length}.
            </Empty>
          ) : (
            <Table label="API keys" rows={shown} columns={columns} rowKey={({ id }) => id} />
          )}
          <p className="mt-3 text-ink-soft" aria-live="polite">
            {countText(shown.length, 'API key')}
          </p>
        </>
      )}
      <CreateKey isOpen={isMaking} onClose={() => setMaking(false)} />
    </>
  )
}
