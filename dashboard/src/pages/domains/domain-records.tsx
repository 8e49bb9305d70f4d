import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { countText } from '../../lib/numbers.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Select } from '../../ui/field.tsx'
import { Card } from '../../ui/page.tsx'
import { RecordDiff } from '../../ui/record-diff.tsx'
import { Time } from '../../ui/time.tsx'
import type { Domain, DomainRecord, Form } from './domain-query.ts'

/** RFC 7208 §4.6.4. */
const lookupsMax = 10

const purposes: Record<DomainRecord['purpose'], [name: string, words: string]> = {
  dkim: ['DKIM key', 'Signs your mail. Without it nothing leaves.'],
  dkim_standby: ['DKIM key, standby', 'Stands ready, so that keys can change without your doing.'],
  return_path: ['Return path', 'Bounces come back by it, and receivers see it as yours.'],
  dmarc: ['DMARC policy', 'Not demanded.'],
}

const forms = [
  { value: 'txt', label: 'Keys as TXT' },
  { value: 'cname', label: 'Keys as CNAME' },
]

export function DomainRecords({
  domain,
  form,
  onForm,
}: {
  domain: Domain
  form: Form
  onForm: (form: Form) => void
}) {
  return (
    <Card
      title="Records"
      hint={
        <>
          Enter these in the zone of <strong className="text-ink">{domain.zone}</strong>. Names are
          as most providers want them, without the zone.
        </>
      }
      actions={
        <Select
          aria-label="How keys are published"
          className="w-auto min-w-40"
          value={form}
          choices={forms}
          onChange={(event) => onForm(event.target.value === 'cname' ? 'cname' : 'txt')}
        />
      }
    >
      <ol className="grid gap-6 divide-y divide-line [&>li:not(:last-child)]:pb-6">
        {domain.records
          .filter(({ purpose }) => purpose !== 'dmarc')
          .map((record) => (
            <li key={`${record.type} ${record.name}`}>
              <RecordEntry record={record} domain={domain} />
            </li>
          ))}
      </ol>
    </Card>
  )
}

export function RecordEntry({ record, domain }: { record: DomainRecord; domain: Domain }) {
  const [name, words] = purposes[record.purpose]
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-medium">
          {name} <span className="font-mono text-[0.8125rem] text-ink-soft">{record.type}</span>
        </h3>
        <StateBadge state={record.status} />
        <span className="w-full text-[0.8125rem] text-ink-soft">{words}</span>
      </div>
      <dl className="grid overflow-hidden rounded-xl border border-line sm:grid-cols-[max-content_1fr]">
        <Value name="Name" value={record.name_in_zone} what={`name of ${name}, ${record.type}`}>
          <span className="font-sans text-[0.8125rem] text-ink-soft">
            {record.name_in_zone === '@' ? 'the zone itself: ' : 'in full: '}
            <span className="font-mono break-all">{record.name}</span>
          </span>
        </Value>
        <Value name="Value" value={record.value} what={`value of ${name}, ${record.type}`} />
        {record.priority !== null && (
          <Value
            name="Priority"
            value={String(record.priority)}
            what={`priority of ${name}, ${record.type}`}
          />
        )}
      </dl>
      <Findings record={record} isChecking={domain.is_checking} />
    </div>
  )
}

function Value({
  name,
  value,
  what,
  children,
}: {
  name: string
  value: string
  what: string
  children?: ReactNode
}) {
  return (
    <div className="grid gap-x-4 border-line px-4 py-2.5 not-last:border-b sm:col-span-2 sm:grid-cols-[5rem_1fr]">
      <dt className="text-ink-soft">{name}</dt>
      <dd className="flex min-w-0 items-start justify-between gap-2">
        <span className="grid min-w-0 gap-0.5">
          <code className="font-mono text-[0.8125rem] break-all">{value}</code>
          {children}
        </span>
        <CopyButton value={value} what={what} className="-my-1 shrink-0" />
      </dd>
    </div>
  )
}

function Findings({ record, isChecking }: { record: DomainRecord; isChecking: boolean }) {
  const { found, hint, status, answered_by: server, checked_at: at, lookups } = record
  if (found === null || server === null || at === null) {
    return isChecking ? <p className="text-[0.8125rem] text-ink-soft">Being looked up.</p> : null
  }
  return (
    <div className="grid gap-3">
      {hint !== null && (
        <p className="flex items-start gap-2 rounded-xl bg-warn-soft px-4 py-2.5 text-warn">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span className="min-w-0 wrap-anywhere">{hint}</span>
        </p>
      )}
      {status !== 'verified' && (
        <RecordDiff
          expected={asAnswered(record)}
          found={found.length === 0 ? null : found.join('\n')}
        />
      )}
      <p className="text-[0.8125rem] text-ink-soft">
        <span className="font-mono">{server}</span> answered <Time at={at} />
        {lookups !== null &&
          ` · evaluating this record takes ${countText(lookups, 'DNS look-up')} of ${lookupsMax} at most`}
      </p>
    </div>
  )
}

/** As name servers write it: an MX record with its preference before the host. */
function asAnswered({ type, value, priority }: DomainRecord): string {
  return type === 'MX' && priority !== null ? `${priority} ${value}` : value
}
