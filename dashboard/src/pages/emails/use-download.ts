/** Downloads of what a message has: the console gives an address that works once. */
import { useChange } from '../../api/queries.ts'
import type { PreviewEmailAnswer } from '../../api/types.ts'
import { useToast } from '../../ui/toast.tsx'

export function useDownload() {
  const tell = useToast()
  const { isPending, mutate } = useChange<string, PreviewEmailAnswer>(
    (path) => ({ method: 'POST', path }),
    [],
  )
  const download = (path: string) =>
    mutate(path, {
      onSuccess: ({ url }) => location.assign(url),
      onError: ({ message }) => tell({ kind: 'bad', title: 'Not downloaded', detail: message }),
    })
  return { isPending, download }
}
