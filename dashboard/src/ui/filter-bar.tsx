/** Filters above a list. What is chosen stands in the address bar, so that it can be sent to a colleague. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Search, X } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { Button } from './button.tsx'
import { type Choice, Select } from './field.tsx'

export type Filters = Readonly<Record<string, string>>

const typingMs = 250

/** The filters of this page as the address bar has them; what is empty is left out of it. */
export function useFilters(names: readonly string[]): [Filters, (changed: Filters) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const navigate = useNavigate()
  const filters = Object.fromEntries(
    names.flatMap((name) => (search[name] === undefined ? [] : [[name, String(search[name])]])),
  )
  const change = (changed: Filters) => {
    const next = Object.entries({ ...search, ...changed }).filter(([, value]) => value !== '')
    // A filter changed is another list: the cursor of the old one leads nowhere.
    const kept = next.filter(([name]) => name !== 'after')
    void navigate({ to: '.', search: Object.fromEntries(kept), replace: true } as never) // any page may use it
  }
  return [filters, change]
}

export interface FilterChoice {
  name: string
  label: string
  choices: readonly Choice[]
}

export function FilterBar({
  searchLabel,
  filters,
  onChange,
  selects = [],
}: {
  /** What can be searched for, as in "Search by address, subject or id". */
  searchLabel: string
  filters: Filters
  onChange: (changed: Filters) => void
  selects?: readonly FilterChoice[]
}) {
  const isFiltered = Object.keys(filters).length > 0
  return (
    <search className="mb-3 flex flex-wrap items-center gap-2">
      <SearchBox
        label={searchLabel}
        value={filters.search ?? ''}
        onChange={(search) => onChange({ search })}
      />
      {selects.map(({ name, label, choices }) => (
        <Select
          key={name}
          aria-label={label}
          className="w-auto min-w-36"
          value={filters[name] ?? ''}
          choices={[{ value: '', label: `${label}: any` }, ...choices]}
          onChange={(event) => onChange({ [name]: event.target.value })}
        />
      ))}
      {isFiltered && (
        <Button
          look="quiet"
          icon={<X className="size-4" aria-hidden />}
          onClick={() =>
            onChange(
              Object.fromEntries(
                ['search', ...selects.map(({ name }) => name)].map((name) => [name, '']),
              ),
            )
          }
        >
          Clear
        </Button>
      )}
    </search>
  )
}

function SearchBox({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (value: string) => void
}) {
  const id = useId()
  const [text, setText] = useState(value)
  const told = useRef(value)
  useEffect(() => {
    // The address bar was changed by someone else: back, or Clear.
    if (value !== told.current) {
      told.current = value
      setText(value)
    }
  }, [value])
  const tell = useRef(onChange)
  tell.current = onChange
  useEffect(() => {
    if (text === told.current) return
    const timer = setTimeout(() => {
      told.current = text
      tell.current(text)
    }, typingMs)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div className="relative min-w-56 grow sm:max-w-sm">
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <Search
        className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-soft"
        aria-hidden
      />
      <input
        id={id}
        type="search"
        value={text}
        placeholder={label}
        onChange={(event) => setText(event.target.value)}
        autoComplete="off"
        spellCheck={false}
        className="h-9 w-full rounded-lg border border-control bg-surface pr-3 pl-9 shadow-card placeholder:text-ink-soft hover:border-ink-soft"
      />
    </div>
  )
}
