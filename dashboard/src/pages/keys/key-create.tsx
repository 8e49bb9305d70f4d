import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { CreateKeyAnswer, CreateKeyBody } from '../../api/types.ts'
import { useSession } from '../../frame/session.ts'
import { type KeyScope, presets } from '../../lib/key-scopes.ts'
import { paths } from '../../paths.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { KeyLimitFields, type KeyLimits, limitsOf, noLimits } from './key-limits.tsx'
import { KeyScopeFields } from './key-scope-fields.tsx'
import { KeyToken } from './key-token.tsx'

export function CreateKey({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Make an API key" width="lg">
      <CreateKeyForm onClose={onClose} />
    </Dialog>
  )
}

const custom = 'custom'

function CreateKeyForm({ onClose }: { onClose: () => void }) {
  const { scopes: own } = useSession()
  const offered = presets.filter(({ scopes }) => scopes.every((scope) => own.includes(scope)))
  const [name, setName] = useState('')
  const [access, setAccess] = useState(offered[0]?.id ?? custom)
  const [chosen, setChosen] = useState<readonly KeyScope[]>([])
  const [limits, setLimits] = useState<KeyLimits>(noLimits)
  const create = useChange<CreateKeyBody, CreateKeyAnswer>(
    (body) => ({ method: 'POST', path: '/keys', body }),
    ['/keys'],
  )
  if (create.data) return <Made name={name} made={create.data} onClose={onClose} />
  const preset = offered.find(({ id }) => id === access)
  const scopes = preset?.scopes ?? chosen
  const onlySends = scopes.length === 1 && scopes[0] === 'emails:send'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ name, scopes: [...scopes], ...limitsOf(limits, onlySends) })
  }
  const fault = faultOf(create.error) ?? faultOf(create.error, 'scopes')
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <TextField
        label="Name"
        hint="Of the program that uses it, such as “Shop, production”."
        value={name}
        maxLength={50}
        onChange={(event) => setName(event.target.value)}
        error={faultOf(create.error, 'name')}
        autoComplete="off"
        data-first-focus
      />
      <SelectField
        label="What it may do"
        hint={preset?.words ?? 'Only what is chosen below.'}
        value={access}
        choices={[
          ...offered.map(({ id, name: label }) => ({ value: id, label })),
          { value: custom, label: 'Chosen one by one' },
        ]}
        onChange={(event) => setAccess(event.target.value)}
      />
      {preset === undefined && <KeyScopeFields own={own} chosen={chosen} onChange={setChosen} />}
      <KeyLimitFields
        limits={limits}
        onChange={setLimits}
        onlySends={onlySends}
        error={create.error}
      />
      {fault && (
        <p role="alert" className="text-bad">
          {fault}
        </p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={create.isPending}>
          Make key
        </Button>
      </div>
    </form>
  )
}

function Made({
  name,
  made,
  onClose,
}: {
  name: string
  made: CreateKeyAnswer
  onClose: () => void
}) {
  return (
    <div className="grid gap-4">
      <p role="status">
        The key <strong>{name}</strong> works from now on.
      </p>
      <KeyToken token={made.token} />
      <div className="flex flex-wrap justify-end gap-2">
        <Link to={paths.key(made.id)} className={buttonClass()}>
          See the key
        </Link>
        <Button look="primary" onClick={onClose}>
          I have it
        </Button>
      </div>
    </div>
  )
}
