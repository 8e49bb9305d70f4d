/** An authenticator app: scanned or typed, then shown to work by a code. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../api/queries.ts'
import { callApi } from '../api/request.ts'
import type { AddTotpBody, BeginTotpAnswer } from '../api/types.ts'
import { Button } from '../ui/button.tsx'
import { CopyValue } from '../ui/copy.tsx'
import { TextField } from '../ui/field.tsx'
import { Problem } from '../ui/problem.tsx'
import { QrCode } from '../ui/qr-code.tsx'
import { factorsChange } from './factor-paths.ts'

/** Each time the form is opened the secret is another one. */
const newSecret = {
  queryKey: ['new totp'],
  queryFn: () => callApi<BeginTotpAnswer>({ method: 'POST', path: '/me/totp' }),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 0,
  retry: false,
}

export function TotpForm({ onDone }: { onDone: () => void }) {
  const { secret, uri } = useSuspenseQuery(newSecret).data
  const [name, setName] = useState('Authenticator app')
  const [code, setCode] = useState('')
  const add = useChange<AddTotpBody>(
    (body) => ({ method: 'POST', path: '/me/totp/confirm', body }),
    factorsChange,
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (add.isPending) return
    add.mutate({ name, code: code.replaceAll(/\s/g, '') }, { onSuccess: onDone })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <p className="text-ink-soft">
        Scan this with an authenticator app, or type the secret into it. Then enter the code it
        shows.
      </p>
      <div className="grid justify-items-center gap-3">
        <QrCode text={uri} label="Code to scan with an authenticator app" />
        <CopyValue value={secret} what="secret" />
      </div>
      <Problem>{faultOf(add.error)}</Problem>
      <TextField
        label="Code shown by the app"
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(event.target.value)}
        error={faultOf(add.error, 'code')}
        isMono
        required
      />
      <TextField
        label="Name"
        hint="So that you know it among others."
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={faultOf(add.error, 'name')}
        required
      />
      <Button type="submit" look="primary" isBusy={add.isPending}>
        Add the app
      </Button>
    </form>
  )
}
