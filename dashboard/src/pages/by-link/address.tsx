/** The link that went to a new address: opening it changes nothing, confirming it does. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { faultOf, useChange } from '../../api/queries.ts'
import { sessionPath, useSession, useStartAnew } from '../../frame/session.ts'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card, PageHeader } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { addressQuery } from '../security/address-change.tsx'
import { linkPath, loadLink, useLink } from './link.ts'

export const title = 'New address'

export async function loader(input: LoaderInput) {
  await Promise.all([loadLink(input), input.client.ensureQueryData(addressQuery)])
}

export function View() {
  const { token } = useLink()
  const { user } = useSession()
  const { change } = useSuspenseQuery(addressQuery).data
  const startAnew = useStartAnew()
  const confirm = useChange<void>(
    () => ({ method: 'POST', path: `${linkPath(token)}/address` }),
    [sessionPath],
  )
  return (
    <>
      <PageHeader title="Your new address" />
      <div className="max-w-xl">
        <Card title="Confirm it?">
          <div className="grid gap-4">
            {change ? (
              <p>
                From now on you sign in with{' '}
                <strong className="wrap-anywhere">{change.email}</strong>, no longer with{' '}
                <span className="wrap-anywhere">{user.email}</span>. You are signed out everywhere
                but here.
              </p>
            ) : (
              <p>
                You, <span className="wrap-anywhere">{user.email}</span>, have asked for no change
                that still waits. Perhaps you asked as somebody else, or it was called off.
              </p>
            )}
            <Problem>{faultOf(confirm.error)}</Problem>
            <div className="flex flex-wrap gap-2">
              {change && (
                <Button
                  look="primary"
                  isBusy={confirm.isPending || confirm.isSuccess}
                  onClick={() =>
                    confirm.mutate(undefined, { onSuccess: () => startAnew(paths.security()) })
                  }
                >
                  Confirm
                </Button>
              )}
              <Link to={paths.security()} className={buttonClass('quiet')}>
                {change ? 'Not now' : 'To Security'}
              </Link>
            </div>
          </div>
        </Card>
      </div>
    </>
  )
}
