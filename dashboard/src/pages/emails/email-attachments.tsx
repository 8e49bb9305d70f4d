import { Download } from 'lucide-react'
import type { GetEmailAnswer } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { useDownload } from './use-download.ts'

const states = { stored: '', waiting: ' · still to be fetched', failed: ' · could not be fetched' }

export function EmailAttachments({ email }: { email: GetEmailAnswer }) {
  const { isPending, download } = useDownload()
  return (
    <ul className="grid divide-y divide-line">
      {email.attachments.map((one) => (
        <li key={one.id} className="flex flex-wrap items-center justify-between gap-3 py-2.5">
          <div className="min-w-0">
            <p className="font-medium break-all">{one.filename}</p>
            <p className="text-[0.8125rem] text-ink-soft">
              {one.content_type} · {one.size_bytes.toLocaleString('en')} bytes
              {one.is_inline && ' · shown in the HTML'}
              {states[one.state]}
            </p>
          </div>
          {one.state === 'stored' && (
            <Button
              size="sm"
              icon={<Download className="size-4" aria-hidden />}
              isBusy={isPending}
              aria-label={`Download ${one.filename}`}
              onClick={() => download(`/emails/${email.id}/attachments/${one.id}/download`)}
            >
              Download
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}
