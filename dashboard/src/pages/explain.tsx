/** The box into which a bounce, a reply or a header is pasted, and what it means in plain words. */
import { type FormEvent, useState } from 'react'
import { useChange } from '../api/queries.ts'
import type { ExplainAnswer, ExplainBody } from '../api/types.ts'
import { Button } from '../ui/button.tsx'
import { TextArea } from '../ui/field.tsx'
import { Card, PageHeader } from '../ui/page.tsx'
import { ExplainResult } from './explain-result.tsx'

export const title = 'Explain'

const lengthMax = 500_000

export function View() {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const { data, error, isPending, mutate } = useChange<ExplainBody, ExplainAnswer>(
    (body) => ({ method: 'POST', path: '/explain', body }),
    [],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() === '') return setFault('Paste something first.')
    setFault(undefined)
    mutate({ text: text.slice(0, lengthMax) })
  }
  return (
    <>
      <PageHeader
        title="Explain"
        hint="Paste a bounce, an SMTP reply or the header of a message. It is read, explained and forgotten."
      />
      <div className="grid gap-5">
        <Card>
          <form onSubmit={submit} className="grid gap-4">
            <TextArea
              label="Bounce, reply or header"
              isMono
              rows={8}
              value={text}
              placeholder="550 5.1.1 The email account that you tried to reach does not exist."
              onChange={({ target }) => setText(target.value)}
              error={fault ?? error?.message}
              spellCheck={false}
              autoComplete="off"
            />
            <div>
              <Button type="submit" look="primary" isBusy={isPending}>
                Explain
              </Button>
            </div>
          </form>
        </Card>
        <div role="status" className="grid gap-5 empty:hidden">
          {data && <ExplainResult answer={data} />}
        </div>
      </div>
    </>
  )
}
