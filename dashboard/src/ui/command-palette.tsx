/** Everything that can be reached or done, by typing. Ctrl-K opens it. */
import { Command as Primitive } from 'cmdk'
import { Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { commandScore } from './command-score.ts'
import { useModal } from './dialog.tsx'

export interface Command {
  label: string
  group: string
  icon?: ReactNode
  /** Other words by which someone may look for it. */
  words?: readonly string[]
  run: () => void
}

export default function CommandPalette({
  commands,
  onClose,
}: {
  commands: readonly Command[]
  onClose: () => void
}) {
  const modal = useModal(true, onClose)
  const groups = Map.groupBy(commands, ({ group }) => group)
  return (
    <dialog
      {...modal}
      aria-label="Search and commands"
      className="mx-auto mt-[12dvh] max-h-[70dvh] w-[calc(100%-2rem)] max-w-xl overflow-hidden rounded-2xl border border-line bg-raised text-ink shadow-raised open:animate-appear"
    >
      <Primitive label="Search and commands" filter={commandScore} loop>
        <div className="flex items-center gap-3 border-b border-line px-4">
          <Search className="size-4.5 shrink-0 text-ink-soft" aria-hidden />
          <Primitive.Input
            autoFocus
            placeholder="Where to, or what to do?"
            className="h-13 w-full bg-transparent text-base outline-none placeholder:text-ink-soft"
          />
          <kbd className="rounded border border-line px-1.5 font-sans text-xs text-ink-soft">
            Esc
          </kbd>
        </div>
        <Primitive.List label="Commands" className="max-h-[50dvh] overflow-y-auto p-2">
          <Primitive.Empty className="px-3 py-8 text-center text-ink-soft">
            Nothing goes by that name.
          </Primitive.Empty>
          {[...groups].map(([group, entries]) => (
            <Primitive.Group
              key={group}
              heading={group}
              className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-soft"
            >
              {entries.map(({ label, icon, words, run }) => (
                <Primitive.Item
                  key={label}
                  value={`${group} ${label}`}
                  keywords={[...(words ?? [])]}
                  onSelect={() => {
                    onClose()
                    run()
                  }}
                  className="flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-3 data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent-ink [&>svg]:size-4.5 [&>svg]:shrink-0"
                >
                  {icon}
                  {label}
                </Primitive.Item>
              ))}
            </Primitive.Group>
          ))}
        </Primitive.List>
      </Primitive>
    </dialog>
  )
}
