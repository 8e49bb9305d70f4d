import { TriangleAlert } from 'lucide-react'
import { CopyValue } from '../../ui/copy.tsx'

/** The one moment in which a token can be seen. */
export function KeyToken({ token }: { token: string }) {
  return (
    <div className="grid gap-3">
      <p className="flex items-start gap-2 rounded-xl bg-warn-soft px-4 py-2.5 text-warn">
        <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
        Copy it now. It is not kept here, and cannot be shown again.
      </p>
      <div className="rounded-xl border border-line bg-sunken px-4 py-3">
        <CopyValue value={token} what="API key" />
      </div>
    </div>
  )
}
