import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { MakeSubaccountAnswer, MakeSubaccountBody } from '../../api/types.ts'
import { subaccountsPath } from '../../frame/enter-subaccount.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { Problem } from '../../ui/problem.tsx'
import { useToast } from '../../ui/toast.tsx'
import { formFault, LimitFields, type Limits, limitsBody, typedLimits } from './limit-fields.tsx'

interface MakeProps {
  onClose: () => void
  /** Of this account, which are the most there can be. */
  limits: Limits
}

export function MakeSubaccount({ isOpen, ...props }: MakeProps & { isOpen: boolean }) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={props.onClose}
      title="Make a subaccount"
      hint="Nobody is in it at first. Enter it then to add its domain and to invite its owner."
      width="lg"
    >
      <MakeForm {...props} />
    </Dialog>
  )
}

function MakeForm({ onClose, limits }: MakeProps) {
  const tell = useToast()
  const [name, setName] = useState('')
  const [typed, setTyped] = useState(() => typedLimits(limits))
  const make = useChange<MakeSubaccountBody, MakeSubaccountAnswer>(
    (body) => ({ method: 'POST', path: subaccountsPath, body }),
    [subaccountsPath],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const onSuccess = () => {
      tell({ kind: 'good', title: `${name.trim()} is made` })
      onClose()
    }
    make.mutate({ name, limits: limitsBody(typed) }, { onSuccess })
  }
  return (
    <form onSubmit={submit} className="grid gap-5" noValidate>
      <TextField
        label="Name"
        hint="Of the customer or team it is for."
        value={name}
        maxLength={100}
        onChange={({ target }) => setName(target.value)}
        error={faultOf(make.error, 'name')}
        autoComplete="off"
        data-first-focus
      />
      <LimitFields typed={typed} most={limits} onChange={setTyped} error={make.error} />
      <Problem>{formFault(make.error, 'name')}</Problem>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={make.isPending}>
          Make subaccount
        </Button>
      </div>
    </form>
  )
}
