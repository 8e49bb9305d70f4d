import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../src/ui/button.tsx'
import { ConfirmDialog, Dialog } from '../src/ui/dialog.tsx'
import { Checkbox, SelectField, TextArea, TextField } from '../src/ui/field.tsx'
import { Menu } from '../src/ui/menu.tsx'
import { Card } from '../src/ui/page.tsx'
import { useToast } from '../src/ui/toast.tsx'

export function FormPart() {
  return (
    <Card title="New API key" hint="A key can do what its rights say, and nothing else.">
      <form className="grid max-w-xl gap-5">
        <TextField
          label="Name"
          hint="Where it will be used, so that you know it in a year."
          defaultValue="Shop"
        />
        <TextField
          label="Network"
          defaultValue="203.0.113.0/40"
          error="A prefix of IPv4 has at most 32 bits: write 203.0.113.0/24 or a single address."
          isOptional
          isMono
        />
        <SelectField
          label="Rights"
          choices={[
            { value: 'sending_access', label: 'Send only' },
            { value: 'full_access', label: 'Everything' },
          ]}
        />
        <TextArea label="Note" isOptional />
        <Checkbox
          label="Tell all owners"
          hint="They get a message without a link."
          defaultChecked
        />
        <Checkbox label="Canary: only raise an alarm" />
        <div className="flex flex-wrap gap-2">
          <Button look="primary" type="button">
            Make the key
          </Button>
          <Button>Cancel</Button>
          <Button look="quiet">Learn more</Button>
          <Button look="primary" isBusy>
            Making
          </Button>
          <Button disabled>Not now</Button>
        </div>
      </form>
    </Card>
  )
}

export function OverlayPart() {
  const tell = useToast()
  const [isOpen, setOpen] = useState(false)
  const [isAsking, setAsking] = useState(false)
  return (
    <Card title="On top of the page">
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setOpen(true)}>Open dialog</Button>
        <Button
          look="danger"
          icon={<Trash2 className="size-4" aria-hidden />}
          onClick={() => setAsking(true)}
        >
          Remove domain
        </Button>
        <Menu
          trigger={<Button>More</Button>}
          align="start"
          groups={[
            {
              label: 'Key',
              entries: [
                { label: 'Roll', onSelect: () => {} },
                { label: 'Rename', onSelect: () => {} },
              ],
            },
            {
              entries: [
                {
                  label: 'Revoke',
                  icon: <Trash2 aria-hidden />,
                  isDanger: true,
                  onSelect: () => {},
                },
              ],
            },
          ]}
        />
        <Button
          onClick={() =>
            tell({ kind: 'good', title: 'Key made', detail: 'It can be used at once.' })
          }
        >
          Show message
        </Button>
      </div>
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title="Invite someone"
        hint="They get a message with a link that works once."
        footer={
          <>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button look="primary">Invite</Button>
          </>
        }
      >
        <div className="grid gap-4">
          <TextField label="Email address" type="email" data-first-focus />
          <SelectField label="Role" choices={[{ value: 'developer', label: 'Developer' }]} />
        </div>
      </Dialog>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={() => setAsking(false)}
        title="Remove harbour.example"
        phrase="harbour.example"
        action="Remove it"
      >
        <p>
          Messages from this domain are refused at once. Its signing key is destroyed and cannot be
          brought back.
        </p>
      </ConfirmDialog>
    </Card>
  )
}
