/** What the account is called, and whom it lets in. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { answerQuery, faultOf, useChange } from '../../api/queries.ts'
import type { GetAccountAnswer, RenameAccountBody } from '../../api/types.ts'
import { sessionPath, useMay, useSession } from '../../frame/session.ts'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { CopyValue } from '../../ui/copy.tsx'
import { TextField } from '../../ui/field.tsx'
import { Card, DefinitionList, PageHeader } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'
import { BreakGlassForm } from './break-glass-approve.tsx'
import { PolicyForm } from './policy-set.tsx'

export const accountPath = '/account'
const accountQuery = answerQuery<GetAccountAnswer>(accountPath)

export const title = 'Settings'

export function loader({ client }: LoaderInput) {
  return client.ensureQueryData(accountQuery)
}

export function View() {
  const account = useSuspenseQuery(accountQuery).data
  const may = useMay()
  const mayChange = may('account:write')
  return (
    <>
      <PageHeader
        title="Settings"
        hint={mayChange ? undefined : 'Owners and admins can change these.'}
      />
      <div className="grid max-w-3xl gap-5">
        <Card title="Account">
          <div className="grid gap-5">
            <DefinitionList
              entries={[
                ...(mayChange ? [] : [['Name', account.name] as [string, string]]),
                ['State', <State key="state" account={account} />],
                ['Id', <CopyValue key="id" value={account.id} what="account id" />],
                ['Made', <Time key="made" at={account.created_at} isAbsolute />],
              ]}
            />
            {mayChange && <NameForm name={account.name} />}
          </div>
        </Card>
        {account.parent_id !== null && <Above parentId={account.parent_id} />}
        <PolicyForm
          key={account.networks.console.join(' ')}
          account={account}
          isLocked={!mayChange}
        />
        {mayChange && account.networks.console.length > 0 && <BreakGlassForm />}
        <Card
          title="Data"
          hint="What is kept for how long, taking it away, erasing a person, closing the account."
        >
          <Link to={paths.data()} className={buttonClass()}>
            Your data
          </Link>
        </Card>
      </div>
    </>
  )
}

const stopped: Partial<Record<GetAccountAnswer['state'], string>> = {
  blocked: 'Nothing is sent: the operator has blocked it.',
  suspended: 'Nothing is sent: the account above has suspended it.',
  closing: 'Nothing is sent: it is being closed.',
}

function State({ account: { state, blocked_for: reason } }: { account: GetAccountAnswer }) {
  const words = reason?.startsWith('parent_')
    ? 'Nothing is sent: the operator has blocked the account above.'
    : stopped[state]
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <StateBadge state={state} />
      {words && <span className="text-ink-soft">{words}</span>}
    </span>
  )
}

/** By name for who is a member of it as well; nobody else here may know that. */
function Above({ parentId }: { parentId: string }) {
  const name = useSession().accounts.find(({ id }) => id === parentId)?.name
  return (
    <Card title="Belongs to another account">
      <div className="grid gap-4">
        <p className="max-w-prose text-ink-soft">
          Owners and admins of that account can enter this one as an admin, set its limits and
          suspend it. Each time stands in the audit log of both.
        </p>
        <DefinitionList
          entries={[
            ...(name === undefined ? [] : [['Account above', name] as [string, string]]),
            [
              name === undefined ? 'Account above' : 'Its id',
              <CopyValue key="id" value={parentId} what="id of the account above" />,
            ],
          ]}
        />
      </div>
    </Card>
  )
}

function NameForm({ name: present }: { name: string }) {
  const tell = useToast()
  const [name, setName] = useState(present)
  const rename = useChange<RenameAccountBody>(
    (body) => ({ method: 'PATCH', path: accountPath, body }),
    [accountPath, sessionPath],
  )
  const save = (event: FormEvent) => {
    event.preventDefault()
    const onSuccess = () => tell({ kind: 'good', title: 'The account has its new name' })
    rename.mutate({ name }, { onSuccess })
  }
  return (
    <form onSubmit={save} className="flex flex-wrap items-end gap-2">
      <div className="min-w-56 grow">
        <TextField
          label="Name"
          value={name}
          maxLength={100}
          onChange={({ target }) => setName(target.value)}
          error={faultOf(rename.error, 'name') ?? faultOf(rename.error)}
        />
      </div>
      <Button type="submit" disabled={name.trim() === present} isBusy={rename.isPending}>
        Rename
      </Button>
    </form>
  )
}
