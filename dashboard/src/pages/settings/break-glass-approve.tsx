/** For somebody whom the allow list has shut out: they have a code, and another person approves it here. */
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { ApproveBreakGlassHereBody } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Card } from '../../ui/page.tsx'
import { useToast } from '../../ui/toast.tsx'

export function BreakGlassForm() {
  const tell = useToast()
  const [code, setCode] = useState('')
  const approve = useChange<ApproveBreakGlassHereBody>(
    (body) => ({ method: 'POST', path: '/account/break-glass', body }),
    ['/account'],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const onSuccess = () => {
      setCode('')
      tell({ kind: 'good', title: 'The dashboard is open to every network' })
    }
    approve.mutate({ code }, { onSuccess })
  }
  return (
    <Card
      title="Somebody is shut out"
      hint="An owner or admin outside the allowed networks asks at /break-glass and gets a code. Approving it removes the list of the dashboard; speak with them first."
    >
      <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
        <div className="min-w-56 grow">
          <TextField
            label="Code of the request"
            value={code}
            onChange={({ target }) => setCode(target.value)}
            error={faultOf(approve.error, 'code') ?? faultOf(approve.error)}
            autoComplete="off"
            spellCheck={false}
            isMono
            required
          />
        </div>
        <Button type="submit" isBusy={approve.isPending}>
          Open the dashboard
        </Button>
      </form>
    </Card>
  )
}
