/** Going out of the account one is in, for good. */
import { useState } from 'react'
import { useChange } from '../../api/queries.ts'
import { useSession, useStartAnew } from '../../frame/session.ts'
import { paths } from '../../paths.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Card } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'

export function LeaveAccount() {
  const { account_id: id, accounts } = useSession()
  const name = accounts.find((one) => one.id === id)?.name ?? 'the account'
  const [isOpen, setOpen] = useState(false)
  const startAnew = useStartAnew()
  const leave = useChange<void>(() => ({ method: 'DELETE', path: '/me/membership' }), [])
  return (
    <Card
      title="This account"
      hint={`You are in ${name}. The last owner cannot leave it.`}
      actions={
        <Button size="sm" onClick={() => setOpen(true)}>
          Leave the account
        </Button>
      }
    >
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={`Leave ${name}?`}
        hint="Only an owner or admin can let you in again. API keys you have made go on working."
      >
        <div className="grid gap-4">
          <Problem>{leave.error?.message}</Problem>
          <Button
            look="danger"
            isBusy={leave.isPending || leave.isSuccess}
            onClick={() => leave.mutate(undefined, { onSuccess: () => startAnew(paths.signIn()) })}
          >
            Leave
          </Button>
        </div>
      </Dialog>
    </Card>
  )
}
