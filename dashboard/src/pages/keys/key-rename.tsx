import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { RenameKeyBody } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { type Key, keyPath } from './key-query.ts'

export function RenameKey({ item }: { item: Key }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>Rename</Button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title="Rename the key">
        <RenameForm item={item} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function RenameForm({ item, onClose }: { item: Key; onClose: () => void }) {
  const [name, setName] = useState(item.name)
  const rename = useChange<RenameKeyBody>(
    (body) => ({ method: 'PATCH', path: keyPath(item.id), body }),
    [keyPath(item.id), '/keys'],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rename.mutate({ name }, { onSuccess: onClose })
  }
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <TextField
        label="Name"
        value={name}
        maxLength={50}
        onChange={(event) => setName(event.target.value)}
        error={faultOf(rename.error, 'name') ?? faultOf(rename.error)}
        autoComplete="off"
        data-first-focus
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={rename.isPending}>
          Rename
        </Button>
      </div>
    </form>
  )
}
