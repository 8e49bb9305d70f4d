import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { RevokeKeyAnswer } from '../../api/types.ts'
import { countText } from '../../lib/numbers.ts'
import { paths } from '../../paths.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Checkbox } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { type Key, keyPath, type Usage } from './key-query.ts'
import { sentence } from './key-usage.tsx'

export function RevokeKey({ item, usage }: { item: Key; usage: Usage }) {
  const [isOpen, setOpen] = useState(false)
  const [holds, setHolds] = useState(false)
  const navigate = useNavigate()
  const tell = useToast()
  const revoke = useChange<{ hold: boolean }, RevokeKeyAnswer>(
    (query) => ({ method: 'DELETE', path: keyPath(item.id), query }),
    ['/keys'],
  )
  const onSuccess = ({ held }: RevokeKeyAnswer) => {
    const detail =
      held === null
        ? {}
        : { detail: `${countText(held, 'delivery', 'deliveries')} wait for a release.` }
    tell({ kind: 'good', title: `${item.name} is revoked`, ...detail })
    void navigate({ to: paths.keys(), replace: true })
  }
  const fault = faultOf(revoke.error)
  return (
    <>
      <Button look="danger" onClick={() => setOpen(true)}>
        Revoke
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onConfirm={() => revoke.mutate({ hold: holds }, { onSuccess })}
        title={`Revoke ${item.name}`}
        phrase={item.name.trim()}
        action="Revoke key"
        isBusy={revoke.isPending}
      >
        <p>It stops at every door within a second, and cannot be brought back.</p>
        <p className="text-ink">{sentence(usage)}</p>
        <Checkbox
          label="Hold what it has submitted"
          hint="What is not delivered yet waits until somebody releases it. For a key that was stolen."
          checked={holds}
          onChange={(event) => setHolds(event.target.checked)}
        />
        {fault && (
          <p role="alert" className="text-bad">
            {fault}
          </p>
        )}
      </ConfirmDialog>
    </>
  )
}
