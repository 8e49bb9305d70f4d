/** What the account demands of who comes in; every owner is told of a change. */
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { GetAccountAnswer, SetPolicyBody } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, TextArea, TextField } from '../../ui/field.tsx'
import { Card } from '../../ui/page.tsx'
import { useToast } from '../../ui/toast.tsx'

type Networks = GetAccountAnswer['networks']
type Door = keyof Networks

const doors: readonly [Door, label: string, hint: string][] = [
  ['console', 'Dashboard', 'From where people may sign in and work here.'],
  ['api', 'API', 'From where programs may call with a key.'],
  ['smtp', 'SMTP', 'From where programs may hand in mail with a key.'],
]

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

export function PolicyForm({
  account,
  isLocked,
}: {
  account: GetAccountAnswer
  isLocked: boolean
}) {
  const tell = useToast()
  const [requiresFactor, setRequiresFactor] = useState(account.requires_factor)
  const [texts, setTexts] = useState<Record<Door, string>>({
    console: account.networks.console.join('\n'),
    api: account.networks.api.join('\n'),
    smtp: account.networks.smtp.join('\n'),
  })
  const [retires, setRetires] = useState(account.idle_key_days !== null)
  const [idleDays, setIdleDays] = useState(String(account.idle_key_days ?? 90))
  const [means, setMeans] = useState(false)
  const change = useChange<SetPolicyBody>(
    (body) => ({ method: 'PUT', path: '/account/policy', body }),
    ['/account'],
  )
  const save = (event: FormEvent) => {
    event.preventDefault()
    const networks = {
      console: linesOf(texts.console),
      api: linesOf(texts.api),
      smtp: linesOf(texts.smtp),
    }
    change.mutate(
      {
        requires_factor: requiresFactor,
        networks,
        idle_key_days: retires ? Number(idleDays) : null,
        ...(means && { confirm: true }),
      },
      { onSuccess: () => tell({ kind: 'good', title: 'The policies are set' }) },
    )
  }
  const consoleFault = faultOf(change.error, 'networks.console')
  const shutsOut = consoleFault?.startsWith('Your own address') === true
  return (
    <form onSubmit={save} className="contents">
      <Card title="Signing in">
        <Checkbox
          label="Every member needs a second factor"
          hint="Owners always do. Who has none adds one when they next sign in."
          checked={requiresFactor}
          disabled={isLocked}
          onChange={({ target }) => setRequiresFactor(target.checked)}
        />
      </Card>
      <Card
        title="Idle API keys"
        hint="A key that nobody uses is one that nobody would miss if it were stolen."
      >
        <div className="grid gap-4">
          <Checkbox
            label="End API keys that nobody uses"
            hint="Owners are told by mail 14 days before; one use, and the key goes on. Canaries stay."
            checked={retires}
            disabled={isLocked}
            onChange={({ target }) => setRetires(target.checked)}
          />
          {retires && (
            <TextField
              label="After so many days without use"
              hint="From 30 to 400."
              inputMode="numeric"
              value={idleDays}
              disabled={isLocked}
              onChange={({ target }) => setIdleDays(target.value)}
              error={faultOf(change.error, 'idle_key_days')}
              className="max-w-32"
            />
          )}
        </div>
      </Card>
      <Card
        title="Allowed networks"
        hint="One network a line; an empty list lets everybody in. Who comes from elsewhere is refused as if they were unknown, and shown in the audit log."
      >
        <div className="grid gap-5">
          <p className="text-ink-soft">
            You are at <code className="font-mono text-ink">{account.your_address}</code>.
          </p>
          {doors.map(([door, label, hint]) => (
            <TextArea
              key={door}
              label={label}
              hint={hint}
              isMono
              rows={3}
              spellCheck={false}
              disabled={isLocked}
              placeholder={'203.0.113.0/24\n2001:db8::/32'}
              value={texts[door]}
              onChange={({ target }) => setTexts({ ...texts, [door]: target.value })}
              error={faultOf(change.error, `networks.${door}`)}
            />
          ))}
          {(shutsOut || means) && (
            <Checkbox
              label="I mean it: shut out my own address"
              hint="Nobody signs in from there again until an owner elsewhere, or the operator, opens it."
              checked={means}
              onChange={({ target }) => setMeans(target.checked)}
            />
          )}
          {faultOf(change.error) && (
            <p role="alert" className="text-bad">
              {faultOf(change.error)}
            </p>
          )}
          {!isLocked && (
            <div className="flex justify-end">
              <Button type="submit" look="primary" isBusy={change.isPending}>
                Set policies
              </Button>
            </div>
          )}
        </div>
      </Card>
    </form>
  )
}
