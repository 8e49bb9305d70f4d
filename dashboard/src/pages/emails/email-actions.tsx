/** What may be done with a message, as far as it makes sense now and the person may. */
import { Ban, CalendarClock, Play, Send, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { AddSuppressionsBody, GetEmailAnswer, RescheduleEmailBody } from '../../api/types.ts'
import { useMay } from '../../frame/session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { Menu } from '../../ui/menu.tsx'
import { useToast } from '../../ui/toast.tsx'
import { changesPath } from './emails-query.ts'

type Action = 'cancel' | 'release' | 'resend'

const actions: Record<Action, { label: string; done: string; icon: React.ReactNode }> = {
  resend: {
    label: 'Send again',
    done: 'It is tried again.',
    icon: <Send className="size-4" aria-hidden />,
  },
  release: {
    label: 'Release',
    done: 'It is on its way.',
    icon: <Play className="size-4" aria-hidden />,
  },
  cancel: { label: 'Cancel', done: 'It is not sent.', icon: <X className="size-4" aria-hidden /> },
}

export function EmailActions({ email }: { email: GetEmailAnswer }) {
  const may = useMay()
  const [isMoving, setMoving] = useState(false)
  const path = `/emails/${email.id}`
  const possible = may('emails:write') ? email.possible : []
  return (
    <>
      {(['resend', 'release', 'cancel'] as const)
        .filter((action) => possible.includes(action))
        .map((action) => (
          <ActionButton key={action} path={path} action={action} />
        ))}
      {possible.includes('reschedule') && (
        <Button
          icon={<CalendarClock className="size-4" aria-hidden />}
          onClick={() => setMoving(true)}
        >
          Reschedule
        </Button>
      )}
      {may('suppressions:write') && <SuppressMenu email={email} />}
      <Dialog
        isOpen={isMoving}
        onClose={() => setMoving(false)}
        title="Reschedule"
        hint="It goes then, and not before."
      >
        <RescheduleForm path={path} onDone={() => setMoving(false)} />
      </Dialog>
    </>
  )
}

function ActionButton({ path, action }: { path: string; action: Action }) {
  const tell = useToast()
  const { label, done, icon } = actions[action]
  const { isPending, mutate } = useChange<void>(
    () => ({ method: 'POST', path: `${path}/${action}` }),
    [path, changesPath, '/emails'],
  )
  const run = () =>
    mutate(undefined, {
      onSuccess: () => tell({ kind: 'good', title: done }),
      onError: ({ message }) => tell({ kind: 'bad', title: `${label}: not done`, detail: message }),
    })
  return (
    <Button icon={icon} isBusy={isPending} onClick={run}>
      {label}
    </Button>
  )
}

function RescheduleForm({ path, onDone }: { path: string; onDone: () => void }) {
  const [at, setAt] = useState('')
  const { isPending, mutate, error } = useChange<RescheduleEmailBody>(
    (body) => ({ method: 'POST', path: `${path}/reschedule`, body }),
    [path, '/emails'],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    mutate({ scheduled_at: at }, { onSuccess: onDone })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField
        label="New time"
        hint="Such as tomorrow at 9am Europe/Berlin, in 2 hours, or 2026-12-01T09:00:00Z."
        value={at}
        onChange={({ target }) => setAt(target.value)}
        error={faultOf(error) ?? faultOf(error, 'scheduled_at')}
        data-first-focus
        autoComplete="off"
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Leave it</Button>
        <Button type="submit" look="primary" isBusy={isPending}>
          Reschedule
        </Button>
      </div>
    </form>
  )
}

function SuppressMenu({ email }: { email: GetEmailAnswer }) {
  const tell = useToast()
  const { mutate } = useChange<AddSuppressionsBody>(
    (body) => ({ method: 'POST', path: '/suppressions', body }),
    ['/suppressions'],
  )
  const suppress = (address: string) =>
    mutate(
      { addresses: [address] },
      {
        onSuccess: () => tell({ kind: 'good', title: `Nothing is sent to ${address} any more.` }),
        onError: ({ message }) => tell({ kind: 'bad', title: 'Not suppressed', detail: message }),
      },
    )
  return (
    <Menu
      trigger={<Button icon={<Ban className="size-4" aria-hidden />}>Suppress recipient</Button>}
      groups={[
        {
          label: 'Send nothing more to',
          entries: email.deliveries
            .slice(0, 50)
            .map(({ recipient }) => ({ label: recipient, onSelect: () => suppress(recipient) })),
        },
      ]}
    />
  )
}
