/** One export: started, downloaded by the browser itself, and followed until it has ended. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerQuery, useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { GetExportAnswer, StartExportAnswer, StartExportBody } from '../../api/types.ts'

const followMs = 1_000

export function useExport() {
  const [id, setId] = useState<string>()
  const start = useChange<StartExportBody, StartExportAnswer>(
    (body) => ({ method: 'POST', path: '/exports', body }),
    [],
  )
  const progress = useQuery({
    ...answerQuery<GetExportAnswer>(`/exports/${segment(id ?? '')}`),
    enabled: id !== undefined,
    staleTime: 0,
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? followMs : false),
  }).data
  const begin = (body: StartExportBody) =>
    start.mutate(body, {
      onSuccess: ({ id: started, url }) => {
        setId(started)
        location.assign(url)
      },
    })
  return { begin, start, progress: id === undefined ? undefined : progress }
}

function isUnderWay(progress: GetExportAnswer | undefined): boolean {
  return progress === undefined || progress.state === 'waiting' || progress.state === 'running'
}
