import { useSuspenseQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { ChangePasswordBody, GetSignInOptionsAnswer, RenameMeBody } from '../../api/types.ts'
import { sessionsPath } from '../../frame/factor-paths.ts'
import { sessionPath, useSession } from '../../frame/session.ts'
import { signInOptions } from '../../frame/single-sign-on.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { NewPasswordField } from '../../ui/new-password-field.tsx'
import { Card, DefinitionList } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { useToast } from '../../ui/toast.tsx'
import { AddressForm, PendingAddress } from './address-change.tsx'

export function Profile() {
  const { user } = useSession()
  const [open, setOpen] = useState<'name' | 'address' | 'password'>()
  const { single_sign_on: offered } = useSuspenseQuery(signInOptions).data
  const close = () => setOpen(undefined)
  return (
    <Card
      title="You"
      actions={
        <>
          <Button size="sm" onClick={() => setOpen('name')}>
            Change name
          </Button>
          <Button size="sm" onClick={() => setOpen('address')}>
            Change address
          </Button>
          {!offered?.required && (
            <Button size="sm" onClick={() => setOpen('password')}>
              {user.has_password ? 'Change password' : 'Set a password'}
            </Button>
          )}
        </>
      }
    >
      <DefinitionList
        entries={[
          ['Name', user.name],
          ['Address', user.email],
          ['Password', passwordWords(user.has_password, offered)],
        ]}
      />
      <Dialog isOpen={open === 'name'} onClose={close} title="Your name">
        <NameForm onDone={close} />
      </Dialog>
      <PendingAddress />
      <Dialog
        isOpen={open === 'address'}
        onClose={close}
        title="Your address"
        hint="You sign in with it, and Postern writes to it."
      >
        <AddressForm onDone={close} />
      </Dialog>
      <Dialog
        isOpen={open === 'password'}
        onClose={close}
        title="New password"
        hint="It signs you out everywhere but here."
      >
        <PasswordForm onDone={close} />
      </Dialog>
    </Card>
  )
}

function passwordWords(
  hasPassword: boolean,
  offered: GetSignInOptionsAnswer['single_sign_on'],
): string {
  if (offered?.required) return `Not taken: everybody signs in with ${offered.name}`
  if (hasPassword) return 'Set'
  return offered
    ? `None: you sign in with ${offered.name} or a passkey`
    : 'None: you sign in by passkey alone'
}

function NameForm({ onDone }: { onDone: () => void }) {
  const { user } = useSession()
  const [name, setName] = useState(user.name)
  const rename = useChange<RenameMeBody>(
    (body) => ({ method: 'PATCH', path: '/me', body }),
    [sessionPath],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!rename.isPending) rename.mutate({ name }, { onSuccess: onDone })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Problem>{faultOf(rename.error)}</Problem>
      <TextField
        label="Name"
        autoComplete="name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={faultOf(rename.error, 'name')}
        required
        data-first-focus
      />
      <Button type="submit" look="primary" isBusy={rename.isPending}>
        Save
      </Button>
    </form>
  )
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const [password, setPassword] = useState('')
  const tell = useToast()
  const change = useChange<ChangePasswordBody>(
    (body) => ({ method: 'PUT', path: '/me/password', body }),
    [sessionPath, sessionsPath],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (change.isPending) return
    change.mutate(
      { password },
      {
        onSuccess: () => {
          onDone()
          tell({ kind: 'good', title: 'Your password is changed' })
        },
      },
    )
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Problem>{faultOf(change.error)}</Problem>
      <NewPasswordField
        label="New password"
        value={password}
        onChange={setPassword}
        error={faultOf(change.error, 'password')}
      />
      <Button type="submit" look="primary" isBusy={change.isPending}>
        Set the password
      </Button>
    </form>
  )
}
