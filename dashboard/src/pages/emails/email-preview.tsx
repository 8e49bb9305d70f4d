/** The HTML as a reader may see it, in a frame that runs nothing and fetches nothing unless images are asked for. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { callApi } from '../../api/request.ts'
import type { PreviewEmailAnswer } from '../../api/types.ts'
import { Checkbox, Select } from '../../ui/field.tsx'
import { PreviewFrame } from '../../ui/preview-frame.tsx'
import { Failed, Loading } from '../../ui/states.tsx'

type Theme = 'light' | 'dark'
const phonePx = 390

export function EmailPreview({ id }: { id: string }) {
  const [theme, setTheme] = useState<Theme>('light')
  const [width, setWidth] = useState<'wide' | 'phone'>('wide')
  const [images, setImages] = useState(false)
  const view = useQuery({
    queryKey: ['preview', id, theme, images],
    queryFn: () =>
      callApi<PreviewEmailAnswer>({
        method: 'POST',
        path: `/emails/${id}/preview`,
        body: { theme, images },
      }),
    // An address works once: each frame gets its own, and none is kept.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  })
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Select
          aria-label="Theme of the preview"
          className="w-auto"
          value={theme}
          choices={[
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
          onChange={({ target }) => setTheme(target.value === 'dark' ? 'dark' : 'light')}
        />
        <Select
          aria-label="Width of the preview"
          className="w-auto"
          value={width}
          choices={[
            { value: 'wide', label: 'Wide' },
            { value: 'phone', label: 'Phone' },
          ]}
          onChange={({ target }) => setWidth(target.value === 'phone' ? 'phone' : 'wide')}
        />
        <Checkbox
          label="Fetch images"
          checked={images}
          onChange={({ target }) => setImages(target.checked)}
        />
        {images && (
          <p className="text-[0.8125rem] text-ink-soft">Whoever hosts them learns of it.</p>
        )}
      </div>
      {view.isError && (
        <Failed
          title="The preview could not be shown"
          message={view.error.message}
          onRetry={() => void view.refetch()}
        />
      )}
      {view.isPending && <Loading label="Loading the preview" />}
      {view.data && (
        <PreviewFrame
          key={view.data.url}
          src={view.data.url}
          title="The message as HTML"
          theme={theme}
          {...(width === 'phone' && { width: phonePx })}
        />
      )}
    </div>
  )
}
