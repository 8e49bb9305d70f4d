import { useSuspenseQuery } from '@tanstack/react-query'
import { Ellipsis, MailPlus } from 'lucide-react'
import { answerQuery, useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { ListInvitationsAnswer } from '../../api/types.ts'
import { useMay } from '../../frame/session.ts'
import { IconButton } from '../../ui/button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Empty } from '../../ui/states.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'
import { roleName } from './role-fields.tsx'

export const invitationsQuery = answerQuery<ListInvitationsAnswer>('/invitations')
type Invitation = ListInvitationsAnswer['data'][number]

export function Invitations() {
  const { data } = useSuspenseQuery(invitationsQuery).data
  const may = useMay()
  const columns: Column<Invitation>[] = [
    { name: 'Address', isWide: true, cell: ({ email }) => email },
    { name: 'Role', cell: ({ role }) => roleName(role) },
    { name: 'Sent', from: 'sm', cell: ({ created_at: at }) => <Time at={at} /> },
    { name: 'Until', from: 'md', cell: ({ expires_at: at }) => <Time at={at} isAbsolute /> },
    ...(may('members:write')
      ? [{ name: 'Do', cell: (one: Invitation) => <InvitationMenu invitation={one} /> }]
      : []),
  ]
  if (data.length === 0) {
    return (
      <Empty icon={<MailPlus aria-hidden />} title="No open invitations">
        Who was invited stands here until they come, for at most seven days.
      </Empty>
    )
  }
  return <Table label="Invitations" rows={data} columns={columns} rowKey={({ id }) => id} />
}

function InvitationMenu({ invitation: { id, email } }: { invitation: Invitation }) {
  const tell = useToast()
  const path = `/invitations/${segment(id)}`
  const again = useChange<void>(
    () => ({ method: 'POST', path: `${path}/resend` }),
    ['/invitations'],
  )
  const revoke = useChange<void>(() => ({ method: 'DELETE', path }), ['/invitations'])
  const failed = (title: string) => (error: Error) =>
    tell({ kind: 'bad', title, detail: error.message })
  return (
    <Menu
      trigger={
        <IconButton label={`Invitation of ${email}`}>
          <Ellipsis aria-hidden />
        </IconButton>
      }
      groups={[
        {
          entries: [
            {
              label: 'Send again',
              onSelect: () =>
                again.mutate(undefined, {
                  onSuccess: () => tell({ kind: 'good', title: 'Invitation sent', detail: email }),
                  onError: failed('The invitation was not sent'),
                }),
            },
            {
              label: 'Take back',
              isDanger: true,
              onSelect: () =>
                revoke.mutate(undefined, {
                  onSuccess: () => tell({ kind: 'good', title: 'Invitation taken back' }),
                  onError: failed('The invitation still stands'),
                }),
            },
          ],
        },
      ]}
    />
  )
}
