import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from '../lib/class-names.ts'

export interface MenuEntry {
  label: string
  icon?: ReactNode
  onSelect: () => void
  isDanger?: boolean
  /** True or false for one of several choices. */
  isChosen?: boolean
  isDisabled?: boolean
}

/** `modal={false}`: the other way puts a style element into the page, which the policy forbids. */
export function Menu({
  trigger,
  groups,
  align = 'end',
  onOpen,
}: {
  trigger: ReactNode
  groups: readonly { label?: string; entries: readonly MenuEntry[] }[]
  align?: 'start' | 'end'
  /** Each time it opens. */
  onOpen?: () => void
}) {
  return (
    <DropdownMenu.Root modal={false} onOpenChange={(isOpen) => isOpen && onOpen?.()}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-48 animate-appear overflow-y-auto rounded-xl border border-line bg-raised p-1.5 text-ink shadow-raised outline-none"
        >
          {groups.map((group, index) => (
            <DropdownMenu.Group key={group.label ?? index}>
              {index > 0 && <DropdownMenu.Separator className="my-1.5 h-px bg-line" />}
              {group.label && (
                <DropdownMenu.Label className="px-2.5 pt-1 pb-1.5 text-xs text-ink-soft">
                  {group.label}
                </DropdownMenu.Label>
              )}
              {group.entries.map((entry) => (
                <Entry key={entry.label} {...entry} />
              ))}
            </DropdownMenu.Group>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

const row =
  'flex min-h-8 items-center gap-2.5 rounded-lg px-2.5 py-1 outline-none select-none [&>svg]:size-4 [&>svg]:shrink-0 ' +
  'data-highlighted:bg-hover data-disabled:opacity-55 data-disabled:pointer-events-none'

function Entry({ label, icon, onSelect, isDanger, isChosen, isDisabled = false }: MenuEntry) {
  if (isChosen !== undefined) {
    return (
      <DropdownMenu.CheckboxItem
        checked={isChosen}
        onSelect={onSelect}
        disabled={isDisabled}
        className={cx(row, isChosen && 'font-medium text-accent-ink')}
      >
        {icon}
        <span className="grow">{label}</span>
        <DropdownMenu.ItemIndicator className="text-accent-ink">✓</DropdownMenu.ItemIndicator>
      </DropdownMenu.CheckboxItem>
    )
  }
  return (
    <DropdownMenu.Item
      onSelect={onSelect}
      disabled={isDisabled}
      className={cx(row, isDanger ? 'text-bad' : '[&>svg]:text-ink-soft')}
    >
      {icon}
      {label}
    </DropdownMenu.Item>
  )
}
