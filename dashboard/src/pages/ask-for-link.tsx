/** Asks for a mail with a link. What is shown afterwards never tells whether there is such a person. */
import { Link } from '@tanstack/react-router'
import { MailCheck } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { faultOf, useChange } from '../api/queries.ts'
import { paths } from '../paths.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { Problem } from '../ui/problem.tsx'
import { SignedOut } from '../ui/signed-out.tsx'

export interface AskForLinkProps {
  title: string
  hint: string
  action: string
  /** Below /api. */
  path: string
  /** For how long the link is good. */
  lifetime: string
  /** What does the same without mail. */
  otherWay?: ReactNode
}

export function AskForLink(props: AskForLinkProps) {
  const { title, hint, action, path, lifetime, otherWay } = props
  const [email, setEmail] = useState('')
  const change = useChange<{ email: string }>((body) => ({ method: 'POST', path, body }), [])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!change.isPending) change.mutate({ email })
  }
  if (change.isSuccess) {
    return (
      <SignedOut title="Look into your mail">
        <div className="grid justify-items-center gap-3 text-center" role="status">
          <MailCheck className="size-8 text-accent-ink" aria-hidden />
          <p>
            If <strong className="break-all">{email}</strong> is an address we may write to, a
            message with a link is on its way. It works once, for {lifetime}.
          </p>
          <p className="text-ink-soft">Nothing came? Look among the junk, or try again later.</p>
        </div>
        <Link to={paths.signIn()} className={buttonClass()}>
          Back to signing in
        </Link>
      </SignedOut>
    )
  }
  return (
    <SignedOut title={title} hint={hint}>
      <form onSubmit={submit} className="grid gap-4">
        <Problem>{faultOf(change.error)}</Problem>
        <TextField
          label="Email address"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          error={faultOf(change.error, 'email')}
          required
          autoFocus
        />
        <Button type="submit" look="primary" isBusy={change.isPending}>
          {action}
        </Button>
      </form>
      {otherWay}
      <Link to={paths.signIn()} className={buttonClass('quiet')}>
        Back to signing in
      </Link>
    </SignedOut>
  )
}
