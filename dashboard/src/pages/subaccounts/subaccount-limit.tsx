import { type FormEvent, useState } from 'react'
import { useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { LimitSubaccountBody } from '../../api/types.ts'
import { subaccountsPath } from '../../frame/enter-subaccount.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Problem } from '../../ui/problem.tsx'
import { useToast } from '../../ui/toast.tsx'
import { formFault, LimitFields, type Limits, limitsBody, typedLimits } from './limit-fields.tsx'
import type { Subaccount } from './subaccounts.tsx'

interface LimitProps {
  most: Limits
  onClose: () => void
}

export function LimitSubaccount({ of, ...props }: LimitProps & { of: Subaccount | undefined }) {
  return (
    <Dialog
      isOpen={of !== undefined}
      onClose={props.onClose}
      title={`Limits of ${of?.name ?? ''}`}
      hint="They hold within a second."
      width="lg"
    >
      {of && <LimitForm of={of} {...props} />}
    </Dialog>
  )
}

function LimitForm({ of, most, onClose }: LimitProps & { of: Subaccount }) {
  const tell = useToast()
  const [typed, setTyped] = useState(() => typedLimits(of.limits))
  const limit = useChange<LimitSubaccountBody>(
    (body) => ({ method: 'PATCH', path: `${subaccountsPath}/${segment(of.id)}`, body }),
    [subaccountsPath],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const onSuccess = () => {
      tell({ kind: 'good', title: `${of.name} has its new limits` })
      onClose()
    }
    limit.mutate(limitsBody(typed), { onSuccess })
  }
  return (
    <form onSubmit={submit} className="grid gap-5" noValidate>
      <LimitFields typed={typed} most={most} onChange={setTyped} error={limit.error} />
      <Problem>{formFault(limit.error)}</Problem>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={limit.isPending}>
          Set limits
        </Button>
      </div>
    </form>
  )
}
