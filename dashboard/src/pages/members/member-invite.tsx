import { useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { InviteAnswer, InviteBody, ListRolesAnswer } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { type ChosenRole, RoleFields, roleBody } from './role-fields.tsx'

export function InviteDialog({
  isOpen,
  onClose,
  known,
}: {
  isOpen: boolean
  onClose: () => void
  known: ListRolesAnswer
}) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Invite somebody"
      hint="They get a mail with a link that works once, for seven days, and only for that address."
      width="lg"
    >
      <InviteForm onClose={onClose} known={known} />
    </Dialog>
  )
}

function InviteForm({ onClose, known }: { onClose: () => void; known: ListRolesAnswer }) {
  const tell = useToast()
  const [email, setEmail] = useState('')
  const [chosen, setChosen] = useState<ChosenRole>({ role: 'developer', scopes: [] })
  const invite = useChange<InviteBody, InviteAnswer>(
    (body) => ({ method: 'POST', path: '/invitations', body }),
    ['/invitations'],
  )
  const send = () =>
    invite.mutate(
      { email, ...roleBody(chosen) },
      {
        onSuccess: () => {
          tell({ kind: 'good', title: 'Invitation sent', detail: email })
          onClose()
        },
      },
    )
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <TextField
        label="Email address"
        type="email"
        required
        value={email}
        onChange={({ target }) => setEmail(target.value)}
        error={faultOf(invite.error, 'email')}
        autoComplete="off"
        data-first-focus
      />
      <RoleFields
        known={known}
        chosen={chosen}
        onChange={setChosen}
        error={faultOf(invite.error, 'scopes') ?? faultOf(invite.error, 'role')}
      />
      {faultOf(invite.error) && (
        <p role="alert" className="text-bad">
          {faultOf(invite.error)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Not now</Button>
        <Button type="submit" look="primary" isBusy={invite.isPending}>
          Send invitation
        </Button>
      </div>
    </form>
  )
}
