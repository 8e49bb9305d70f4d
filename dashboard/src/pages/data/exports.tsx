/** Taking data away: a key, then everything of the account or everything held on one person, sealed to it. */
import { Download, FileKey2, TriangleAlert } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { faultOf } from '../../api/queries.ts'
import { nowMs } from '../../lib/clock.ts'
import { saveFile } from '../../lib/save-file.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Card } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { useToast } from '../../ui/toast.tsx'
import { type ExportKey, makeExportKey } from './export-key.ts'
import { ExportProgress } from './export-progress.tsx'
import { useExport } from './use-export.ts'

export function Exports() {
  const [key, setKey] = useState<ExportKey>()
  return (
    <>
      <KeyCard exportKey={key} onKey={setKey} />
      <AccountCard exportKey={key} />
      <PersonCard exportKey={key} />
    </>
  )
}

function KeyCard({
  exportKey: key,
  onKey,
}: {
  exportKey: ExportKey | undefined
  onKey: (key: ExportKey) => void
}) {
  const tell = useToast()
  const save = ({ fileName, fileText }: ExportKey) => saveFile(fileName, new Blob([fileText]))
  const make = async () => {
    try {
      const made = await makeExportKey(nowMs())
      save(made)
      onKey(made)
    } catch {
      const detail = 'This browser cannot make keys here. Use a current one, over https.'
      tell({ kind: 'bad', title: 'No key was made', detail })
    }
  }
  return (
    <Card
      title="Export key"
      hint="Exports are sealed to a key that this browser makes and only you have. A file without its key is of use to nobody, also where it lies."
      actions={
        key ? (
          <Button onClick={() => save(key)}>Save it again</Button>
        ) : (
          <Button look="primary" icon={<FileKey2 className="size-4" aria-hidden />} onClick={make}>
            Make an export key
          </Button>
        )
      }
    >
      {key ? (
        <p
          role="status"
          className="flex items-start gap-2 rounded-xl bg-warn-soft px-4 py-2.5 text-warn"
        >
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span className="min-w-0 break-words">
            Saved as <code className="font-mono">{key.fileName}</code>. Keep it, apart from the
            exports: it is not kept here, and nobody can make it again.
          </span>
        </p>
      ) : (
        <p className="text-ink-soft">Make one first; it opens what you export on this page.</p>
      )}
    </Card>
  )
}

function AccountCard({ exportKey: key }: { exportKey: ExportKey | undefined }) {
  const { begin, start, progress } = useExport()
  return (
    <Card
      title="Everything of the account"
      hint="Messages with what became of them and their content while it is kept; members, domains, API keys, suppressions, requests, usage and the audit log. Every owner is told by mail."
    >
      <div className="grid gap-4">
        <div>
          <Button
            look="primary"
            icon={<Download className="size-4" aria-hidden />}
            disabled={!key}
            isBusy={start.isPending}
            onClick={() => key && begin({ public_key: key.publicKey })}
          >
            Export everything
          </Button>
        </div>
        <Problem>{start.error?.message}</Problem>
        {key && <ExportProgress progress={progress} keyFile={key.fileName} />}
      </div>
    </Card>
  )
}

function PersonCard({ exportKey: key }: { exportKey: ExportKey | undefined }) {
  const [address, setAddress] = useState('')
  const { begin, start, progress } = useExport()
  const ask = (event: FormEvent) => {
    event.preventDefault()
    if (key) begin({ public_key: key.publicKey, address })
  }
  return (
    <Card
      title="Everything held on one person"
      hint="For somebody who asks what you keep of them: the messages that went to their address, what became of them, and whether the address is suppressed."
    >
      <form onSubmit={ask} className="grid gap-4">
        <div className="flex flex-wrap items-end gap-2">
          <div className="min-w-56 grow">
            <TextField
              label="Address of the person"
              type="email"
              required
              maxLength={320}
              value={address}
              onChange={({ target }) => setAddress(target.value)}
              error={faultOf(start.error, 'address')}
            />
          </div>
          <Button
            type="submit"
            icon={<Download className="size-4" aria-hidden />}
            disabled={!key}
            isBusy={start.isPending}
          >
            Export this person
          </Button>
        </div>
        <Problem>{faultOf(start.error)}</Problem>
        {key && <ExportProgress progress={progress} keyFile={key.fileName} />}
      </form>
    </Card>
  )
}
