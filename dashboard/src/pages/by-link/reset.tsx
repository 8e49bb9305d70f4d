import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { ResetPasswordBody } from '../../api/types.ts'
import { paths } from '../../paths.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { NewPasswordField } from '../../ui/new-password-field.tsx'
import { Problem } from '../../ui/problem.tsx'
import { SignedOut } from '../../ui/signed-out.tsx'
import { linkPath, loadLink, useLink } from './link.ts'

export const title = 'New password'
export const loader = loadLink

export function View() {
  const { token } = useLink()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const change = useChange<ResetPasswordBody>(
    (body) => ({ method: 'POST', path: `${linkPath(token)}/password`, body }),
    [],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!change.isPending) change.mutate({ email, password })
  }
  if (change.isSuccess) {
    return (
      <SignedOut title="Your password is changed">
        <p role="status">
          You are signed out everywhere. Sign in with the new password; your second factor is asked
          for as before.
        </p>
        <Link to={paths.signIn()} className={buttonClass('primary')}>
          Sign in
        </Link>
      </SignedOut>
    )
  }
  return (
    <SignedOut title="Choose a new password" hint="It ends every session you have.">
      <form onSubmit={submit} className="grid gap-4">
        <Problem>{faultOf(change.error)}</Problem>
        <TextField
          label="Email address"
          hint="The one that the link was sent to."
          type="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          error={faultOf(change.error, 'email')}
          required
          autoFocus
        />
        <NewPasswordField
          label="New password"
          value={password}
          onChange={setPassword}
          error={faultOf(change.error, 'password')}
        />
        <Button type="submit" look="primary" isBusy={change.isPending}>
          Set the password
        </Button>
      </form>
    </SignedOut>
  )
}
