import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '../../api/api-error.ts'
import { faultOf, useChange } from '../../api/queries.ts'
import { nowMs } from '../../lib/clock.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Card, DefinitionList } from '../../ui/page.tsx'
import { RecordDiff } from '../../ui/record-diff.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'
import { type Domain, domainPath } from './domain-query.ts'

/** Which key signs, which one stands ready, and how they change places. */
export function DomainKeys({ domain, mayChange }: { domain: Domain; mayChange: boolean }) {
  const [open, setOpen] = useState<'rotate' | 'replace'>()
  const close = () => setOpen(undefined)
  const standby = domain.records.find(({ purpose }) => purpose === 'dkim_standby')
  return (
    <Card
      title="Signing keys"
      hint="Rotate them every half year, or at once when a key may be in the wrong hands. Nothing changes in DNS for it."
      actions={
        mayChange && (
          <>
            <Button onClick={() => setOpen('replace')}>Replace the standby key</Button>
            <Button look="primary" onClick={() => setOpen('rotate')}>
              Rotate
            </Button>
          </>
        )
      }
    >
      <DefinitionList
        entries={[
          ['Signs', <Selector key="active" name={domain.active_selector} />],
          [
            'Stands ready',
            <span key="standby" className="flex flex-wrap items-center gap-2">
              <Selector name={domain.standby_selector} />
              {standby && <StateBadge state={standby.status} />}
            </span>,
          ],
          [
            'Last rotation',
            domain.rotated_at === null ? (
              'never'
            ) : (
              <Time key="rotated" at={domain.rotated_at} isAbsolute />
            ),
          ],
        ]}
      />
      <Dialog
        isOpen={open === 'rotate'}
        onClose={close}
        title={`Rotate the keys of ${domain.name}`}
        width="lg"
      >
        <RotateForm domain={domain} onClose={close} />
      </Dialog>
      <Dialog isOpen={open === 'replace'} onClose={close} title="Replace the standby key">
        <ReplaceForm domain={domain} onClose={close} />
      </Dialog>
    </Card>
  )
}

function Selector({ name }: { name: string }) {
  return <code className="font-mono text-[0.8125rem]">{name}</code>
}

interface FormProps {
  domain: Domain
  onClose: () => void
}

function RotateForm({ domain, onClose }: FormProps) {
  const tell = useToast()
  const { active_selector: active, standby_selector: standby, name, id } = domain
  const path = domainPath(id)
  const rotate = useChange<void>(() => ({ method: 'POST', path: `${path}/rotate` }), [path])
  const client = useQueryClient()
  const isMissing = rotate.error instanceof ApiError && rotate.error.code === 'not_ready'
  const record = domain.records.find(({ purpose }) => purpose === 'dkim_standby')
  const begin = () =>
    rotate.mutate(undefined, {
      onSuccess: () => {
        tell({ kind: 'good', title: `${standby} signs the mail of ${name} now` })
        onClose()
      },
      // What was found instead is told by the domain itself.
      onError: () => void client.invalidateQueries({ queryKey: [path] }),
    })
  return (
    <div className="grid gap-4">
      <p className="text-ink-soft">
        <Selector name={standby} /> signs every message from now on, and <Selector name={active} />{' '}
        stands by. Its record is looked for first: if it is not published, nothing changes. Leave
        both records in DNS, so that mail on its way still verifies.
      </p>
      {rotate.error && (
        <p role="alert" className="text-bad wrap-anywhere">
          {faultOf(rotate.error)}
        </p>
      )}
      {isMissing && record && (
        <RecordDiff
          expected={record.value}
          found={record.found?.length ? record.found.join('\n') : null}
        />
      )}
      <Buttons
        action={rotate.isPending ? 'Looking the record up' : 'Rotate keys'}
        isBusy={rotate.isPending}
        onAct={begin}
        onClose={onClose}
      />
    </div>
  )
}

function ReplaceForm({ domain, onClose }: FormProps) {
  const tell = useToast()
  const { standby_selector: standby, standby_replaceable_at: from, id } = domain
  const path = domainPath(id)
  const replace = useChange<void>(() => ({ method: 'POST', path: `${path}/standby-key` }), [path])
  const isEarly = from !== null && Date.parse(from) > nowMs()
  const begin = () =>
    replace.mutate(undefined, {
      onSuccess: () => {
        tell({ kind: 'good', title: `${standby} has a new key`, detail: 'Publish its record.' })
        onClose()
      },
    })
  return (
    <div className="grid gap-4">
      <div className="grid gap-2 text-ink-soft">
        <p>
          <Selector name={standby} /> gets a new key, and the old one is gone for good. The key that
          signs stays as it is.
        </p>
        <p>
          If you publish keys as TXT, enter the new value of this record afterwards; until then the
          keys cannot be rotated. If you publish CNAMEs, the operator of this installation enters it
          for you.
        </p>
        {isEarly && (
          <p className="text-warn">
            Mail that this key has signed may still be on its way. It can be replaced from{' '}
            <Time at={from} isAbsolute />.
          </p>
        )}
      </div>
      {replace.error && (
        <p role="alert" className="text-bad">
          {faultOf(replace.error)}
        </p>
      )}
      <Buttons
        action="Replace key"
        isBusy={replace.isPending}
        isDisabled={isEarly}
        onAct={begin}
        onClose={onClose}
      />
    </div>
  )
}

function Buttons({
  action,
  isBusy,
  isDisabled = false,
  onAct,
  onClose,
}: {
  action: string
  isBusy: boolean
  isDisabled?: boolean
  onAct: () => void
  onClose: () => void
}) {
  return (
    <div className="flex flex-wrap justify-end gap-2">
      <Button onClick={onClose}>Cancel</Button>
      <Button look="primary" isBusy={isBusy} disabled={isDisabled} onClick={onAct}>
        {action}
      </Button>
    </div>
  )
}
