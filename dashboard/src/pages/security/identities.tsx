import { useSuspenseQuery } from '@tanstack/react-query'
import { LogIn, Unlink } from 'lucide-react'
import { useState } from 'react'
import { answerQuery, useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { ListMyIdentitiesAnswer } from '../../api/types.ts'
import { signInOptions } from '../../frame/single-sign-on.ts'
import { IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Card } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'

const identitiesPath = '/me/identities'
export const identitiesQuery = answerQuery<ListMyIdentitiesAnswer>(identitiesPath)

type Identity = ListMyIdentitiesAnswer['data'][number]

/** Left out where there is no provider and never was one. */
export function Identities() {
  const { data: identities } = useSuspenseQuery(identitiesQuery).data
  const { single_sign_on: offered } = useSuspenseQuery(signInOptions).data
  const [removing, setRemoving] = useState<Identity>()
  if (!offered && identities.length === 0) return null
  const nameOf = ({ is_current: isCurrent }: Identity) =>
    isCurrent && offered ? offered.name : 'A provider of before'
  return (
    <Card
      title="Single sign-on"
      hint="In the place of your password: the provider says that it is you."
    >
      {identities.length === 0 ? (
        <Empty icon={<LogIn aria-hidden />} title="Not linked yet">
          Sign in with {offered?.name} once, by the same address, and it is.
        </Empty>
      ) : (
        <ul className="grid divide-y divide-line">
          {identities.map((identity) => (
            <li key={identity.id} className="flex items-center gap-3.5 py-3 first:pt-0 last:pb-0">
              <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent-ink">
                <LogIn className="size-4.5" aria-hidden />
              </span>
              <div className="grid min-w-0 grow">
                <span className="truncate font-medium">{nameOf(identity)}</span>
                <span className="text-[0.8125rem] text-ink-soft">
                  {identity.is_current ? 'Linked ' : 'Lets in nobody any more, linked '}
                  <Time at={identity.linked_at} />
                </span>
              </div>
              <IconButton
                label={`Unlink ${nameOf(identity)}`}
                onClick={() => setRemoving(identity)}
              >
                <Unlink aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {removing && (
        <UnlinkDialog
          identity={removing}
          name={nameOf(removing)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </Card>
  )
}

function UnlinkDialog({
  identity,
  name,
  onClose,
}: {
  identity: Identity
  name: string
  onClose: () => void
}) {
  const tell = useToast()
  const unlink = useChange<string>(
    (id) => ({ method: 'DELETE', path: `${identitiesPath}/${segment(id)}` }),
    [identitiesPath],
  )
  const confirm = () =>
    unlink.mutate(identity.id, {
      onSuccess: () => {
        onClose()
        tell({ kind: 'good', title: `${name} is unlinked` })
      },
      onError: ({ message }) => {
        onClose()
        tell({ kind: 'bad', title: `${name} stays linked`, detail: message })
      },
    })
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={confirm}
      title={`Unlink ${name}?`}
      phrase={name}
      action="Unlink it"
      isBusy={unlink.isPending}
    >
      <p>
        It no longer lets you in. Whoever signs in there with your verified address is linked to you
        again, so also tell who runs it when somebody else has your place there.
      </p>
    </ConfirmDialog>
  )
}
