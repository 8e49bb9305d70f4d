import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { faultOf, useChange } from '../../api/queries.ts'
import type { AddDomainAnswer, AddDomainBody } from '../../api/types.ts'
import { paths } from '../../paths.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, TextField } from '../../ui/field.tsx'

export function AddDomain({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Add a domain"
      hint="A subdomain such as mail.example.com keeps the mail of your programs apart from that of your people."
    >
      <AddDomainForm onClose={onClose} />
    </Dialog>
  )
}

function AddDomainForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [returnPath, setReturnPath] = useState('')
  const [isEnforced, setEnforced] = useState(false)
  const [hasEd25519, setEd25519] = useState(false)
  const add = useChange<AddDomainBody, AddDomainAnswer>(
    (body) => ({ method: 'POST', path: '/domains', body }),
    ['/domains'],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate(
      {
        name: name.trim(),
        ...(returnPath.trim() !== '' && { custom_return_path: returnPath.trim() }),
        ...(isEnforced && { tls: 'enforced' as const }),
        ...(hasEd25519 && { ed25519: true }),
      },
      { onSuccess: ({ id }) => void navigate({ to: paths.domain(id) }) },
    )
  }
  const fault = faultOf(add.error, 'name') ?? faultOf(add.error)
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <TextField
        label="Domain"
        placeholder="mail.example.com"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={fault}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-first-focus
      />
      <details className="group rounded-xl border border-line px-4 py-3">
        <summary className="cursor-pointer font-medium">More choices</summary>
        <div className="mt-4 grid gap-4">
          <TextField
            label="Return path"
            isOptional
            placeholder="send"
            hint="The label under the domain to which bounces return. It cannot be changed later."
            value={returnPath}
            onChange={(event) => setReturnPath(event.target.value)}
            error={faultOf(add.error, 'custom_return_path')}
            autoComplete="off"
            spellCheck={false}
          />
          <Checkbox
            label="Never send without TLS"
            hint="Mail to hosts that offer none is given up instead."
            checked={isEnforced}
            onChange={(event) => setEnforced(event.target.checked)}
          />
          <Checkbox
            label="Sign with Ed25519 as well"
            hint="A second, shorter key beside the RSA one. One record more."
            checked={hasEd25519}
            onChange={(event) => setEd25519(event.target.checked)}
          />
        </div>
      </details>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={add.isPending}>
          Add domain
        </Button>
      </div>
    </form>
  )
}
