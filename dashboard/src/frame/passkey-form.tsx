/** A passkey, made by this device or by one that is held to it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { callApi } from '../api/request.ts'
import type { AddPasskeyBody, MakePasskeyOptionsAnswer } from '../api/types.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { Problem } from '../ui/problem.tsx'
import { factorsChange } from './factor-paths.ts'
import { asPasskeyFault } from './passkey.ts'

export function PasskeyForm({ onDone }: { onDone: () => void }) {
  const [name, setName] = useState('This device')
  const client = useQueryClient()
  const add = useMutation({
    mutationFn: () => makePasskey(name),
    onSuccess: async () => {
      await Promise.all(factorsChange.map((path) => client.invalidateQueries({ queryKey: [path] })))
      onDone()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!add.isPending) add.mutate()
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <p className="text-ink-soft">
        Your device asks for your fingerprint, your face or its own code, and keeps the key. You can
        then sign in with it alone.
      </p>
      <Problem>{add.error?.message}</Problem>
      <TextField
        label="Name"
        hint="So that you know it among others."
        value={name}
        onChange={(event) => setName(event.target.value)}
        required
      />
      <Button
        type="submit"
        look="primary"
        icon={<Fingerprint className="size-4" aria-hidden />}
        isBusy={add.isPending}
      >
        Make the passkey
      </Button>
    </form>
  )
}

async function makePasskey(name: string): Promise<void> {
  const { startRegistration } = await import('@simplewebauthn/browser')
  const options = await callApi<MakePasskeyOptionsAnswer>({
    method: 'POST',
    path: '/me/passkey-options',
  })
  const { challenge, rp, user, algorithms, existing, timeout_ms: timeout } = options
  const { id, response } = await startRegistration({
    optionsJSON: {
      ...{ challenge, rp, timeout },
      user: { id: user.id, name: user.name, displayName: user.display_name },
      pubKeyCredParams: algorithms.map((alg) => ({ alg, type: 'public-key' })),
      excludeCredentials: existing.map((one) => ({ id: one, type: 'public-key' })),
      attestation: 'none',
      // Kept in the device, so that it can say whose it is.
      authenticatorSelection: {
        residentKey: 'preferred',
        requireResidentKey: false,
        userVerification: 'required',
      },
    },
  }).catch(asPasskeyFault)
  const body: AddPasskeyBody = {
    ...{ name, challenge },
    credential_id: id,
    client_data_json: response.clientDataJSON,
    attestation_object: response.attestationObject,
  }
  await callApi({ method: 'POST', path: '/me/passkeys', body })
}
