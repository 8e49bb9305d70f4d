import { useSuspenseQuery } from '@tanstack/react-query'
import { Fingerprint, LifeBuoy, Smartphone, Trash2 } from 'lucide-react'
import { type ReactNode, Suspense, useState } from 'react'
import { answerQuery, useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { ListMyFactorsAnswer } from '../../api/types.ts'
import { factorsChange, factorsPath } from '../../frame/factor-paths.ts'
import { PasskeyForm } from '../../frame/passkey-form.tsx'
import { RecoveryCodes } from '../../frame/recovery-codes.tsx'
import { TotpForm } from '../../frame/totp-form.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { ConfirmDialog, Dialog } from '../../ui/dialog.tsx'
import { Card } from '../../ui/page.tsx'
import { Empty, Loading } from '../../ui/states.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'

export const factorsQuery = answerQuery<ListMyFactorsAnswer>(factorsPath)

type Factor = ListMyFactorsAnswer['data'][number]
type Adding = Factor['type']

const kinds: Record<Factor['type'], [icon: ReactNode, words: string]> = {
  totp: [<Smartphone key="totp" aria-hidden />, 'Authenticator app'],
  passkey: [<Fingerprint key="passkey" aria-hidden />, 'Passkey'],
  recovery: [<LifeBuoy key="recovery" aria-hidden />, 'Recovery codes'],
}

export function Factors() {
  const { data: factors } = useSuspenseQuery(factorsQuery).data
  const [adding, setAdding] = useState<Adding>()
  const [removing, setRemoving] = useState<Factor>()
  const hasCodes = factors.some(({ type }) => type === 'recovery')
  return (
    <Card
      title="Second factors"
      hint="Have two, so that losing a device does not lock you out."
      actions={
        <>
          <Button size="sm" onClick={() => setAdding('passkey')}>
            Add passkey
          </Button>
          <Button size="sm" onClick={() => setAdding('totp')}>
            Add authenticator app
          </Button>
          <Button size="sm" onClick={() => setAdding('recovery')}>
            {hasCodes ? 'New recovery codes' : 'Make recovery codes'}
          </Button>
        </>
      }
    >
      {factors.length === 0 ? (
        <Empty icon={<Fingerprint aria-hidden />} title="No second factor yet">
          Your password alone lets you in. Add a passkey or an authenticator app.
        </Empty>
      ) : (
        <ul className="grid divide-y divide-line">
          {factors.map((factor) => (
            <FactorRow key={factor.id} factor={factor} onRemove={() => setRemoving(factor)} />
          ))}
        </ul>
      )}
      <AddDialog adding={adding} hasCodes={hasCodes} onClose={() => setAdding(undefined)} />
      <RemoveDialog factor={removing} onClose={() => setRemoving(undefined)} />
    </Card>
  )
}

function FactorRow({ factor, onRemove }: { factor: Factor; onRemove: () => void }) {
  const { type, name, created_at: createdAt, codes_left: codesLeft } = factor
  const [icon, words] = kinds[type]
  return (
    <li className="flex items-center gap-3.5 py-3 first:pt-0 last:pb-0">
      <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent-ink [&>svg]:size-4.5">
        {icon}
      </span>
      <div className="grid min-w-0 grow">
        <span className="truncate font-medium">{name}</span>
        <span className="text-[0.8125rem] text-ink-soft">
          {codesLeft === null ? words : `${codesLeft} codes left`}
          {', added '}
          <Time at={createdAt} />
        </span>
      </div>
      <IconButton label={`Remove ${name}`} onClick={onRemove}>
        <Trash2 aria-hidden />
      </IconButton>
    </li>
  )
}

const titles: Record<Adding, string> = {
  totp: 'Add an authenticator app',
  passkey: 'Add a passkey',
  recovery: 'Recovery codes',
}

function AddDialog({
  adding,
  hasCodes,
  onClose,
}: {
  adding: Adding | undefined
  hasCodes: boolean
  onClose: () => void
}) {
  const tell = useToast()
  const done = () => {
    onClose()
    tell({ kind: 'good', title: 'Added', detail: 'It counts from now on.' })
  }
  return (
    <Dialog isOpen={adding !== undefined} onClose={onClose} title={adding ? titles[adding] : ''}>
      {adding === 'totp' && (
        <Suspense fallback={<Loading lines={4} />}>
          <TotpForm onDone={done} />
        </Suspense>
      )}
      {adding === 'passkey' && <PasskeyForm onDone={done} />}
      {adding === 'recovery' && (
        <RecoveryCodes hasSome={hasCodes} action="I have kept them" onDone={onClose} />
      )}
    </Dialog>
  )
}

function RemoveDialog({ factor, onClose }: { factor: Factor | undefined; onClose: () => void }) {
  const tell = useToast()
  const remove = useChange<string>(
    (id) => ({ method: 'DELETE', path: `${factorsPath}/${segment(id)}` }),
    factorsChange,
  )
  if (!factor) return null
  const confirm = () =>
    remove.mutate(factor.id, {
      onSuccess: () => {
        onClose()
        tell({ kind: 'good', title: `${factor.name} is removed` })
      },
      onError: ({ message }) => {
        onClose()
        tell({ kind: 'bad', title: `${factor.name} stays`, detail: message })
      },
    })
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={confirm}
      title={`Remove ${factor.name}?`}
      phrase={factor.name}
      action="Remove it"
      isBusy={remove.isPending}
    >
      <p>It no longer lets you in. You can add it anew at any time.</p>
    </ConfirmDialog>
  )
}
