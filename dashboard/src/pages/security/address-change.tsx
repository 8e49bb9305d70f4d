/** Asking for another address, and what waits to be confirmed. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { answerQuery, faultOf, useChange } from '../../api/queries.ts'
import type { AskAddressBody, GetAddressChangeAnswer } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Problem } from '../../ui/problem.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'

const addressPath = '/me/address'
export const addressQuery = answerQuery<GetAddressChangeAnswer>(addressPath)

export function AddressForm({ onDone }: { onDone: () => void }) {
  const [email, setEmail] = useState('')
  const tell = useToast()
  const ask = useChange<AskAddressBody>(
    (body) => ({ method: 'PUT', path: addressPath, body }),
    [addressPath],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ask.isPending) return
    const onSuccess = () => {
      onDone()
      tell({ kind: 'good', title: 'A link is on its way to the new address' })
    }
    ask.mutate({ email }, { onSuccess })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Problem>{faultOf(ask.error)}</Problem>
      <TextField
        label="New address"
        hint="A link goes there, for 20 minutes. Open it in this browser; until then the old address stays."
        type="email"
        autoComplete="email"
        value={email}
        onChange={({ target }) => setEmail(target.value)}
        error={faultOf(ask.error, 'email')}
        required
        data-first-focus
      />
      <Button type="submit" look="primary" isBusy={ask.isPending}>
        Send the link
      </Button>
    </form>
  )
}

export function PendingAddress() {
  const { change } = useSuspenseQuery(addressQuery).data
  const callOff = useChange<void>(() => ({ method: 'DELETE', path: addressPath }), [addressPath])
  if (!change) return null
  return (
    <div className="mt-4 grid gap-2 rounded-lg bg-warn-soft px-3 py-2.5">
      <p>
        <strong className="wrap-anywhere">{change.email}</strong> waits for its link, until{' '}
        <Time at={change.expires_at} isAbsolute />. Nothing has changed yet.
      </p>
      <Button
        size="sm"
        className="justify-self-start"
        isBusy={callOff.isPending}
        onClick={() => callOff.mutate()}
      >
        Call it off
      </Button>
      <Problem>{callOff.error?.message}</Problem>
    </div>
  )
}
