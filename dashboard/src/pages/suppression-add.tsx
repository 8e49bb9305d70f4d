/** One address to a line. */
import { type FormEvent, useState } from 'react'
import { useChange } from '../api/queries.ts'
import type { AddSuppressionsBody } from '../api/types.ts'
import { Button } from '../ui/button.tsx'
import { TextArea } from '../ui/field.tsx'

const most = 100

export function SuppressionAdd({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const { isPending, mutate, error } = useChange<AddSuppressionsBody>(
    (body) => ({ method: 'POST', path: '/suppressions', body }),
    ['/suppressions'],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const addresses = text.split(/[\s,;]+/).filter((one) => one !== '')
    setFault(undefined)
    if (addresses.length === 0) setFault('Write one address at least.')
    else if (addresses.length > most) setFault(`At most ${most} addresses at once.`)
    else mutate({ addresses }, { onSuccess: onDone })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextArea
        label="Addresses"
        hint="One to a line."
        value={text}
        onChange={({ target }) => setText(target.value)}
        error={fault ?? error?.message}
        spellCheck={false}
        data-first-focus
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Leave it</Button>
        <Button type="submit" look="primary" isBusy={isPending}>
          Suppress
        </Button>
      </div>
    </form>
  )
}
