import { useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import { subaccountsPath } from '../../frame/enter-subaccount.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Problem } from '../../ui/problem.tsx'
import { useToast } from '../../ui/toast.tsx'
import type { Subaccount } from './subaccounts.tsx'

export function SuspendSubaccount({
  of,
  onClose,
}: {
  of: Subaccount | undefined
  onClose: () => void
}) {
  return (
    <Dialog isOpen={of !== undefined} onClose={onClose} title={`Suspend ${of?.name ?? ''}`}>
      {of && <SuspendForm of={of} onClose={onClose} />}
    </Dialog>
  )
}

function SuspendForm({ of, onClose }: { of: Subaccount; onClose: () => void }) {
  const tell = useToast()
  const suspend = useChange<void>(
    () => ({ method: 'POST', path: `${subaccountsPath}/${segment(of.id)}/suspend` }),
    [subaccountsPath],
  )
  const onSuccess = () => {
    tell({ kind: 'good', title: `${of.name} is suspended` })
    onClose()
  }
  return (
    <div className="grid gap-4">
      <p className="text-ink-soft">
        Its keys are refused and nothing of it is sent, what waits already included, until you
        resume it. Its members can still sign in and look.
      </p>
      <Problem>{suspend.error?.message}</Problem>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose} data-first-focus>
          Keep it active
        </Button>
        <Button
          look="danger"
          isBusy={suspend.isPending}
          onClick={() => suspend.mutate(undefined, { onSuccess })}
        >
          Suspend
        </Button>
      </div>
    </div>
  )
}
