import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { RollKeyAnswer, RollKeyBody } from '../../api/types.ts'
import { paths } from '../../paths.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField } from '../../ui/field.tsx'
import { DefinitionList } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { type Key, keyPath } from './key-query.ts'
import { KeySignatureFields } from './key-signature-fields.tsx'
import { KeyToken } from './key-token.tsx'

const overlaps = [
  { value: '0', label: 'None: it ends now' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
  { value: '2592000', label: '30 days' },
]
const overlapDefault = '86400'

export function RollKey({ item }: { item: Key }) {
  const [isOpen, setOpen] = useState(false)
  const close = () => setOpen(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>Roll</Button>
      <Dialog
        isOpen={isOpen}
        onClose={close}
        title={`Roll ${item.name}`}
        hint="A new key with the same rights takes its place. Both work until the old one ends, so nothing has to stand still."
      >
        <RollForm item={item} onClose={close} />
      </Dialog>
    </>
  )
}

function RollForm({ item, onClose }: { item: Key; onClose: () => void }) {
  const [overlap, setOverlap] = useState(overlapDefault)
  const [signature, setSignature] = useState({ isOn: false, publicKey: '' })
  // The new key ends when the old one would have: once it is rolled, `item` has its earlier end.
  const [endsAt] = useState(item.expires_at)
  const roll = useChange<RollKeyBody, RollKeyAnswer>(
    (body) => ({ method: 'POST', path: `${keyPath(item.id)}/roll`, body }),
    ['/keys', keyPath(item.id)],
  )
  if (roll.data) return <Rolled endsAt={endsAt} rolled={roll.data} onClose={onClose} />
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { isOn, publicKey } = signature
    roll.mutate({
      overlap_seconds: Number(overlap),
      ...(isOn && { signature: { public_key: publicKey.trim() } }),
    })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <SelectField
        label="The old key goes on for"
        value={overlap}
        choices={overlaps}
        onChange={(event) => setOverlap(event.target.value)}
        error={faultOf(roll.error) ?? faultOf(roll.error, 'overlap_seconds')}
        data-first-focus
      />
      {item.signature !== null && (
        <KeySignatureFields
          label="With another public key"
          hint="Else requests of the new key are signed with the same private key as now."
          {...signature}
          onChange={setSignature}
          error={faultOf(roll.error, 'signature.public_key')}
        />
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={roll.isPending}>
          Roll key
        </Button>
      </div>
    </form>
  )
}

function Rolled({
  endsAt,
  rolled,
  onClose,
}: {
  endsAt: Key['expires_at']
  rolled: RollKeyAnswer
  onClose: () => void
}) {
  return (
    <div className="grid gap-4">
      <KeyToken token={rolled.token} />
      <div role="status">
        <DefinitionList
          entries={[
            ['The old key ends', <Time key="old" at={rolled.predecessor.expires_at} isAbsolute />],
            [
              'The new key ends',
              endsAt === null ? 'never by itself' : <Time key="new" at={endsAt} isAbsolute />,
            ],
          ]}
        />
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        <Link to={paths.key(rolled.id)} className={buttonClass()} onClick={onClose}>
          See the new key
        </Link>
        <Button look="primary" onClick={onClose}>
          I have it
        </Button>
      </div>
    </div>
  )
}
