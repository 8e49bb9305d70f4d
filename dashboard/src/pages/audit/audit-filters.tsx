/** By what, by whom and by when; what is chosen stands in the address bar. */
import { X } from 'lucide-react'
import type { ListAuditActionsAnswer } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, Select, TextField } from '../../ui/field.tsx'

export interface AuditFilterValues {
  action?: string
  actor?: string
  /** Days, as the browser's own field has them. */
  from?: string
  to?: string
  /** `yes`: with lines of what was only opened to be read. */
  opened?: string
}

/** The first moment of a day here, or of the day so many later. */
export function dayStart(day: string | undefined, daysLater = 0): string | undefined {
  const [year, month, date] = (day ?? '').split('-').map(Number)
  if (year === undefined || month === undefined || date === undefined) return undefined
  const start = new Date(year, month - 1, date + daysLater)
  return Number.isNaN(start.getTime()) ? undefined : start.toISOString()
}

export function AuditFilters({
  values,
  onChange,
  actions,
}: {
  values: AuditFilterValues
  onChange: (changed: Record<string, string>) => void
  actions: ListAuditActionsAnswer['data']
}) {
  const { action = '', actor, from = '', to = '', opened = '' } = values
  const none = { action: '', actor: '', from: '', to: '', opened: '' }
  const choices = actions.map(({ action: value, words }) => ({
    value,
    label: `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`,
  }))
  return (
    <search className="mb-3 flex flex-wrap items-end gap-3">
      <div className="grid min-w-0 gap-1.5 max-sm:w-full sm:max-w-64">
        <span className="font-medium" aria-hidden>
          What
        </span>
        <Select
          aria-label="What was done"
          value={action}
          choices={[{ value: '', label: 'Everything' }, ...choices]}
          onChange={({ target }) => onChange({ action: target.value })}
        />
      </div>
      <TextField
        label="From"
        type="date"
        value={from}
        onChange={({ target }) => onChange({ from: target.value })}
      />
      <TextField
        label="To"
        type="date"
        value={to}
        onChange={({ target }) => onChange({ to: target.value })}
      />
      <Checkbox
        className="min-h-9 items-center"
        label="With what was only read"
        checked={opened === 'yes'}
        onChange={({ target }) => onChange({ opened: target.checked ? 'yes' : '' })}
      />
      {actor !== undefined && (
        <Button icon={<X className="size-4" aria-hidden />} onClick={() => onChange({ actor: '' })}>
          Only one actor
        </Button>
      )}
      {Object.keys(values).length > 0 && (
        <Button look="quiet" onClick={() => onChange(none)}>
          Clear
        </Button>
      )}
    </search>
  )
}
