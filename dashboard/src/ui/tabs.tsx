import { Tabs as Primitive } from 'radix-ui'
import type { ReactNode } from 'react'

export interface Tab {
  id: string
  label: string
  /** How many things are behind it. */
  count?: number
  content: ReactNode
}

/** Give `value` and `onChange` when the address bar shall know which tab is open. */
export function Tabs({
  label,
  tabs,
  value,
  onChange,
}: {
  label: string
  tabs: readonly Tab[]
  value?: string
  onChange?: (id: string) => void
}) {
  return (
    <Primitive.Root
      {...(value === undefined ? { defaultValue: tabs[0]?.id ?? '' } : { value })}
      {...(onChange && { onValueChange: onChange })}
    >
      <Primitive.List
        aria-label={label}
        className="flex gap-1 overflow-x-auto border-b border-line"
      >
        {tabs.map(({ id, label: name, count }) => (
          <Primitive.Trigger
            key={id}
            value={id}
            className="-mb-px flex min-h-10 items-center gap-2 border-b-2 border-transparent px-3 font-medium whitespace-nowrap text-ink-soft -outline-offset-2 transition-colors hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
          >
            {name}
            {count !== undefined && (
              <span className="rounded-full bg-plain-soft px-1.5 text-xs text-plain tabular-nums">
                {count}
              </span>
            )}
          </Primitive.Trigger>
        ))}
      </Primitive.List>
      {tabs.map(({ id, content }) => (
        <Primitive.Content key={id} value={id} className="rounded-lg pt-4">
          {content}
        </Primitive.Content>
      ))}
    </Primitive.Root>
  )
}
