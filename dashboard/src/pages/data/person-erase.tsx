/** A person is erased by their address: what would go is shown first, and the address is typed again. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { answerQuery, faultOf, useChange } from '../../api/queries.ts'
import type {
  ErasePersonAnswer,
  ErasePersonBody,
  ListErasuresAnswer,
  PreviewErasureAnswer,
  PreviewErasureBody,
} from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Checkbox, TextField } from '../../ui/field.tsx'
import { Card } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'

const erasuresPath = '/erasures'
const lookAgainMs = 3_000

export const erasuresQuery = {
  ...answerQuery<ListErasuresAnswer>(erasuresPath),
  // While one is under way its page follows it.
  refetchInterval: ({ state }: { state: { data?: ListErasuresAnswer | undefined } }) =>
    state.data?.data.some((one) => one.state === 'running') ? lookAgainMs : (false as const),
}

export function PersonErase() {
  const [address, setAddress] = useState('')
  const [found, setFound] = useState<{ address: string; data: PreviewErasureAnswer }>()
  const look = useChange<PreviewErasureBody, PreviewErasureAnswer>(
    (body) => ({ method: 'POST', path: `${erasuresPath}/preview`, body }),
    [],
  )
  const search = (event: FormEvent) => {
    event.preventDefault()
    const wanted = address.trim()
    look.mutate({ address: wanted }, { onSuccess: (data) => setFound({ address: wanted, data }) })
  }
  return (
    <Card
      title="Erase a person"
      hint="For who asks to be forgotten: every message that went to their address goes, for its other recipients as well."
    >
      <div className="grid gap-5">
        <form onSubmit={search} className="flex flex-wrap items-start gap-2">
          <div className="min-w-56 grow">
            <TextField
              label="Their address"
              type="email"
              autoComplete="off"
              spellCheck={false}
              value={address}
              onChange={({ target }) => setAddress(target.value)}
              error={faultOf(look.error, 'address') ?? faultOf(look.error)}
            />
          </div>
          <Button
            type="submit"
            className="mt-[1.625rem]"
            disabled={address.trim() === ''}
            isBusy={look.isPending}
          >
            Look what is kept
          </Button>
        </form>
        <Erasures />
      </div>
      {found && <EraseDialog {...found} onClose={() => setFound(undefined)} />}
    </Card>
  )
}

function EraseDialog({
  address,
  data,
  onClose,
}: {
  address: string
  data: PreviewErasureAnswer
  onClose: () => void
}) {
  const tell = useToast()
  const [lifts, setLifts] = useState(false)
  const erase = useChange<ErasePersonBody, ErasePersonAnswer>(
    (body) => ({ method: 'POST', path: erasuresPath, body }),
    [erasuresPath],
  )
  const confirm = () =>
    erase.mutate(
      { address, lift_suppression: lifts },
      {
        onSuccess: () => tell({ kind: 'good', title: 'The erasure is under way' }),
        onError: ({ message }) =>
          tell({ kind: 'bad', title: 'Nothing was erased', detail: message }),
        onSettled: onClose,
      },
    )
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={confirm}
      title="Erase a person"
      phrase={address}
      action="Erase for good"
      isBusy={erase.isPending}
    >
      <p className="text-ink">{countWords(data)}</p>
      <p>
        Contents, attachments, deliveries, attempts, events and links of these messages go, and
        stored bodies of requests with them. Nothing brings them back. Usage and statistics keep
        their numbers.
      </p>
      {data.is_suppressed && (
        <Checkbox
          label="Forget the suppression as well"
          hint="It stays as a keyed hash without the address, so that nobody writes to this person again. Without it the next message goes there."
          checked={lifts}
          onChange={({ target }) => setLifts(target.checked)}
        />
      )}
    </ConfirmDialog>
  )
}

function countWords({ messages, waiting, is_whole: isWhole }: PreviewErasureAnswer): string {
  const some = messages === 1 ? 'One message' : `${messages} messages`
  const found =
    messages === 0
      ? 'No message to this address was found.'
      : `${some} went, or ${messages === 1 ? 'is' : 'are'} to go, to this address.`
  const cancelled = waiting === 0 ? '' : ` ${waiting} of them not delivered yet: cancelled.`
  const older = isWhole ? '' : ' Older messages were not counted; they go as well.'
  return `${found}${cancelled}${older}`
}

function Erasures() {
  const { data } = useSuspenseQuery(erasuresQuery).data
  if (data.length === 0) return null
  return (
    <section aria-label="Erasures" className="grid gap-2">
      <h3 className="font-medium">Erasures of the last 90 days</h3>
      <ul className="grid gap-1.5" aria-live="polite">
        {data.map(({ id, state, messages, created_at: at }) => (
          <li key={id} className="flex flex-wrap justify-between gap-x-4 text-ink-soft">
            <span className="text-ink">
              {state === 'done' ? 'Done' : 'Under way'},{' '}
              {messages === 1 ? '1 message' : `${messages} messages`} erased
            </span>
            <Time at={at} />
          </li>
        ))}
      </ul>
      <p className="text-[0.8125rem] text-ink-soft">
        Whose they were is not kept. Messages that are on their way, or not counted yet, follow
        within minutes.
      </p>
    </section>
  )
}
