import { useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { ChangeMemberBody, ListMembersAnswer, ListRolesAnswer } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useToast } from '../../ui/toast.tsx'
import { type ChosenRole, RoleFields, roleBody } from './role-fields.tsx'

export type Member = ListMembersAnswer['data'][number]

interface Props {
  member: Member
  known: ListRolesAnswer
  onClose: () => void
}

export function RoleDialog({ member, ...rest }: Omit<Props, 'member'> & { member?: Member }) {
  return (
    <Dialog
      isOpen={member !== undefined}
      onClose={rest.onClose}
      title={`Role of ${member?.name ?? ''}`}
      hint="Their sessions in this account end; they sign in again with the new role."
      width="lg"
    >
      {member && <RoleForm member={member} {...rest} />}
    </Dialog>
  )
}

function RoleForm({ member, known, onClose }: Props) {
  const tell = useToast()
  const [chosen, setChosen] = useState<ChosenRole>({
    role: member.role,
    scopes: member.scopes ?? [],
  })
  const change = useChange<ChangeMemberBody>(
    (body) => ({ method: 'PATCH', path: `/members/${segment(member.id)}`, body }),
    ['/members'],
  )
  const save = () =>
    change.mutate(roleBody(chosen), {
      onSuccess: () => {
        tell({ kind: 'good', title: `The role of ${member.name} is changed` })
        onClose()
      },
    })
  const general = faultOf(change.error)
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <RoleFields
        known={known}
        chosen={chosen}
        onChange={setChosen}
        error={faultOf(change.error, 'scopes')}
      />
      {general && (
        <p role="alert" className="text-bad">
          {general}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep the role</Button>
        <Button type="submit" look="primary" isBusy={change.isPending}>
          Change role
        </Button>
      </div>
    </form>
  )
}
