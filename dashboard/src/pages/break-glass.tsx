/** For who is shut out by the allow list of the dashboard: one asks with a recovery code, another one approves. */
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { browserPublicKey } from '../api/browser-key.ts'
import { faultOf } from '../api/queries.ts'
import { callApi } from '../api/request.ts'
import type { ApproveBreakGlassBody, AskBreakGlassAnswer, AskBreakGlassBody } from '../api/types.ts'
import { FactorForm } from '../frame/factor-form.tsx'
import { paths } from '../paths.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy.tsx'
import { TextField } from '../ui/field.tsx'
import { Problem } from '../ui/problem.tsx'
import { SignedOut } from '../ui/signed-out.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { Time } from '../ui/time.tsx'

export const title = 'Shut out'

export function View() {
  const [asked, setAsked] = useState<AskBreakGlassAnswer>()
  const [isOpen, setOpen] = useState(false)
  if (asked) return <Waiting asked={asked} />
  if (isOpen) return <Opened />
  const tabs = [
    { id: 'ask', label: 'I am shut out', content: <AskForm onAsked={setAsked} /> },
    {
      id: 'approve',
      label: 'I approve it',
      content: <ApproveForm onOpen={() => setOpen(true)} />,
    },
  ]
  return (
    <SignedOut
      title="Shut out by the allow list?"
      hint="Two owners or admins of the account open its dashboard to every network. Nobody can do it alone."
    >
      <Tabs label="Who you are" tabs={tabs} />
      <Link to={paths.signIn()} className={buttonClass('quiet')}>
        Back to signing in
      </Link>
    </SignedOut>
  )
}

type Shown = Pick<AskBreakGlassBody, 'email' | 'password'>

/** A change by who is not signed in, proven by the key of this browser. */
function useShown<Given extends object, Answer>(path: string, onSuccess: (answer: Answer) => void) {
  return useMutation({
    mutationFn: async (given: Given) =>
      callApi<Answer>({
        method: 'POST',
        path,
        body: { ...given, browser_key: await browserPublicKey() },
      }),
    onSuccess,
  })
}

function AskForm({ onAsked }: { onAsked: (asked: AskBreakGlassAnswer) => void }) {
  const [shown, setShown] = useState<Shown>({ email: '', password: '' })
  const [code, setCode] = useState('')
  const ask = useShown<Omit<AskBreakGlassBody, 'browser_key'>, AskBreakGlassAnswer>(
    '/break-glass',
    onAsked,
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ask.isPending) ask.mutate({ ...shown, recovery_code: code })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Problem>{faultOf(ask.error)}</Problem>
      <PersonFields shown={shown} onChange={setShown} error={faultOf(ask.error, 'email')} />
      <TextField
        label="Recovery code"
        hint="One of those you wrote down. It is spent by this; an authenticator or passkey does not count here."
        value={code}
        onChange={({ target }) => setCode(target.value)}
        autoComplete="off"
        spellCheck={false}
        isMono
        required
      />
      <Button type="submit" look="primary" isBusy={ask.isPending}>
        Ask for a second person
      </Button>
    </form>
  )
}

function ApproveForm({ onOpen }: { onOpen: () => void }) {
  const [shown, setShown] = useState<Shown>({ email: '', password: '' })
  const [code, setCode] = useState('')
  const [isShowing, setShowing] = useState(false)
  const approve = useShown<Omit<ApproveBreakGlassBody, 'browser_key'>, unknown>(
    '/break-glass/approval',
    onOpen,
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setShowing(true)
  }
  if (isShowing) {
    return (
      <div className="grid gap-4">
        <FactorForm<ApproveBreakGlassBody['factor']>
          types={['totp', 'passkey', 'recovery']}
          passkeys={[]}
          action="Open the dashboard"
          isBusy={approve.isPending}
          error={faultOf(approve.error)}
          onFactor={(factor) => approve.mutate({ ...shown, code, factor })}
        />
        <Button look="quiet" onClick={() => setShowing(false)}>
          Change what I typed
        </Button>
      </div>
    )
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Problem>{faultOf(approve.error)}</Problem>
      <TextField
        label="Code of the request"
        hint="Eight characters, from the one who is shut out. Speak with them: you let in every network."
        value={code}
        onChange={({ target }) => setCode(target.value)}
        autoComplete="off"
        spellCheck={false}
        isMono
        required
      />
      <PersonFields shown={shown} onChange={setShown} error={faultOf(approve.error, 'email')} />
      <Button type="submit" look="primary">
        Go on
      </Button>
    </form>
  )
}

function PersonFields({
  shown,
  onChange,
  error,
}: {
  shown: Shown
  onChange: (shown: Shown) => void
  error: string | undefined
}) {
  return (
    <>
      <TextField
        label="Your email address"
        type="email"
        autoComplete="username"
        value={shown.email}
        onChange={({ target }) => onChange({ ...shown, email: target.value })}
        error={error}
        required
      />
      <TextField
        label="Your password"
        type="password"
        autoComplete="current-password"
        value={shown.password}
        onChange={({ target }) => onChange({ ...shown, password: target.value })}
        required
      />
    </>
  )
}

function Waiting({ asked: { code, expires_at: until } }: { asked: AskBreakGlassAnswer }) {
  return (
    <SignedOut title="Now a second person" hint="Nothing is open yet.">
      <div className="grid gap-3" role="status">
        <p>Tell this code to another owner or admin of the account, best by telephone:</p>
        <div className="flex items-center justify-center gap-1">
          <code className="font-mono text-2xl tracking-wider">{code}</code>
          <CopyButton value={code} what="code" />
        </div>
        <p className="text-ink-soft">
          They type it on this page under “I approve it”, or, when they are signed in, on the page
          Settings. It works until <Time at={until} isAbsolute />. Then sign in as always.
        </p>
      </div>
      <Link to={paths.signIn()} className={buttonClass('primary')}>
        To signing in
      </Link>
    </SignedOut>
  )
}

function Opened() {
  return (
    <SignedOut title="The dashboard is open">
      <p role="status">
        Every network is let in again, and all owners are told. Sign in and set an allow list that
        fits.
      </p>
      <Link to={paths.signIn()} className={buttonClass('primary')}>
        Sign in
      </Link>
    </SignedOut>
  )
}
