/** Who belongs to the account and as what, and who was invited. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { Ellipsis, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { answerQuery } from '../../api/queries.ts'
import type { ListMembersAnswer, ListRolesAnswer } from '../../api/types.ts'
import { useMay } from '../../frame/session.ts'
import type { LoaderInput } from '../../page.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { useFilters } from '../../ui/filter-bar.tsx'
import { Menu } from '../../ui/menu.tsx'
import { PageHeader } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Time } from '../../ui/time.tsx'
import { Invitations, invitationsQuery } from './invitations.tsx'
import { InviteDialog } from './member-invite.tsx'
import { RemoveDialog } from './member-remove.tsx'
import { type Member, RoleDialog } from './member-role.tsx'
import { roleName } from './role-fields.tsx'

const membersQuery = answerQuery<ListMembersAnswer>('/members')
const rolesQuery = answerQuery<ListRolesAnswer>('/roles')

export const title = 'Members'

export function loader({ client }: LoaderInput) {
  return Promise.all([
    client.ensureQueryData(membersQuery),
    client.ensureQueryData(invitationsQuery),
    client.ensureQueryData(rolesQuery),
  ])
}

export function View() {
  const members = useSuspenseQuery(membersQuery).data.data
  const invitations = useSuspenseQuery(invitationsQuery).data.data
  const known = useSuspenseQuery(rolesQuery).data
  const [{ open, tab = 'members' }, show] = useFilters(['open', 'tab'])
  const [changing, setChanging] = useState<Member>()
  const [removing, setRemoving] = useState<Member>()
  const mayChange = useMay()('members:write')
  return (
    <>
      <PageHeader
        title="Members"
        hint="The people of this account, and what each may do."
        actions={
          mayChange && (
            <Button
              look="primary"
              icon={<UserPlus className="size-4" aria-hidden />}
              onClick={() => show({ open: 'invite' })}
            >
              Invite somebody
            </Button>
          )
        }
      />
      <Tabs
        label="People"
        value={tab}
        onChange={(id) => show({ tab: id === 'members' ? '' : id })}
        tabs={[
          {
            id: 'members',
            label: 'Members',
            count: members.length,
            content:
              members.length === 0 ? (
                <Empty icon={<UserPlus aria-hidden />} title="No member yet">
                  Invite the first owner of this account.
                </Empty>
              ) : (
                <Table
                  label="Members"
                  rows={members}
                  rowKey={({ id }) => id}
                  columns={columnsOf(mayChange ? { setChanging, setRemoving } : undefined)}
                />
              ),
          },
          {
            id: 'invitations',
            label: 'Invitations',
            count: invitations.length,
            content: <Invitations />,
          },
        ]}
      />
      <InviteDialog
        isOpen={mayChange && open === 'invite'}
        onClose={() => show({ open: '' })}
        known={known}
      />
      <RoleDialog
        {...(changing && { member: changing })}
        known={known}
        onClose={() => setChanging(undefined)}
      />
      <RemoveDialog
        {...(removing && { member: removing })}
        onClose={() => setRemoving(undefined)}
      />
    </>
  )
}

interface Doing {
  setChanging: (member: Member) => void
  setRemoving: (member: Member) => void
}

function columnsOf(doing: Doing | undefined): Column<Member>[] {
  const columns: Column<Member>[] = [
    { name: 'Name', cell: nameCell },
    { name: 'Address', from: 'md', isWide: true, cell: ({ email }) => email },
    { name: 'Role', cell: ({ role }) => roleName(role) },
    { name: 'Second factor', from: 'sm', cell: factorCell },
    { name: 'Last sign-in', from: 'lg', cell: signInCell },
  ]
  if (!doing) return columns
  return [...columns, { name: 'Do', cell: (member) => <MemberMenu member={member} {...doing} /> }]
}

function nameCell({ name, is_self: isSelf }: Member) {
  return (
    <span className="font-medium">
      {name}
      {isSelf && <span className="font-normal text-ink-soft"> (you)</span>}
    </span>
  )
}

function factorCell({ factors }: Member) {
  return factors > 0 ? <Badge tone="good">On</Badge> : <Badge tone="warn">None</Badge>
}

function signInCell({ last_sign_in_at: at }: Member) {
  return at === null ? <span className="text-ink-soft">not lately</span> : <Time at={at} />
}

function MemberMenu({ member, setChanging, setRemoving }: Doing & { member: Member }) {
  return (
    <Menu
      trigger={
        <IconButton label={`Change ${member.name}`}>
          <Ellipsis aria-hidden />
        </IconButton>
      }
      groups={[
        { entries: [{ label: 'Change role', onSelect: () => setChanging(member) }] },
        {
          entries: [
            {
              label: member.is_self ? 'Leave the account' : 'Remove from the account',
              isDanger: true,
              onSelect: () => setRemoving(member),
            },
          ],
        },
      ]}
    />
  )
}
