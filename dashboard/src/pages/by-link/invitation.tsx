import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useChange } from '../../api/queries.ts'
import type { AcceptInvitationAnswer } from '../../api/types.ts'
import { type SessionFacts, sessionQuery } from '../../frame/session.ts'
import { useSwitchAccount } from '../../frame/switch-account.ts'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Problem } from '../../ui/problem.tsx'
import { SignedOut } from '../../ui/signed-out.tsx'
import { linkPath, loadLink, useLink } from './link.ts'
import { NewPerson } from './new-person-ways.tsx'
import { isSignedIn } from './who.ts'

export const title = 'Invitation'

export async function loader(input: LoaderInput) {
  await Promise.all([loadLink(input), isSignedIn(input.client)])
}

export function View() {
  const { token, link } = useLink()
  const client = useQueryClient()
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const known = session ?? client.getQueryData<SessionFacts>(sessionQuery.queryKey)
  const hint = `You are invited to an account${link.role ? ` as ${link.role}` : ''}.`
  if (known) return <Join token={token} session={known} hint={hint} />
  return (
    <SignedOut title="Welcome to Postern" hint={hint}>
      <NewPerson {...{ token, link }} next={paths.home()} />
      <p className="border-t border-line pt-4 text-ink-soft">
        You sign in to Postern already?{' '}
        <Link
          to={paths.signIn(location.pathname)}
          className="text-accent-ink underline underline-offset-4"
        >
          Sign in first
        </Link>
        , and this page lets you join.
      </p>
    </SignedOut>
  )
}

function Join({ token, session, hint }: { token: string; session: SessionFacts; hint: string }) {
  const join = useChange<void, AcceptInvitationAnswer>(
    () => ({ method: 'POST', path: `${linkPath(token)}/join` }),
    [],
  )
  const { go, isPending } = useSwitchAccount()
  return (
    <SignedOut title="Join the account?" hint={hint}>
      <p>
        You are signed in as <strong className="break-all">{session.user.email}</strong>.
      </p>
      <Problem>{join.error?.message}</Problem>
      <Button
        look="primary"
        isBusy={join.isPending || isPending || join.isSuccess}
        onClick={() =>
          join.mutate(undefined, {
            onSuccess: ({ account_id: id }) => go(id, () => location.assign(paths.home())),
          })
        }
      >
        Join
      </Button>
      <Link to={paths.home()} className={buttonClass('quiet')}>
        Not now
      </Link>
    </SignedOut>
  )
}
