/** Removing a member: what it touches is shown first, and their name is typed. */
import { useQuery } from '@tanstack/react-query'
import { answerQuery, useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { GetMemberImpactAnswer } from '../../api/types.ts'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Loading } from '../../ui/states.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'
import type { Member } from './member-role.tsx'

export function RemoveDialog({ member, onClose }: { member?: Member; onClose: () => void }) {
  const tell = useToast()
  const remove = useChange<string>(
    (id) => ({ method: 'DELETE', path: `/members/${segment(id)}` }),
    ['/members'],
  )
  const confirm = () => {
    if (!member) return
    remove.mutate(member.id, {
      onSuccess: () => tell({ kind: 'good', title: `${member.name} is no member any more` }),
      onError: ({ message }) =>
        tell({ kind: 'bad', title: `${member.name} was not removed`, detail: message }),
      onSettled: onClose,
    })
  }
  return (
    <ConfirmDialog
      isOpen={member !== undefined}
      onClose={onClose}
      onConfirm={confirm}
      title={`Remove ${member?.name ?? ''}`}
      phrase={member?.name ?? ''}
      action="Remove member"
      isBusy={remove.isPending}
    >
      {member && <Impact member={member} />}
    </ConfirmDialog>
  )
}

function Impact({ member }: { member: Member }) {
  const { data, error } = useQuery(
    answerQuery<GetMemberImpactAnswer>(`/members/${segment(member.id)}/impact`),
  )
  if (error) return <p role="alert">{error.message}</p>
  if (!data) return <Loading lines={3} label="Looking at what this touches" />
  const { sessions, keys } = data
  return (
    <>
      <p>
        {sessions === 0
          ? 'They are not signed in here now.'
          : `${sessions === 1 ? 'One open session' : `${sessions} open sessions`} in this account end at once.`}
      </p>
      {keys.length === 0 ? (
        <p>No live API key was made by them, as far as is on record.</p>
      ) : (
        <>
          <p>
            {keys.length === 1 ? 'One API key' : `${keys.length} API keys`} they made will go on
            working. Revoke or roll what they may know:
          </p>
          <ul className="grid max-h-40 gap-1 overflow-y-auto">
            {keys.map(({ id, name, last_used_at: used }) => (
              <li key={id} className="flex flex-wrap justify-between gap-x-4 text-ink">
                <span>{name}</span>
                <span className="text-ink-soft">
                  {used === null ? 'never used' : <Time at={used} />}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
