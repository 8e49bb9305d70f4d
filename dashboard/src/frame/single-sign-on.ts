/** The way to the provider of single sign-on: it leaves this page, and comes back to pages/single-sign-on.tsx. */
import { useMutation } from '@tanstack/react-query'
import { browserPublicKey } from '../api/browser-key.ts'
import { answerQuery } from '../api/queries.ts'
import { callApi } from '../api/request.ts'
import type { BeginSingleSignOnAnswer, GetSignInOptionsAnswer } from '../api/types.ts'
import { patterns } from '../paths.ts'

export const signInOptions = answerQuery<GetSignInOptionsAnswer>('/sign-in-options')

/** What the way is for. It stays in this window, since a link's token is for nobody else, the provider least. */
export interface Intent {
  /** Where the person goes on to. */
  next: string
  /** Of the link that makes them a person here. */
  token?: string
  /** They want an account of their own. */
  signsUp?: true
}

const keptName = 'postern.single-sign-on'

export function useGoToProvider() {
  return useMutation({
    mutationFn: async ({ intent, again = false }: { intent: Intent; again?: boolean }) => {
      const { location: there } = await callApi<BeginSingleSignOnAnswer>({
        method: 'POST',
        path: '/single-sign-on',
        body: { browser_key: await browserPublicKey(), again },
      })
      sessionStorage.setItem(keptName, JSON.stringify(intent))
      location.assign(there)
    },
  })
}

/** What it was for; to the first page when nothing is known, as after the window was copied. */
export function takeIntent(): Intent {
  const kept = sessionStorage.getItem(keptName)
  sessionStorage.removeItem(keptName)
  return kept === null ? { next: patterns.home } : (JSON.parse(kept) as Intent) // useGoToProvider wrote it
}
