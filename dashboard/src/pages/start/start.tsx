/** The first message: a key, code that carries it, and the message as it arrives. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { answerQuery, useChange } from '../../api/queries.ts'
import type { CreateKeyAnswer, CreateKeyBody, GetProgramsAnswer } from '../../api/types.ts'
import { useMay, useSession } from '../../frame/session.ts'
import type { LoaderInput } from '../../page.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { CopyValue } from '../../ui/copy.tsx'
import { TextField } from '../../ui/field.tsx'
import { Card, PageHeader } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { Arrival } from './arrival.tsx'
import { samplesOf } from './samples.ts'

export const title = 'Your first message'

const programs = answerQuery<GetProgramsAnswer>('/programs')
const keysPath = '/keys'

export function loader({ client }: LoaderInput) {
  return client.ensureQueryData(programs)
}

export function View() {
  const may = useMay()
  const [key, setKey] = useState<CreateKeyAnswer>()
  return (
    <>
      <PageHeader
        title="Send your first message"
        hint="Make a key, run a few lines, and watch the message arrive."
      />
      <div className="grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-5">
        <Card
          title="1. A key"
          hint="Programs show it with every message. It may send, nothing else."
        >
          {key ? (
            <MadeKey token={key.token} />
          ) : (
            <MakeKey mayMake={may('keys:write')} onMade={setKey} />
          )}
        </Card>
        {key && <Code token={key.token} />}
        <Card title="3. The message" hint="It appears here by itself.">
          <Arrival />
        </Card>
      </div>
    </>
  )
}

function MakeKey({
  mayMake,
  onMade,
}: {
  mayMake: boolean
  onMade: (key: CreateKeyAnswer) => void
}) {
  const make = useChange<CreateKeyBody, CreateKeyAnswer>(
    (body) => ({ method: 'POST', path: keysPath, body }),
    [keysPath],
  )
  if (!mayMake) {
    return <p>Your role makes no keys. Ask an owner, admin or developer of the account for one.</p>
  }
  return (
    <div className="grid justify-items-start gap-3">
      <Problem>{make.error?.message}</Problem>
      <Button
        look="primary"
        icon={<KeyRound className="size-4" aria-hidden />}
        isBusy={make.isPending}
        onClick={() =>
          make.mutate({ name: 'First key', scopes: ['emails:send'] }, { onSuccess: onMade })
        }
      >
        Make a key
      </Button>
    </div>
  )
}

function MadeKey({ token }: { token: string }) {
  return (
    <div className="grid gap-1.5">
      <CopyValue value={token} what="key" />
      <p className="text-[0.8125rem] text-ink-soft">
        It is shown this once. Keep it where your programs read their secrets.
      </p>
    </div>
  )
}

function Code({ token }: { token: string }) {
  const { user } = useSession()
  const { api_url: apiUrl, smtp, test_domain: testDomain } = useSuspenseQuery(programs).data
  const [from, setFrom] = useState(testDomain ? `hello@${testDomain}` : '')
  const [to, setTo] = useState(user.email)
  const samples = samplesOf({ key: token, apiUrl, smtp, from, to })
  return (
    <Card title="2. The code" hint="Paste it into a terminal or a file. Your key is in it already.">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <TextField
            label="From"
            hint={
              testDomain
                ? `${testDomain} is for trying: mail from it ends in the local inbox.`
                : 'An address at one of your verified domains.'
            }
            value={from}
            onChange={(event) => setFrom(event.target.value)}
            spellCheck={false}
          />
          <TextField
            label="To"
            value={to}
            onChange={(event) => setTo(event.target.value)}
            spellCheck={false}
          />
        </div>
        <CodeBlock samples={samples} label="Send a message" />
      </div>
    </Card>
  )
}
