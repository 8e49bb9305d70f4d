/** The end of the account: an owner closes it by its name, and for two weeks any owner can keep it. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerQuery, useChange } from '../../api/queries.ts'
import type { CloseAccountBody, GetAccountAnswer } from '../../api/types.ts'
import { sessionPath } from '../../frame/session.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Card } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'

const accountPath = '/account'
const closingPath = '/account/closing'
export const closingAccountQuery = answerQuery<GetAccountAnswer>(accountPath)

export function AccountClose() {
  const account = useSuspenseQuery(closingAccountQuery).data
  return account.closes_at === null ? (
    <CloseCard name={account.name} />
  ) : (
    <KeepCard closesAt={account.closes_at} />
  )
}

function CloseCard({ name }: { name: string }) {
  const tell = useToast()
  const [isOpen, setOpen] = useState(false)
  const close = useChange<CloseAccountBody>(
    (body) => ({ method: 'POST', path: closingPath, body }),
    [accountPath, sessionPath],
  )
  const confirm = () =>
    close.mutate(
      { account_name: name },
      {
        onSuccess: () => tell({ kind: 'good', title: 'The account is being closed' }),
        onError: ({ message }) =>
          tell({ kind: 'bad', title: 'The account was not closed', detail: message }),
        onSettled: () => setOpen(false),
      },
    )
  return (
    <Card title="Close the account" hint="An owner only. All owners are told.">
      <div className="grid gap-4">
        <p className="text-ink-soft">
          From then on nothing is sent, and no API key is answered. For 14 days any owner can keep
          the account. After that its keys are destroyed and everything in it is deleted.
        </p>
        <div>
          <Button look="danger" onClick={() => setOpen(true)}>
            Close the account
          </Button>
        </div>
      </div>
      <ConfirmDialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onConfirm={confirm}
        title="Close the account"
        phrase={name}
        action="Close the account"
        isBusy={close.isPending}
      >
        <p>
          Sending stops at once, also for what waits. In 14 days messages, domains, API keys and
          members are deleted; the domains are free for another account. Whoever is a member here
          and nowhere else loses their sign-in as well.
        </p>
        <p>The lines of the audit log stay with the operator; they name no recipients.</p>
      </ConfirmDialog>
    </Card>
  )
}

function KeepCard({ closesAt }: { closesAt: string }) {
  const tell = useToast()
  const keep = useChange<void>(
    () => ({ method: 'DELETE', path: closingPath }),
    [accountPath, sessionPath],
  )
  const confirm = () =>
    keep.mutate(undefined, {
      onSuccess: () => tell({ kind: 'good', title: 'The account is kept' }),
      onError: ({ message }) =>
        tell({ kind: 'bad', title: 'The account is still being closed', detail: message }),
    })
  return (
    <Card title="This account is being closed">
      <div className="grid gap-4">
        <p>
          Nothing is sent any more. Its keys are destroyed and everything in it is deleted at{' '}
          <Time at={closesAt} isAbsolute />.
        </p>
        <p className="text-ink-soft">Until then any owner can keep it, as it was.</p>
        <div>
          <Button look="primary" isBusy={keep.isPending} onClick={confirm}>
            Keep the account
          </Button>
        </div>
      </div>
    </Card>
  )
}
