/** For how long the account keeps what; at most as long as the operator does. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { answerQuery, faultOf, useChange } from '../../api/queries.ts'
import type { GetRetentionAnswer, SetRetentionBody } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Card, DefinitionList } from '../../ui/page.tsx'
import { useToast } from '../../ui/toast.tsx'

const retentionPath = '/retention'
export const retentionQuery = answerQuery<GetRetentionAnswer>(retentionPath)

type Class = keyof SetRetentionBody

const classes: readonly [Class, label: string, hint: string][] = [
  ['content_days', 'Content', 'Bodies and attachments. What became of a message stays.'],
  ['messages_days', 'Messages', 'With their deliveries, attempts and events. Statistics stay.'],
  ['logs_days', 'Log of requests', 'What programs asked, and what they were answered.'],
]

export function RetentionSet({ isLocked }: { isLocked: boolean }) {
  const { data } = useSuspenseQuery(retentionQuery)
  return (
    <Card
      title="Kept for how long"
      hint={`This installation keeps things for ${daysOf(data.operator_days)}. An account can keep them for less long.`}
    >
      <div className="grid gap-5">
        {isLocked ? (
          <DefinitionList
            entries={classes.map(([name, label]) => [label, daysOf(data.kept[name])])}
          />
        ) : (
          <RetentionForm retention={data} />
        )}
        <p className="text-ink-soft">
          Refused attempts are kept for 90 days. The audit log is kept always; it names no
          recipients. What has not been delivered yet is kept until it has ended.
        </p>
      </div>
    </Card>
  )
}

function daysOf(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}

function RetentionForm({ retention }: { retention: GetRetentionAnswer }) {
  const tell = useToast()
  const [texts, setTexts] = useState<Record<Class, string>>({
    content_days: String(retention.content_days ?? ''),
    messages_days: String(retention.messages_days ?? ''),
    logs_days: String(retention.logs_days ?? ''),
  })
  const change = useChange<SetRetentionBody>(
    (body) => ({ method: 'PUT', path: retentionPath, body }),
    [retentionPath],
  )
  const save = (event: FormEvent) => {
    event.preventDefault()
    const body = {
      content_days: numberOf(texts.content_days),
      messages_days: numberOf(texts.messages_days),
      logs_days: numberOf(texts.logs_days),
    }
    const onSuccess = () => tell({ kind: 'good', title: 'What is kept is set' })
    change.mutate(body, { onSuccess })
  }
  return (
    <form onSubmit={save} className="grid gap-5">
      <div className="grid gap-5 sm:grid-cols-3">
        {classes.map(([name, label, hint]) => (
          <TextField
            key={name}
            label={`${label}, days`}
            hint={hint}
            type="number"
            inputMode="numeric"
            min={1}
            max={retention.operator_days}
            placeholder={String(retention.operator_days)}
            value={texts[name]}
            onChange={({ target }) => setTexts({ ...texts, [name]: target.value })}
            error={faultOf(change.error, name)}
          />
        ))}
      </div>
      <p className="text-ink-soft">
        Shorter days begin to count within minutes, and what has gone does not come back with longer
        ones. Every owner is told of a change.
      </p>
      {faultOf(change.error) && (
        <p role="alert" className="text-bad">
          {faultOf(change.error)}
        </p>
      )}
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={change.isPending}>
          Set days
        </Button>
      </div>
    </form>
  )
}

/** Empty: as long as the operator keeps it. */
function numberOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text)
}
