import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import { paths } from '../../paths.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Card } from '../../ui/page.tsx'
import { type Domain, domainPath } from './domain-query.ts'

export function DeleteDomain({ domain: { id, name } }: { domain: Domain }) {
  const [isOpen, setOpen] = useState(false)
  const navigate = useNavigate()
  const remove = useChange<void>(() => ({ method: 'DELETE', path: domainPath(id) }), ['/domains'])
  const fault = faultOf(remove.error)
  return (
    <Card
      title="Delete this domain"
      hint="Nothing is sent from it any more, by any key. Its signing keys are gone for good."
      actions={
        <Button look="danger" onClick={() => setOpen(true)}>
          Delete
        </Button>
      }
    >
      <ConfirmDialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => void navigate({ to: paths.domains(), replace: true }),
          })
        }
        title={`Delete ${name}`}
        phrase={name}
        action="Delete domain"
        isBusy={remove.isPending}
      >
        <p>
          Mail from {name} stops at once, also what is still queued. Added again, it gets new keys,
          and new records to publish.
        </p>
        {fault && (
          <p role="alert" className="text-bad">
            {fault}
          </p>
        )}
      </ConfirmDialog>
    </Card>
  )
}
