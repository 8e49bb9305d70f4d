/** Makes a person by a link, and signs them in. */
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { BecomePersonBody, GetLinkAnswer } from '../../api/types.ts'
import { useSignIn } from '../../frame/sign-in.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { NewPasswordField } from '../../ui/new-password-field.tsx'
import { Problem } from '../../ui/problem.tsx'
import { linkPath } from './link.ts'

export function PersonForm({
  token,
  link,
  next,
}: {
  token: string
  link: GetLinkAnswer
  /** Where they go on to. */
  next: string
}) {
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [accountName, setAccountName] = useState('')
  const isSignUp = link.purpose === 'sign_up'
  const make = useChange<BecomePersonBody>(
    (body) => ({ method: 'POST', path: `${linkPath(token)}/person`, body }),
    [],
  )
  const signIn = useSignIn(next)
  const isBusy = make.isPending || signIn.isPending || signIn.isSuccess
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isBusy) return
    const named = isSignUp && accountName.trim() !== '' ? { account_name: accountName } : {}
    make.mutate(
      { name, email, password, ...named },
      { onSuccess: () => signIn.mutate({ email, password }) },
    )
  }
  const fault = (field: string) => faultOf(make.error, field)
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Problem>{faultOf(make.error) ?? signIn.error?.message}</Problem>
      <TextField
        label="Your name"
        autoComplete="name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={fault('name')}
        required
        autoFocus
      />
      <TextField
        label="Email address"
        type="email"
        autoComplete="username"
        {...(link.is_bound && { hint: 'The one that the link was sent to.' })}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={fault('email')}
        required
      />
      {isSignUp && (
        <TextField
          label="Name of the account"
          hint="Your company or project, as members see it."
          autoComplete="organization"
          value={accountName}
          onChange={(event) => setAccountName(event.target.value)}
          error={fault('account_name')}
          isOptional
        />
      )}
      <NewPasswordField value={password} onChange={setPassword} error={fault('password')} />
      <Button type="submit" look="primary" isBusy={isBusy}>
        Go on
      </Button>
    </form>
  )
}
