import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { callFile } from '../../api/request.ts'
import { saveFile } from '../../lib/save-file.ts'
import { Button } from '../../ui/button.tsx'
import { useToast } from '../../ui/toast.tsx'

/** Of the days that are filtered by; all of them when none are. */
export function ExportButton({ from, to }: { from: string | undefined; to: string | undefined }) {
  const tell = useToast()
  const take = useMutation({
    mutationFn: () => callFile({ path: '/audit/export', query: { from, to } }),
    onSuccess: ({ name, content }) => {
      saveFile(name, content)
      tell({ kind: 'good', title: 'Exported', detail: `Check it with: postern verify ${name}` })
    },
    onError: ({ message }) => tell({ kind: 'bad', title: 'Nothing was exported', detail: message }),
  })
  return (
    <Button
      icon={<Download className="size-4" aria-hidden />}
      isBusy={take.isPending}
      onClick={() => take.mutate()}
    >
      Export
    </Button>
  )
}
