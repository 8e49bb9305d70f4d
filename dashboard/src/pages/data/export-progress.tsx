/** How far an export is, and in the end how to open it. */
import { CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react'
import type { GetExportAnswer } from '../../api/types.ts'
import { bytesText, countText } from '../../lib/numbers.ts'
import { CodeBlock } from '../../ui/code-block.tsx'

export function ExportProgress({
  progress,
  keyFile,
}: {
  progress: GetExportAnswer | undefined
  keyFile: string
}) {
  if (!progress) return null
  const { state, messages, bytes } = progress
  const so = `${countText(messages, 'message')}, ${bytesText(bytes)}`
  if (state === 'done') {
    return (
      <div role="status" className="grid gap-3">
        <p className="flex items-start gap-2 text-good">
          <CircleCheck className="mt-0.5 size-4 shrink-0" aria-hidden />
          The file is whole: {so}. Open it on any machine that has Postern:
        </p>
        <CodeBlock
          label="How to open it"
          samples={[
            { language: 'Shell', text: `postern export open FILE.postern \\\n  --key ${keyFile}` },
          ]}
        />
      </div>
    )
  }
  if (state === 'cut') {
    return (
      <p role="alert" className="flex items-start gap-2 text-bad">
        <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
        It was cut off after {so}: that file does not open. Delete it and start again.
      </p>
    )
  }
  return (
    <p role="status" className="flex items-start gap-2 text-ink-soft">
      <LoaderCircle className="mt-0.5 size-4 shrink-0 animate-spin" aria-hidden />
      Your browser is downloading it: {so} so far. Leave this page open.
    </p>
  )
}
